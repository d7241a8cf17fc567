/**
 * Who holds the logical unit reserved, by RESERVE or by a persistent reservation, and what that
 * forbids. Everybody else asks one question, `allows`. The two exclude each other: nobody can
 * register under an SPC-2 reservation, nor RESERVE among registrations. All of it names nexuses,
 * not sessions, and is the same at every controller of the unit. [SPC-4 5.13, SPC-2 5.5]
 */
import { Registrations } from "./reservations/registrations";
import { RESERVATION_RULES, type ReservationRule } from "./reservations/rules";
import { decodeReservations, encodeReservations } from "./reservations/snapshot";

export class Reservation {
  #spc2Holder: string | null = null;
  #registrations = new Registrations();

  /** Persistent reservations: the PERSISTENT RESERVE commands change and report them. */
  get registrations(): Registrations {
    return this.#registrations;
  }

  /** Whether the nexus may run such a command now; if not, the answer is RESERVATION CONFLICT. */
  allows(nexus: { readonly name: string }, rule: ReservationRule): boolean {
    return this.#passes(nexus.name, rule);
  }

  /** The same for what a command does to blocks: asked again where the order is decided. */
  allowsAccess(nexusName: string, access: "read" | "write"): boolean {
    return this.#passes(nexusName, access === "read" ? "read" : "conflict");
  }

  #passes(nexusName: string, kind: ReservationRule): boolean {
    const rule = RESERVATION_RULES[kind];
    if (this.#spc2Holder !== null) {
      return rule.spc2 === "anyone" || (rule.spc2 === "holder" && this.holdsSpc2(nexusName));
    }
    const { count, reservation } = this.#registrations;
    if (count === 0) return true;
    if (reservation === null) return rule.registered === "anyone";
    const passes = reservation.type.isExclusiveAccess ? rule.exclusiveAccess : rule.writeExclusive;
    return passes === "anyone" || this.#registrations.isLetIn(nexusName);
  }

  /** In words, who keeps others out: for whoever wonders at a RESERVATION CONFLICT. */
  get holderText(): string {
    if (this.#spc2Holder !== null) return `${this.#spc2Holder} by RESERVE`;
    const { reservation, count } = this.#registrations;
    if (reservation === null) return count === 0 ? "" : `nobody; ${count} registered`;
    const { holder, type } = reservation;
    if (holder === null) return `all ${count} registered (${type.text})`;
    const key = this.#registrations.keyOf(holder) ?? "";
    return `${holder} with key 0x${key} (${type.text})`;
  }

  holdsSpc2(nexusName: string): boolean {
    return this.#spc2Holder === nexusName;
  }

  /**
   * RESERVE. Once more by the holder it changes nothing; among registrations it succeeds, without
   * effect, for those that the persistent reservation lets in. [SPC-4 5.13.3, SPC-2 5.5.1]
   */
  reserve(nexusName: string): "ok" | "conflict" {
    if (!this.#passes(nexusName, "reserve")) return "conflict";
    if (this.#registrations.count === 0) this.#spc2Holder = nexusName;
    return "ok";
  }

  /** RELEASE. Has no effect, and is no error, for a nexus that holds nothing. */
  release(nexusName: string): "ok" | "conflict" {
    if (!this.#passes(nexusName, "release")) return "conflict";
    this.nexusLost(nexusName);
    return "ok";
  }

  /** Registrations and persistent reservations outlive the nexus. */
  nexusLost(nexusName: string): void {
    if (this.holdsSpc2(nexusName)) this.#spc2Holder = null;
  }

  /** A reset of the unit or the target: whoever RESERVEd loses it, persistent reservations stay. */
  reset(): void {
    this.#spc2Holder = null;
  }

  snapshot(): Uint8Array {
    const state = { registrations: this.#registrations, spc2Holder: this.#spc2Holder };
    return encodeReservations(state);
  }

  /** Takes a snapshot over as a whole; false: it is none, and nothing has changed. */
  restore(bytes: Uint8Array): boolean {
    const state = decodeReservations(bytes);
    if (state === null) return false;
    this.#registrations = state.registrations;
    this.#spc2Holder = state.spc2Holder;
    return true;
  }
}
