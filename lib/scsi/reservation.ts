/**
 * Who holds the logical unit reserved, and what that forbids: RESERVE and RELEASE as state and
 * rules, nothing of CDBs. Everybody else asks one question, `allows`. [SPC-2 5.5.1, 7.21, 7.17]
 */
import type { Command } from "./command";
import type { Nexus } from "./nexus";

export class Reservation {
  #holder: Nexus | null = null;

  get holder(): Nexus | null {
    return this.#holder;
  }

  /** Whether the nexus may run the command now; if not, the answer is RESERVATION CONFLICT. */
  allows(nexus: Nexus, command: Pick<Command, "reservation">): boolean {
    if (this.#holder === null || this.#holder.id === nexus.id) return true;
    return command.reservation !== "conflict";
  }

  /** Reserves the unit for the nexus; once more by the holder changes nothing. */
  reserve(nexus: Nexus): "ok" | "conflict" {
    if (this.#holder !== null && this.#holder.id !== nexus.id) return "conflict";
    this.#holder = nexus;
    return "ok";
  }

  /** Ends the reservation of this nexus; has no effect, and is no error, for any other. */
  release(nexus: Nexus): void {
    if (this.#holder?.id === nexus.id) this.#holder = null;
  }

  nexusLost(nexus: Nexus): void {
    this.release(nexus);
  }

  /** A reset of the unit or the target ends it, whoever holds it. */
  reset(): void {
    this.#holder = null;
  }
}
