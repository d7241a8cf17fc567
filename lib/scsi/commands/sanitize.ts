/**
 * SANITIZE: makes all that was ever stored on the medium unreadable. The command only begins the
 * operation, by an action; what is done to the blocks is `operations/operation-work.ts`. Nothing is
 * encrypted here, so a key that is destroyed and blocks that are erased are the same: unmapped, and
 * zeros. [SBC-4 SANITIZE, 4.11]
 */
import {
  type Cdb,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  bits,
  flag,
  format,
  invalidFieldInParameterList,
  sanitizeBlockErase,
  sanitizeCryptographicErase,
  sanitizeExitFailureMode,
  sanitizeOverwrite,
  uint,
} from "node-scsi-cdb";
import { type Command, command } from "../command";
import type { OperationRequest } from "../operations/operation";
import type { Task } from "../task";
import type { Unit } from "../unit";
import type { ActionOutcome, CommandAction } from "../unit-action";
import { refuse } from "./transfer";

type Row =
  | typeof sanitizeOverwrite
  | typeof sanitizeBlockErase
  | typeof sanitizeCryptographicErase
  | typeof sanitizeExitFailureMode;
type Sanitize = Cdb<typeof sanitizeOverwrite>;

const overwriteList = format({
  name: "SANITIZE, OVERWRITE parameter list",
  length: 4,
  fields: {
    invert: flag(0, 7, "INVERT"),
    test: bits(0, 6, 5, "TEST"),
    overwriteCount: bits(0, 4, 0, "OVERWRITE COUNT"),
    patternLength: uint(2, 2, "INITIALIZATION PATTERN LENGTH"),
  },
});

/** What OVERWRITE asks for, but for what its CDB says. */
function parseOverwrite(
  list: Uint8Array,
  unit: Unit,
): Pick<OperationRequest, "passCount" | "isInverting" | "pattern"> | Sense {
  if (list.length < overwriteList.length) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const wrong = (field: keyof typeof overwriteList.fields): Sense =>
    invalidFieldInParameterList(overwriteList.pointer(field));
  const reserved = overwriteList.firstReservedBit(list);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  const { invert, test, overwriteCount, patternLength } = overwriteList.decode(list);
  // Other values are the vendor's. [SBC-4 SANITIZE, TEST]
  if (test !== 0) return wrong("test");
  if (overwriteCount === 0) return wrong("overwriteCount");
  const isPattern = patternLength > 0 && patternLength <= unit.device.geometry.blockSize;
  if (!isPattern) return wrong("patternLength");
  const pattern = list.subarray(overwriteList.length, overwriteList.length + patternLength);
  if (pattern.length < patternLength) return { code: PARAMETER_LIST_LENGTH_ERROR };
  return { passCount: overwriteCount, isInverting: invert, pattern };
}

/** One that failed in restricted mode ends by nothing but another in that mode. [SBC-4 4.11.3] */
function isRestricted({ operation }: Unit): boolean {
  const { current } = operation;
  return current?.kind === "sanitize" && current.hasFailed && !current.isUnrestricted;
}

function start(
  row: Row,
  { ause }: Sanitize,
  { action, unit }: { readonly action: CommandAction; readonly unit: Unit },
): ActionOutcome {
  const erase = { passCount: 1, isInverting: false, pattern: new Uint8Array(0) };
  const how = row === sanitizeOverwrite ? parseOverwrite(action.data, unit) : erase;
  if ("code" in how) return { answer: how };
  const { operation } = unit;
  // Two may have come at the same time.
  if (operation.running !== null) return { answer: operation.sense as Sense };
  if (ause && isRestricted(unit)) return { answer: refuse(row, "ause") };
  const request = { ...how, kind: "sanitize", isUnrestricted: ause } as const;
  operation.start(request, action.nexus.relativeTargetPort);
  return { answer: "good", terminate: operation.sense };
}

const traits = {
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  renews: "sanitize",
  dataOutLength: (cdb: Sanitize) => cdb.parameterListLength,
} as const;

function sanitize(row: Row, isLength: (length: number, unit: Unit) => boolean): Command {
  return command({
    ...traits,
    row,
    check: ({ parameterListLength: length }, unit) =>
      isLength(length, unit) ? null : refuse(row, "parameterListLength"),
    apply: (cdb, action, unit) => start(row, cdb, { action, unit }),
    conclude(cdb: Sanitize, task: Task, unit: Unit) {
      if (cdb.immed) unit.good(task);
      else unit.endWithOperation(task);
    },
  });
}

/** The list's head and at least one byte of a pattern, at most a block of it. */
function isOverwriteLength(length: number, { device }: Unit): boolean {
  const { length: head } = overwriteList;
  return length > head && length <= head + device.geometry.blockSize;
}

const isNothing = (length: number): boolean => length === 0;

const exitFailureMode = command({
  ...traits,
  row: sanitizeExitFailureMode,
  check: ({ parameterListLength }) =>
    parameterListLength === 0 ? null : refuse(sanitizeExitFailureMode, "parameterListLength"),
  apply(_cdb, _action, unit) {
    // The service action stands in byte 1, bits 4 to 0.
    if (isRestricted(unit)) return { answer: refuse(sanitizeExitFailureMode, "serviceAction") };
    unit.operation.exit();
    return { answer: "good" };
  },
});

export const sanitizeCommands: readonly Command[] = [
  sanitize(sanitizeOverwrite, isOverwriteLength),
  sanitize(sanitizeBlockErase, isNothing),
  sanitize(sanitizeCryptographicErase, isNothing),
  exitFailureMode,
];
