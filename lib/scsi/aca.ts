/**
 * Auto contingent allegiance (ACA): after a CHECK CONDITION for a command with NACA the task set
 * stands still until the faulted nexus has dealt with it. Here is whom a condition concerns and
 * what new commands are answered; which tasks stand still is `logical-unit.ts`, what brings a
 * condition about and ends it `apply-action.ts`. Conditions name nexuses and are the same at every
 * controller of the unit: it has one task set, wherever its ports are. [SAM-5 5.9]
 */
import { Status, persistentReserveOutPreemptAndAbort as preemptAndAbort } from "node-scsi-cdb";
import { getU16, putU16 } from "../base/bytes";
import { limits } from "../base/limits";
import { parseNexusName } from "./reservations/nexus-names";
import type { Task } from "./task";

const NACA = 0x04;

/** Where CONTROL stands, by the group of the operation code; -1: the standard does not say. */
const CONTROL_BYTE = [5, 9, 9, -1, 15, 11, -1, -1] as const;

/** Whether a CDB asks for an ACA condition, whatever else is wrong with it. [SPC-4 4.2.5.1] */
export function hasNaca(cdb: Uint8Array): boolean {
  const at = CONTROL_BYTE[(cdb[0] as number) >>> 5] as number;
  return at >= 0 && ((cdb[at] ?? 0) & NACA) !== 0;
}

/** The one command that other nexuses of the task set may send: it can end the condition. */
function isPreemptAndAbort(cdb: Uint8Array): boolean {
  const { opcode, serviceAction } = preemptAndAbort;
  return cdb[0] === opcode && ((cdb[1] as number) & 0x1f) === serviceAction;
}

/** What a snapshot holds of a condition before the name of its nexus. */
const ENTRY_HEAD = 3;

export class AcaConditions {
  /** By the name of the faulted nexus: whether the task set is that of all nexuses (TST 000b). */
  readonly #conditions = new Map<string, boolean>();
  /** How many of them are of the task set of all. */
  #shared = 0;

  get areAny(): boolean {
    return this.#conditions.size > 0;
  }

  /** Names of the faulted nexuses. */
  names(): string[] {
    return [...this.#conditions.keys()];
  }

  /** Whether the nexus is the one that has to end a condition. */
  isFaulted(name: string): boolean {
    return this.#conditions.has(name);
  }

  /** Whether a condition is in effect for the task set of a nexus. */
  concerns(name: string): boolean {
    return this.#shared > 0 || this.#conditions.has(name);
  }

  /** At the bound there is no further condition: the CHECK CONDITION is all that is told. */
  establish(name: string, isOfAll: boolean): void {
    this.clear(name);
    if (this.#conditions.size >= limits.acaConditionsMax) return;
    this.#conditions.set(name, isOfAll);
    if (isOfAll) this.#shared++;
  }

  clear(name: string): void {
    if (this.#conditions.get(name) === true) this.#shared--;
    this.#conditions.delete(name);
  }

  clearAll(): void {
    this.#conditions.clear();
    this.#shared = 0;
  }

  /**
   * The status of a new command that may not enter a task set with a condition; null: it may, if it
   * has the ACA attribute as the only one. [SAM-5 5.9.3, 5.9.4]
   */
  refusalOf({ nexus: { name }, attribute, cdb }: Task): Status | null {
    if (!this.concerns(name)) return null;
    if (this.isFaulted(name)) return attribute === "aca" ? null : Status.ACA_ACTIVE;
    if (attribute === "aca") return Status.ACA_ACTIVE;
    if (isPreemptAndAbort(cdb)) return null;
    return hasNaca(cdb) ? Status.ACA_ACTIVE : Status.BUSY;
  }

  /** For each condition: whether it is of all 1 | length 2 | name. */
  snapshot(): Uint8Array {
    const entries = [...this.#conditions].map(([name, isOfAll]) => {
      const bytes = Buffer.from(name);
      const head = Buffer.alloc(ENTRY_HEAD);
      head[0] = Number(isOfAll);
      putU16(head, 1, bytes.length);
      return Buffer.concat([head, bytes]);
    });
    return Buffer.concat(entries);
  }

  /** Takes over what `parse` has made of a snapshot. */
  restore(conditions: ReadonlyMap<string, boolean>): void {
    this.clearAll();
    for (const [name, isOfAll] of conditions) this.establish(name, isOfAll);
  }

  /** The conditions of a snapshot; null: it is none. */
  static parse(bytes: Uint8Array): ReadonlyMap<string, boolean> | null {
    const conditions = new Map<string, boolean>();
    for (let at = 0; at < bytes.length;) {
      if (bytes.length < at + ENTRY_HEAD) return null;
      const end = at + ENTRY_HEAD + getU16(bytes, at + 1);
      const name = Buffer.from(bytes.subarray(at + ENTRY_HEAD, end)).toString();
      const isOfAll = bytes[at] as number;
      if (end > bytes.length || isOfAll > 1 || parseNexusName(name) === null) return null;
      conditions.set(name, isOfAll === 1);
      at = end;
    }
    return conditions;
  }
}
