/**
 * What SANITIZE and FORMAT UNIT have done to the whole medium, as a value and as bytes: which
 * blocks are made what, in how many passes, and how far it is. Who has it and what it forbids is
 * `unit-operation.ts`, who does it `operation-work.ts`. [SBC-4 4.11, 4.33]
 */
import {
  FORMAT_COMMAND_FAILED,
  LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS,
  LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS,
  SANITIZE_COMMAND_FAILED,
  type SenseCode,
  flag,
  format,
  uint,
} from "node-scsi-cdb";
import { assert } from "../../base/assert";
import type { Geometry } from "../../block/device";

/** What an operation is told apart by. */
interface Kind {
  readonly inProgress: SenseCode;
  /** How the command ends that waited for an operation that failed. */
  readonly failed: SenseCode;
}

const sanitize: Kind = {
  inProgress: LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS,
  failed: SANITIZE_COMMAND_FAILED,
};

export const OPERATION_KINDS = {
  sanitize,
  format: { inProgress: LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS, failed: FORMAT_COMMAND_FAILED },
} as const satisfies Readonly<Record<string, Kind>>;

export type OperationKind = keyof typeof OPERATION_KINDS;

/** What a command asks for. */
export interface OperationRequest {
  readonly kind: OperationKind;
  /** Whether one that failed may be left as it is: AUSE. */
  readonly isUnrestricted: boolean;
  readonly passCount: number;
  /** Each pass writes the inversion of what the one before it wrote, the last one the pattern. */
  readonly isInverting: boolean;
  /** What each block is filled with, over and over; empty: blocks are unmapped. */
  readonly pattern: Uint8Array;
}

export interface Operation extends OperationRequest {
  /** Counts the operations of the unit. */
  readonly number: number;
  /** RELATIVE TARGET PORT IDENTIFIER of a port of the controller that does it. */
  readonly port: number;
  readonly hasFailed: boolean;
  /** How far it is: whole passes, and blocks of the one under way. */
  readonly passesDone: number;
  readonly blocksDone: number;
}

/** OVERWRITE COUNT has five bits. */
const PASSES_MAX = 31;
const PROGRESS_MAX = 0xffff;

/** PROGRESS INDICATION: in 65536ths of the whole. [SPC-4 4.5.2.4.4] */
export function progressOf(operation: Operation, { blockCount }: Geometry): number {
  const { passCount, passesDone, blocksDone } = operation;
  const done = (passesDone + blocksDone / blockCount) / passCount;
  return Math.min(PROGRESS_MAX, Math.floor(done * (PROGRESS_MAX + 1)));
}

/** What a pass writes to each block; null: it unmaps them. [SBC-4 SANITIZE, INVERT] */
export function blockOfPass(operation: OperationRequest, pass: number, length: number): Buffer {
  const { pattern, isInverting, passCount } = operation;
  assert(pattern.length > 0, "blocks that are unmapped have no pattern");
  const block = Buffer.alloc(length, pattern);
  const isInverted = isInverting && (passCount - 1 - pass) % 2 === 1;
  return isInverted ? (block.map((byte) => byte ^ 0xff) as Buffer) : block;
}

const KINDS = Object.keys(OPERATION_KINDS) as readonly OperationKind[];

/** The pattern stands behind it, to the end. */
const head = format({
  name: "Operation on a medium",
  length: 16,
  fields: {
    number: uint(0, 4, "number"),
    kind: uint(4, 1, "kind"),
    isUnrestricted: flag(5, 0, "AUSE"),
    isInverting: flag(5, 1, "INVERT"),
    hasFailed: flag(5, 2, "failed"),
    passCount: uint(6, 1, "passes"),
    passesDone: uint(7, 1, "passes done"),
    port: uint(8, 2, "port"),
    // Six bytes are more blocks than any medium has.
    blocksDone: uint(10, 6, "blocks of this pass done"),
  },
});

export function encodeOperation(operation: Operation): Uint8Array {
  const { kind, pattern, ...fields } = operation;
  return Buffer.concat([head.encode({ ...fields, kind: KINDS.indexOf(kind) }), pattern]);
}

/** What was encoded, of a medium of this geometry; null for all that never is. */
export function decodeOperation(bytes: Uint8Array, geometry: Geometry): Operation | null {
  if (bytes.length < head.length || head.firstReservedBit(bytes) !== null) return null;
  const { kind: index, ...fields } = head.decode(bytes);
  const kind = KINDS[index];
  const pattern = Uint8Array.from(bytes.subarray(head.length));
  const { passCount, passesDone, blocksDone } = fields;
  const arePasses = passCount > 0 && passCount <= PASSES_MAX && passesDone < passCount;
  const isInside = blocksDone <= geometry.blockCount && pattern.length <= geometry.blockSize;
  return kind !== undefined && arePasses && isInside ? { ...fields, kind, pattern } : null;
}
