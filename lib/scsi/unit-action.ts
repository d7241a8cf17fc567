/**
 * What changes a logical unit beside its blocks, as values and as bytes: the actions that every
 * controller of the unit applies in one order, and what came of them. Who orders them is
 * `unit-share.ts`; what they do is a command's `apply` and `logical-unit.ts`.
 *
 *   action   type 1 | relative target port 2 | initiator name | initiator port | particulars
 *   command  generation 4 | tag 4 | CDB | data
 *   reset    which 1
 *   check-condition   generation 4 | tag 4 | flags 1: bit 0 establishes, bit 1 ACA attribute
 *   step     of an operation on the medium: see `operations/unit-operation.ts`
 *
 * Texts, the CDB and the data stand behind their lengths of 2, 2 and 4 bytes; texts are UTF-8.
 */
import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  INTERNAL_TARGET_FAILURE,
  POWER_ON_OCCURRED,
  SCSI_BUS_RESET_OCCURRED,
  type Sense,
  type SenseCode,
  decodeSense,
  encodeSense,
  flag,
  format,
  uint,
} from "node-scsi-cdb";
import { assert, unreachable } from "../base/assert";
import { getU16, getU32, putU16, putU32 } from "../base/bytes";
import { limits } from "../base/limits";
import { type NexusNames, nexusName } from "./nexus";
import {
  type OperationStep,
  STEP_LENGTH,
  decodeStep,
  encodeStep,
} from "./operations/unit-operation";

/** A command whose row has `apply`. */
export interface CommandAction {
  readonly type: "command";
  readonly nexus: NexusNames;
  /** The tag of its task, distinct among those its nexus has in use. */
  readonly tag: number;
  /** `LogicalUnit.generation` when it was proposed: in another it has no effect. */
  readonly generation: number;
  /** As long as its row has it. */
  readonly cdb: Uint8Array;
  /** The parameter list, gathered. */
  readonly data: Uint8Array;
}

/** A task ends with CHECK CONDITION, and others are to feel it. */
export interface CheckConditionAction {
  readonly type: "check-condition";
  readonly nexus: NexusNames;
  readonly tag: number;
  /** As of a command. */
  readonly generation: number;
  /** NACA: an ACA condition begins. */
  readonly establishes: boolean;
  /** Its attribute is ACA: the condition that its nexus has to deal with ends. */
  readonly isAca: boolean;
}

/** Whose reset it is decides which unit attention tells of it. [SAM-5 6.3, 7.7] */
export type ResetKind = "logical-unit" | "target-warm" | "target-cold";

export type UnitAction =
  | CommandAction
  | CheckConditionAction
  | { readonly type: "clear-aca"; readonly nexus: NexusNames }
  | { readonly type: "reset"; readonly nexus: NexusNames; readonly kind: ResetKind }
  | { readonly type: "clear-task-set"; readonly nexus: NexusNames }
  | { readonly type: "nexus-lost"; readonly nexus: NexusNames }
  | {
      readonly type: "operation-step";
      /** `portNames` of the controller that says so. */
      readonly nexus: NexusNames;
      readonly step: OperationStep;
    };

/** What `apply` says of a command: how it ends, and what else is to happen at each controller. */
export interface ActionOutcome {
  /** "conflict": RESERVATION CONFLICT. */
  readonly answer: "good" | "conflict" | Sense;
  /** Unit attentions: for all nexuses, for all but the action's, or by their names. */
  readonly attentions?: readonly {
    readonly to: "all" | "others" | readonly string[];
    readonly sense: Sense;
  }[];
  /** Names of the nexuses whose tasks end, but for the action's own task. */
  readonly abort?: readonly string[];
  /** How all tasks end but the action's own: an operation on the medium begins. */
  readonly terminate?: Sense | null;
}

/** "void": tasks were aborted between its proposal and its turn; propose it again if need be. */
export type ActionAnswer = ActionOutcome["answer"] | "void";

export const RESET_ATTENTIONS: Readonly<Record<ResetKind, SenseCode>> = {
  "logical-unit": BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  "target-warm": SCSI_BUS_RESET_OCCURRED,
  "target-cold": POWER_ON_OCCURRED,
};

/** The answer to what only a bug of another controller can have sent. */
export const NOT_AN_ACTION: Sense = { code: INTERNAL_TARGET_FAILURE };

const TYPES = [
  "command",
  "reset",
  "clear-task-set",
  "nexus-lost",
  "check-condition",
  "clear-aca",
  "operation-step",
] as const;
const RESET_KINDS = ["logical-unit", "target-warm", "target-cold"] as const;
const ANSWERS = ["good", "conflict", "void"] as const;
/** The first byte of an answer that is sense data, in descriptor format behind it. */
const SENSE = ANSWERS.length;

const checkConditionParticulars = format({
  name: "Particulars of a CHECK CONDITION",
  length: 9,
  fields: {
    generation: uint(0, 4, "generation"),
    tag: uint(4, 4, "tag"),
    isAca: flag(8, 1, "ACA attribute"),
    establishes: flag(8, 0, "establishes"),
  },
});

const CDB_LENGTH_MIN = 6;
const CDB_LENGTH_MAX = 16;

