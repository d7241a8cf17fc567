/**
 * Unit attention conditions of one logical unit: for each nexus a short queue of what it has not
 * been told yet. Knows which events take precedence and which initiator ports were here before;
 * the gate that reports a condition is in `gates.ts`. [SAM-5 5.14]
 */
import {
  I_T_NEXUS_LOSS_OCCURRED,
  POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED as POWER_ON,
  PREVIOUS_BUSY_STATUS,
  PREVIOUS_RESERVATION_CONFLICT_STATUS,
  PREVIOUS_TASK_SET_FULL_STATUS,
  type Sense,
  type SenseCode,
  Status,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import type { Nexus } from "./nexus";
import type { Task } from "./task";

/** All events of SAM's precedence table have this additional sense code. */
const RESET_ASC = 0x29;

/** What tells of a status that a command ended with before. [SPC-4 UA_INTLCK_CTRL] */
const PREVIOUS: ReadonlyMap<Status, SenseCode> = new Map([
  [Status.BUSY, PREVIOUS_BUSY_STATUS],
  [Status.TASK_SET_FULL, PREVIOUS_TASK_SET_FULL_STATUS],
  [Status.RESERVATION_CONFLICT, PREVIOUS_RESERVATION_CONFLICT_STATUS],
]);

/** Whether a condition tells of a reset (power on, hard reset, unit reset, I_T nexus loss). */
export function isResetAttention(sense: Sense): boolean {
  return sense.code.asc === RESET_ASC;
}

export class UnitAttentions {
  readonly #waiting = new Map<number, Sense[]>();
  /** The nexuses established, by the names that other controllers know them by too. */
  readonly #ids = new Map<string, number>();
  /** Names of port pairs that lost their nexus and know of the power on; the longest gone first. */
  readonly #gone = new Set<string>();

  /**
   * POWER ON, RESET, OR BUS DEVICE RESET OCCURRED to a port never told of the power on, I_T NEXUS
   * LOSS OCCURRED to one that returns. The general code and not POWER ON OCCURRED: it is the one
   * that every initiator expects after its first login.
   */
  nexusEstablished(nexus: Nexus): void {
    assert(this.#waiting.size < limits.nexusesMax, "nexuses are bounded by the sessions");
    const hasReturned = this.#gone.delete(nexus.name);
    const code = hasReturned ? I_T_NEXUS_LOSS_OCCURRED : POWER_ON;
    this.#waiting.set(nexus.id, [{ code }]);
    this.#ids.set(nexus.name, nexus.id);
  }

  /** Forgets the nexus. A port forgotten for lack of room is told of a power on when it returns. */
  nexusLost(nexus: Nexus): void {
    const waiting = this.#waiting.get(nexus.id);
    if (waiting === undefined) return;
    this.#waiting.delete(nexus.id);
    if (this.#ids.get(nexus.name) === nexus.id) this.#ids.delete(nexus.name);
    if (waiting[0]?.code === POWER_ON) return;
    this.#gone.add(nexus.name);
    if (this.#gone.size <= limits.nexusesMax) return;
    for (const oldest of this.#gone) {
      this.#gone.delete(oldest);
      break;
    }
  }

  /**
   * Queues a condition for one nexus. The same code never waits twice. A reset clears everything
   * before it, and is itself contained in a wider reset that still waits; the ASCQs of ASC 29h
   * count from the widest event down. [SAM-5 table Unit attention condition precedence]
   */
  establish(nexusId: number, sense: Sense): void {
    const waiting = this.#waiting.get(nexusId);
    if (waiting === undefined) return;
    const { asc, ascq } = sense.code;
    if (isResetAttention(sense)) {
      const first = waiting[0];
      if (first !== undefined && isResetAttention(first) && first.code.ascq <= ascq) return;
      waiting.length = 0;
    }
    if (waiting.some(({ code }) => code.asc === asc && code.ascq === ascq)) return;
    if (waiting.length < limits.unitAttentionsMax) {
      waiting.push(sense);
      return;
    }
    // Too much has happened to tell it all: the one that makes an initiator look at everything.
    waiting.splice(0, waiting.length, { code: POWER_ON });
  }

  /** The same by name; of no use to a nexus that is established elsewhere, or nowhere. */
  establishFor(name: string, sense: Sense): void {
    const nexusId = this.#ids.get(name);
    if (nexusId !== undefined) this.establish(nexusId, sense);
  }

  /** Queues a condition for every nexus, except one by name if given. */
  establishForAll(sense: Sense, except: string | null): void {
    const exceptNexusId = except === null ? undefined : this.#ids.get(except);
    for (const nexusId of this.#waiting.keys()) {
      if (nexusId !== exceptNexusId) this.establish(nexusId, sense);
    }
  }

  /** Queues what tells of the status of a task, if its nexus is to be told of such a one. */
  statusReturned({ nexus, status }: Task): void {
    const code = PREVIOUS.get(status);
    if (code !== undefined) this.establish(nexus.id, { code });
  }

  /** Names of the nexuses that are established here. */
  names(): string[] {
    return [...this.#ids.keys()];
  }

  /** The condition to report next; null when none waits. */
  peek(nexusId: number): Sense | null {
    return this.#waiting.get(nexusId)?.[0] ?? null;
  }

  /** Conditions that wait. */
  countOf(nexusId: number): number {
    return this.#waiting.get(nexusId)?.length ?? 0;
  }

  /** The condition to report next, which is cleared as reported. */
  take(nexusId: number): Sense | null {
    return this.#waiting.get(nexusId)?.shift() ?? null;
  }
}
