/**
 * The state of persistent reservations: which I_T nexuses are registered under which keys, who
 * holds the reservation, and how often that changed. It keeps what must always hold: a holder is
 * registered, and nobody is reserved for once the last holder is gone. What a service action does
 * with it is in the files beside this one; nothing here knows of sessions. [SPC-4 5.13]
 */
import { assert } from "../../base/assert";
import { limits } from "../../base/limits";
import type { PersistentType } from "./rules";

/** A reservation key as 16 hexadecimal digits: comparable, and readable in a trace. */
export type ReservationKey = string;

/** No key: nobody is registered under it. */
export const NO_KEY: ReservationKey = "0000000000000000";

const GENERATIONS = 2 ** 32;

export interface PersistentReservation {
  readonly type: PersistentType;
  /** Name of the nexus that holds it; null: all registrants do. */
  readonly holder: string | null;
}

export class Registrations {
  /** By the name of the nexus, in the order in which they were registered. */
  readonly #keys = new Map<string, ReservationKey>();
  /** PTPL_A: what the last REGISTER said by APTPL, whoever sent it. [SPC-4 5.13.6] */
  persistsPowerLoss = false;
  #reservation: PersistentReservation | null = null;
  #generation: number;

  /** `generation` other than 0: what a snapshot had. */
  constructor(generation = 0) {
    this.#generation = generation;
  }

  /** PRGENERATION. [SPC-4 6.15.2] */
  get generation(): number {
    return this.#generation;
  }

  get count(): number {
    return this.#keys.size;
  }

  get reservation(): PersistentReservation | null {
    return this.#reservation;
  }

  /** Name and key of every registered nexus. */
  entries(): IterableIterator<[string, ReservationKey]> {
    return this.#keys.entries();
  }

  /** Names of all registered nexuses, but for one if given. */
  names(except: string | null = null): string[] {
    return [...this.#keys.keys()].filter((name) => name !== except);
  }

  namesOf(key: ReservationKey): string[] {
    return [...this.#keys].filter(([, each]) => each === key).map(([name]) => name);
  }

  /** The key of a nexus; null: not registered. */
  keyOf(name: string): ReservationKey | null {
    return this.#keys.get(name) ?? null;
  }

  /** Whether the nexus is a persistent reservation holder. [SPC-4 5.13.10] */
  isHolder(name: string): boolean {
    if (this.#reservation === null) return false;
    const { holder } = this.#reservation;
    return holder === null ? this.#keys.has(name) : holder === name;
  }

  /** Whether the reservation lets the nexus do all that a holder may do. */
  isLetIn(name: string): boolean {
    const reservation = this.#reservation;
    if (reservation === null) return false;
    return reservation.type.lets === "holder" ? reservation.holder === name : this.#keys.has(name);
  }

  /** Whether all of the names can be registered at once. */
  hasRoomFor(names: readonly string[]): boolean {
    const added = new Set(names.filter((name) => !this.#keys.has(name)));
    return this.#keys.size + added.size <= limits.registrationsMax;
  }

  /** Registers a nexus or changes its key; there is room for it. */
  register(name: string, key: ReservationKey): void {
    assert(key !== NO_KEY, "a registration has a key");
    this.#keys.set(name, key);
    assert(this.#keys.size <= limits.registrationsMax, "registrations are bounded");
  }

  /** Removes a registration; the type of the reservation that went with it, if one did. */
  unregister(name: string): PersistentType | null {
    const reservation = this.#reservation;
    this.#keys.delete(name);
    if (reservation === null) return null;
    const { holder, type } = reservation;
    const isReleased = holder === null ? this.#keys.size === 0 : holder === name;
    if (!isReleased) return null;
    this.#reservation = null;
    return type;
  }

  /** Reserves for a registered nexus, or for all of them if the type says so. */
  reserve(type: PersistentType, name: string): void {
    assert(this.#keys.has(name), "a holder is registered");
    this.#reservation = { type, holder: type.lets === "all-registrants" ? null : name };
  }

  release(): void {
    this.#reservation = null;
  }

  clear(): void {
    this.#keys.clear();
    this.#reservation = null;
  }

  /** Counts a service action that PRGENERATION counts. */
  countChange(): void {
    this.#generation = (this.#generation + 1) % GENERATIONS;
  }
}
