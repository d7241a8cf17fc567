/**
 * FORMAT UNIT: makes the medium anew, of the same blocks, filled with a pattern or unmapped. There
 * are no defects, so no list of them is taken. As SANITIZE it only begins the operation; a fast
 * format is the same one, since blocks that are unmapped are written no more than it allows.
 * [SBC-4 FORMAT UNIT, 4.33]
 */
import {
  type Cdb,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  bits,
  flag,
  format,
  formatUnit as row,
  invalidFieldInParameterList,
  uint,
} from "node-scsi-cdb";
import { gather } from "../../base/bytes";
import { command } from "../command";
import type { OperationRequest } from "../operations/operation";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

const header = {
  protectionFieldsUsage: bits(0, 2, 0, "PROTECTION FIELDS USAGE"),
  fov: flag(1, 7, "FOV"),
  dpry: flag(1, 6, "DPRY"),
  dcrt: flag(1, 5, "DCRT"),
  stpf: flag(1, 4, "STPF"),
  ip: flag(1, 3, "IP"),
  dsp: flag(1, 2, "DSP (obsolete)"),
  immed: flag(1, 1, "IMMED"),
  vendorSpecific: flag(1, 0, "Vendor specific", { ignored: true }),
};

/** What FOV makes valid, and is 0 without it. [SBC-4 FORMAT UNIT, FOV] */
const OPTIONS = ["dpry", "dcrt", "stpf", "ip", "dsp"] as const;

const shortHeader = format({
  name: "FORMAT UNIT short parameter list header",
  length: 4,
  fields: { ...header, defectListLength: uint(2, 2, "DEFECT LIST LENGTH") },
});

const longHeader = format({
  name: "FORMAT UNIT long parameter list header",
  length: 8,
  fields: { ...header, defectListLength: uint(4, 4, "DEFECT LIST LENGTH") },
});

const patternDescriptor = format({
  name: "Initialization pattern descriptor",
  length: 4,
  fields: {
    patternType: uint(1, 1, "INITIALIZATION PATTERN TYPE"),
    patternLength: uint(2, 2, "INITIALIZATION PATTERN LENGTH"),
  },
});

/** INITIALIZATION PATTERN TYPE: what the device server has by default, and what the list has. */
const DEFAULT_PATTERN = 0;
const GIVEN_PATTERN = 1;

/** Short block, long block, bytes from index, physical sector: those that an empty list has. */
const DEFECT_LIST_FORMATS = [0, 3, 4, 5];

/** FFMT: a format of the usual kind, and one that writes nothing. [SBC-4 FORMAT UNIT, FFMT] */
const FAST_FORMAT = 1;

type FormatUnit = Cdb<typeof row>;

/** What a list asks for. */
interface Parsed {
  readonly immed: boolean;
  /** Empty: the default, which blocks have that are unmapped. */
  readonly pattern: Uint8Array;
}

const NO_LIST: Parsed = { immed: false, pattern: new Uint8Array(0) };

function parse(list: Uint8Array, cdb: FormatUnit, unit: Unit): Parsed | Sense {
  if (!cdb.fmtdata) return NO_LIST;
  const head = cdb.longList ? longHeader : shortHeader;
  if (list.length < head.length) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const reserved = head.firstReservedBit(list);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  const fields = head.decode(list);
  const wrong = (field: keyof typeof fields): Sense =>
    invalidFieldInParameterList(head.pointer(field));
  if (fields.protectionFieldsUsage !== 0) return wrong("protectionFieldsUsage");
  if (fields.defectListLength !== 0) return wrong("defectListLength");
  const option = OPTIONS.find((name) => fields[name]);
  if (!fields.fov && option !== undefined) return wrong(option);
  const { immed, ip } = fields;
  if (!ip) return { ...NO_LIST, immed };
  // Its blocks would have to be written.
  if (cdb.ffmt === FAST_FORMAT) return wrong("ip");
  const pattern = parsePattern(list, head.length, unit);
  return "code" in pattern ? pattern : { immed, pattern };
}

function parsePattern(list: Uint8Array, at: number, unit: Unit): Uint8Array | Sense {
  const descriptor = list.subarray(at);
  if (descriptor.length < patternDescriptor.length) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const wrong = ({ byte, bit }: { byte: number; bit: number }): Sense =>
    invalidFieldInParameterList({ byte: at + byte, bit });
  const reserved = patternDescriptor.firstReservedBit(descriptor);
  if (reserved !== null) return wrong(reserved);
  const { patternType, patternLength } = patternDescriptor.decode(descriptor);
  if (patternType > GIVEN_PATTERN) return wrong(patternDescriptor.pointer("patternType"));
  const isDefault = patternType === DEFAULT_PATTERN;
  const isLength = patternLength > 0 && patternLength <= unit.device.geometry.blockSize;
  if (isDefault ? patternLength !== 0 : !isLength) {
    return wrong(patternDescriptor.pointer("patternLength"));
  }
  const end = patternDescriptor.length + patternLength;
  if (descriptor.length < end) return { code: PARAMETER_LIST_LENGTH_ERROR };
  return descriptor.subarray(patternDescriptor.length, end);
}

/** Nothing tells how long the list is: as long as it comes, and no longer than it can be. */
function listLength({ fmtdata }: FormatUnit, unit: Unit, task: Task): number {
  const { blockSize } = unit.device.geometry;
  const longest = longHeader.length + patternDescriptor.length + blockSize;
  return fmtdata ? Math.min(task.dataOutMax, longest) : 0;
}

function check(cdb: FormatUnit): Sense | null {
  const { fmtdata, cmplst, defectListFormat } = cdb;
  // Blocks have no protection information. [SBC-4 FORMAT UNIT, FMTPINFO]
  if (cdb.fmtpinfo !== 0) return refuse(row, "fmtpinfo");
  if (cdb.ffmt > FAST_FORMAT) return refuse(row, "ffmt");
  // Without a list nothing is said of one. [SBC-4 FORMAT UNIT, address descriptor formats]
  if (!fmtdata && cdb.longList) return refuse(row, "longList");
  if (!fmtdata && cmplst) return refuse(row, "cmplst");
  const isFormat = fmtdata ? DEFECT_LIST_FORMATS.includes(defectListFormat) : !defectListFormat;
  return isFormat ? null : refuse(row, "defectListFormat");
}

export const formatUnit = command({
  row,
  reservation: "conflict",
  needsMedium: true,
  writes: true,
  renews: "format",
  check,
  dataOutLength: listLength,
  apply(cdb, { data, nexus }, unit) {
    const parsed = parse(data, cdb, unit);
    if ("code" in parsed) return { answer: parsed };
    const { operation } = unit;
    // Another may have come at the same time.
    if (operation.running !== null) return { answer: operation.sense as Sense };
    const { pattern } = parsed;
    const request: OperationRequest = {
      ...{ kind: "format", isUnrestricted: true, passCount: 1, isInverting: false, pattern },
    };
    operation.start(request, nexus.relativeTargetPort);
    return { answer: "good", terminate: operation.sense };
  },
  conclude({ fmtdata }, task, unit) {
    const isImmediate = fmtdata && shortHeader.decode(gather(task.dataOut)).immed;
    if (isImmediate) unit.good(task);
    else unit.endWithOperation(task);
  },
});