export function encodeAction(action: UnitAction): Uint8Array {
  const { initiatorName, initiatorPort, relativeTargetPort } = action.nexus;
  const port = Buffer.alloc(2);
  putU16(port, 0, relativeTargetPort);
  return Buffer.concat([
    Buffer.of(TYPES.indexOf(action.type)),
    port,
    ...behindLength(Buffer.from(initiatorName)),
    ...behindLength(Buffer.from(initiatorPort)),
    ...particularsOf(action),
  ]);
}

function particularsOf(action: UnitAction): Uint8Array[] {
  switch (action.type) {
    case "command": {
      assert(action.data.length <= limits.parameterListMax, "a parameter list has its bound");
      const head = Buffer.alloc(8);
      putU32(head, 0, action.generation);
      putU32(head, 4, action.tag);
      const length = Buffer.alloc(4);
      putU32(length, 0, action.data.length);
      return [head, ...behindLength(action.cdb), length, action.data];
    }
    case "reset":
      return [Buffer.of(RESET_KINDS.indexOf(action.kind))];
    case "check-condition": {
      const { generation, tag, establishes, isAca } = action;
      return [checkConditionParticulars.encode({ generation, tag, establishes, isAca })];
    }
    case "operation-step":
      return [encodeStep(action.step)];
    case "clear-task-set":
    case "nexus-lost":
    case "clear-aca":
      return [];
    default:
      return unreachable(action);
  }
}

function behindLength(bytes: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(2);
  putU16(length, 0, bytes.length);
  return [length, bytes];
}

/** What was encoded, with views of `bytes`; null for all that `encodeAction` never makes. */
export function decodeAction(bytes: Uint8Array): UnitAction | null {
  const reader = new Reader(bytes);
  const type = TYPES[reader.number(1)];
  const relativeTargetPort = reader.number(2);
  const initiatorName = reader.text();
  const initiatorPort = reader.text();
  const name = nexusName(initiatorPort, relativeTargetPort);
  const nexus = { name, initiatorName, initiatorPort, relativeTargetPort };
  const action = type === undefined ? null : readParticulars(reader, type, nexus);
  return reader.isExhausted ? action : null;
}

function readParticulars(
  reader: Reader,
  type: UnitAction["type"],
  nexus: NexusNames,
): UnitAction | null {
  switch (type) {
    case "command": {
      const generation = reader.number(4);
      const tag = reader.number(4);
      const cdb = reader.take(reader.number(2));
      const data = reader.take(reader.number(4));
      const isCdb = cdb.length >= CDB_LENGTH_MIN && cdb.length <= CDB_LENGTH_MAX;
      if (!isCdb || data.length > limits.parameterListMax) return null;
      return { type, nexus, generation, tag, cdb, data };
    }
    case "reset": {
      const kind = RESET_KINDS[reader.number(1)];
      return kind === undefined ? null : { type, nexus, kind };
    }
    case "check-condition": {
      const bytes = reader.take(checkConditionParticulars.length);
      const isWhole = bytes.length === checkConditionParticulars.length;
      if (!isWhole || checkConditionParticulars.firstReservedBit(bytes) !== null) return null;
      return { type, nexus, ...checkConditionParticulars.decode(bytes) };
    }
    case "operation-step": {
      const step = decodeStep(reader.take(STEP_LENGTH));
      return step === null ? null : { type, nexus, step };
    }
    case "clear-task-set":
    case "nexus-lost":
    case "clear-aca":
      return { type, nexus };
    default:
      return unreachable(type);
  }
}

/** Takes bytes in order; what is not there reads as nothing and is remembered. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isSound = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** All was there, and nothing is left. */
  get isExhausted(): boolean {
    return this.#isSound && this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) this.#isSound = false;
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  number(length: 1 | 2 | 4): number {
    const bytes = this.take(length);
    if (bytes.length < length) return 0;
    if (length === 4) return getU32(bytes, 0);
    return length === 2 ? getU16(bytes, 0) : (bytes[0] as number);
  }

  /** Bytes that are no UTF-8 are no name. */
  text(): string {
    const bytes = this.take(this.number(2));
    const text = Buffer.from(bytes).toString();
    const isText = Buffer.compare(Buffer.from(text), bytes) === 0;
    if (!isText || bytes.length > limits.linkNameMax) this.#isSound = false;
    return text;
  }
}

export function encodeAnswer(answer: ActionAnswer): Uint8Array {
  if (typeof answer === "string") return Buffer.of(ANSWERS.indexOf(answer));
  return Buffer.concat([Buffer.of(SENSE), encodeSense(answer, "descriptor")]);
}

/** What is answered of the answers of two controllers: a failure, if one has failed. */
export function agreedAnswer(own: Uint8Array, others: Uint8Array): Uint8Array {
  return decodeAnswer(own) === "good" ? others : own;
}

/** The answer; NOT_AN_ACTION for bytes that are none. */
export function decodeAnswer(bytes: Uint8Array): ActionAnswer {
  const kind = bytes[0] ?? SENSE;
  const word = ANSWERS[kind];
  if (word !== undefined && bytes.length === 1) return word;
  const sense = kind === SENSE ? decodeSense(bytes.subarray(1)) : null;
  if (sense === null) return NOT_AN_ACTION;
  const { responseCode: _code, deferred: _deferred, ...rest } = sense;
  return rest;
}
