/**
 * The operation on the whole medium that a logical unit has: one that runs, one that has failed, or
 * none; and what commands it keeps from running. The same at every controller of the unit: all that
 * changes it is an action. [SBC-4 4.11, 4.33]
 *
 *   none ──start──▶ running ──succeeded──▶ none
 *                    │   ▲ └─advanced, taken over─▶ running
 *                 failed start
 *                    ▼   │
 *                   failed ──exit──▶ none
 */
import { MEDIUM_FORMAT_CORRUPTED, type Sense, format, uint } from "node-scsi-cdb";
import { getU32, putU32 } from "../../base/bytes";
import type { Geometry } from "../../block/device";
import type { Command } from "../command";
import {
  OPERATION_KINDS,
  type Operation,
  type OperationRequest,
  decodeOperation,
  encodeOperation,
  progressOf,
} from "./operation";

export const OPERATION_CHANGES = ["advanced", "succeeded", "failed", "taken-over"] as const;

/** What becomes of an operation that runs. */
export interface OperationStep {
  /** Of the operation: of another it has no effect. */
  readonly number: number;
  readonly change: (typeof OPERATION_CHANGES)[number];
  /** How far it is, where it has advanced. */
  readonly passesDone: number;
  readonly blocksDone: number;
}

const stepFormat = format({
  name: "Step of an operation",
  length: 12,
  fields: {
    number: uint(0, 4, "number"),
    change: uint(4, 1, "change"),
    passesDone: uint(5, 1, "passes done"),
    blocksDone: uint(6, 6, "blocks of this pass done"),
  },
});

export const STEP_LENGTH = stepFormat.length;

export function encodeStep(step: OperationStep): Uint8Array {
  return stepFormat.encode({ ...step, change: OPERATION_CHANGES.indexOf(step.change) });
}

/** What was encoded; null: these are not the bytes of a step. */
export function decodeStep(bytes: Uint8Array): OperationStep | null {
  if (bytes.length !== STEP_LENGTH) return null;
  const { change: index, ...fields } = stepFormat.decode(bytes);
  const change = OPERATION_CHANGES[index];
  return change === undefined ? null : { ...fields, change };
}

const COUNT_LENGTH = 4;
const COUNTS = 2 ** 32;

/** Larger than any unit is. */
const ANY_GEOMETRY: Geometry = { blockSize: 2 ** 16, blockCount: Number.MAX_SAFE_INTEGER };

/** Whether `snapshot` made these bytes, of a unit of whatever size. */
export function isOperationSnapshot(bytes: Uint8Array): boolean {
  return new UnitOperation(ANY_GEOMETRY).parseSnapshot(bytes) !== null;
}

export class UnitOperation {
  readonly #geometry: Geometry;
  #current: Operation | null = null;
  /** The number of the last one. */
  #count = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
  }

  get current(): Operation | null {
    return this.#current;
  }

  /** The one that runs. */
  get running(): Operation | null {
    return this.#current?.hasFailed === false ? this.#current : null;
  }

  /** What REQUEST SENSE tells of it; null: nothing. */
  get sense(): Sense | null {
    const operation = this.#current;
    if (operation === null) return null;
    const { inProgress, failed } = OPERATION_KINDS[operation.kind];
    if (!operation.hasFailed) {
      return { code: inProgress, progress: progressOf(operation, this.#geometry) };
    }
    return { code: operation.kind === "format" ? MEDIUM_FORMAT_CORRUPTED : failed };
  }

  /**
   * Why a command does not run now. While an operation runs, only those do that report what the
   * target is, which are those that no unit attention stops. After one that failed, what makes the
   * medium anew; after a format besides all that needs no medium. [SBC-4 4.11.2, 4.11.3, 4.33]
   */
  refusalOf(command: Command): Sense | null {
    const operation = this.#current;
    if (operation === null || command.bypassesUnitAttention === true) return null;
    if (!operation.hasFailed) return this.sense;
    const isRemedy = command.renews === "sanitize" || command.renews === operation.kind;
    const isBarred = operation.kind === "sanitize" || command.needsMedium;
    return isBarred && !isRemedy ? this.sense : null;
  }

  /** In place of one that has failed, if one has. `port`: of the controller that is to do it. */
  start(request: OperationRequest, port: number): void {
    this.#count = (this.#count + 1) % COUNTS;
    const progress = { hasFailed: false, passesDone: 0, blocksDone: 0 };
    const pattern = Uint8Array.from(request.pattern);
    this.#current = { ...request, ...progress, pattern, number: this.#count, port };
  }

  /** A sanitize that failed counts as done from here on. [SBC-4 SANITIZE, EXIT FAILURE MODE] */
  exit(): void {
    if (this.#current?.hasFailed === true && this.#current.kind === "sanitize") {
      this.#current = null;
    }
  }

  /** `port`: of the controller that says so. Only the one that does the work has a say in it. */
  step({ number, change, passesDone, blocksDone }: OperationStep, port: number): void {
    const { running } = this;
    if (running?.number !== number) return;
    if (change === "taken-over") this.#current = { ...running, port };
    else if (running.port !== port) return;
    else if (change === "advanced") this.#advance(running, passesDone, blocksDone);
    else if (change === "failed") this.#current = { ...running, hasFailed: true };
    else this.#current = null;
  }

  /** What is beyond the end comes from no controller of this unit. */
  #advance(running: Operation, passesDone: number, blocksDone: number): void {
    if (passesDone >= running.passCount || blocksDone > this.#geometry.blockCount) return;
    this.#current = { ...running, passesDone, blocksDone };
  }

  /**
   * All of it, for `parseSnapshot`; `stable`: as far as it outlives a loss of power, which are the
   * passes that have ended.
   */
  snapshot(extent: "all" | "stable" = "all"): Uint8Array {
    const count = Buffer.alloc(COUNT_LENGTH);
    putU32(count, 0, this.#count);
    if (this.#current === null) return count;
    const blocksDone = extent === "all" ? this.#current.blocksDone : 0;
    return Buffer.concat([count, encodeOperation({ ...this.#current, blocksDone })]);
  }

  /** What takes a snapshot over as a whole; null: it is none. */
  parseSnapshot(bytes: Uint8Array): (() => void) | null {
    if (bytes.length < COUNT_LENGTH) return null;
    const count = getU32(bytes, 0);
    const rest = bytes.subarray(COUNT_LENGTH);
    const current = rest.length === 0 ? null : decodeOperation(rest, this.#geometry);
    if (current === null && rest.length > 0) return null;
    return () => {
      this.#count = count;
      this.#current = current;
    };
  }
}
