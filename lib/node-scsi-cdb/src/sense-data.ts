/**
 * Sense data on the wire: a `Sense` value to bytes and back, in fixed and in descriptor format.
 * What a code means is not here. [SPC-4 4.5]
 */
import {
  completeFixed,
  decodeCopyDescriptor,
  decodeFixedCopy,
  describeForwarded,
  fixedForwarded,
  segmentDescriptor,
} from "./copy-sense";
import { bits, flag, octets, uint } from "./fields";
import { type FieldPointer, type Values, format } from "./format";
import { type ForwardedSense, type Sense, SenseKey } from "./sense";
import { INVALID_FIELD_IN_CDB, INVALID_FIELD_IN_PARAMETER_LIST, senseText } from "./sense-codes";

/** Which of the two formats; D_SENSE in the Control mode page and DESC in REQUEST SENSE choose. */
export type SenseFormat = "fixed" | "descriptor";

/** Sense data read back. `deferred`: it is about an earlier command. */
export interface DecodedSense extends Sense {
  /** 70h or 71h: fixed; 72h or 73h: descriptor. */
  readonly responseCode: number;
  readonly deferred: boolean;
}

const RESPONSE = { fixed: 0x70, fixedDeferred: 0x71, descriptor: 0x72, descriptorDeferred: 0x73 };

/** [SPC-4 4.5.3] */
export const fixedSense = format({
  name: "Fixed format sense data",
  length: 18,
  fields: {
    valid: flag(0, 7, "VALID"),
    responseCode: bits(0, 6, 0, "RESPONSE CODE"),
    filemark: flag(2, 7, "FILEMARK"),
    eom: flag(2, 6, "EOM"),
    ili: flag(2, 5, "ILI"),
    sdatOvfl: flag(2, 4, "SDAT_OVFL"),
    key: bits(2, 3, 0, "SENSE KEY"),
    information: uint(3, 4, "INFORMATION"),
    additionalLength: uint(7, 1, "ADDITIONAL SENSE LENGTH"),
    commandSpecificInformation: uint(8, 4, "COMMAND-SPECIFIC INFORMATION"),
    asc: uint(12, 1, "ADDITIONAL SENSE CODE"),
    ascq: uint(13, 1, "ADDITIONAL SENSE CODE QUALIFIER"),
    fieldReplaceableUnitCode: uint(14, 1, "FIELD REPLACEABLE UNIT CODE"),
    senseKeySpecific: octets(15, 3, "SENSE KEY SPECIFIC"),
  },
});

/** The head of descriptor format sense data; descriptors follow it. [SPC-4 4.5.2] */
export const descriptorSense = format({
  name: "Descriptor format sense data",
  length: 8,
  fields: {
    responseCode: bits(0, 6, 0, "RESPONSE CODE"),
    key: bits(1, 3, 0, "SENSE KEY"),
    asc: uint(2, 1, "ADDITIONAL SENSE CODE"),
    ascq: uint(3, 1, "ADDITIONAL SENSE CODE QUALIFIER"),
    sdatOvfl: flag(4, 7, "SDAT_OVFL"),
    additionalLength: uint(7, 1, "ADDITIONAL SENSE LENGTH"),
  },
});

/** [SPC-4 4.5.2.2] */
const informationDescriptor = format({
  name: "Information sense data descriptor",
  length: 12,
  fields: {
    type: uint(0, 1, "DESCRIPTOR TYPE"),
    additionalLength: uint(1, 1, "ADDITIONAL LENGTH"),
    valid: flag(2, 7, "VALID"),
    information: uint(4, 8, "INFORMATION"),
  },
});

/** [SPC-4 4.5.2.4] */
const senseKeySpecificDescriptor = format({
  name: "Sense key specific sense data descriptor",
  length: 8,
  fields: {
    type: uint(0, 1, "DESCRIPTOR TYPE"),
    additionalLength: uint(1, 1, "ADDITIONAL LENGTH"),
    senseKeySpecific: octets(4, 3, "SENSE KEY SPECIFIC"),
  },
});

const DescriptorType = { INFORMATION: 0x00, SENSE_KEY_SPECIFIC: 0x02 } as const;

/**
 * ILLEGAL REQUEST's three bytes [SPC-4 4.5.2.4.2], and COPY ABORTED's: there C/D is reserved, and
 * SD stays 0, since the pointer counts from the start of the parameter data. [SPC-4 4.5.2.4.5]
 */
const fieldPointerSpecific = format({
  name: "Field pointer sense key specific information",
  length: 3,
  fields: {
    sksv: flag(0, 7, "SKSV"),
    isCdb: flag(0, 6, "C/D"),
    bpv: flag(0, 3, "BPV"),
    bit: bits(0, 2, 0, "BIT POINTER"),
    byte: uint(1, 2, "FIELD POINTER"),
  },
});

/** NO SENSE's and NOT READY's three bytes. [SPC-4 4.5.2.4.4] */
const progressSpecific = format({
  name: "Progress indication sense key specific information",
  length: 3,
  fields: { sksv: flag(0, 7, "SKSV"), progress: uint(1, 2, "PROGRESS INDICATION") },
});

/** Sense for a CDB that asks for what is not there; `pointer` says where. */
export function invalidFieldInCdb(pointer: FieldPointer): Sense {
  return { code: INVALID_FIELD_IN_CDB, field: { ...pointer, in: "cdb" } };
}

/** The same for parameter data; `pointer.byte` counts from the start of the whole list. */
export function invalidFieldInParameterList(pointer: FieldPointer): Sense {
  return { code: INVALID_FIELD_IN_PARAMETER_LIST, field: { ...pointer, in: "data" } };
}

/** Writes sense data: 18 bytes if fixed, else as long as its descriptors make it. */
export function encodeSense(sense: Sense, as: SenseFormat): Uint8Array {
  return as === "fixed" ? encodeFixed(sense) : encodeDescriptors(sense);
}

/** Reads sense data, cut short or not; null when the first byte is no response code known here. */
export function decodeSense(bytes: Uint8Array): DecodedSense | null {
  const responseCode = (bytes[0] ?? 0) & 0x7f;
  if (responseCode === RESPONSE.fixed || responseCode === RESPONSE.fixedDeferred) {
    return decodeFixed(padded(bytes, fixedSense.length));
  }
  if (responseCode === RESPONSE.descriptor || responseCode === RESPONSE.descriptorDeferred) {
    return decodeDescriptors(padded(bytes, descriptorSense.length));
  }
  return null;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes;
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}

function encodeFixed(sense: Sense): Uint8Array {
  const { key, asc, ascq } = sense.code;
  const information = sense.information ?? null;
  // VALID is for an INFORMATION that fits its four bytes. [SPC-4 4.5.3]
  const valid = information !== null && information <= 0xffffffff;
  const specific = encodeSpecific(sense);
  const { forwarded } = sense;
  const behind =
    forwarded === undefined ? [] : [fixedForwarded(forwarded, encodeInner(forwarded, encodeFixed))];
  const head = fixedSense.encode({
    valid,
    responseCode: RESPONSE.fixed,
    key,
    ...(valid ? { information } : {}),
    additionalLength: fixedSense.length - 8 + lengthOf(behind),
    asc,
    ascq,
    ...(specific === null ? {} : { senseKeySpecific: specific }),
  });
  if (key !== SenseKey.COPY_ABORTED) return head;
  return Buffer.concat([completeFixed(head, sense), ...behind]);
}

/** The sense that is forwarded, in the format of the sense it is part of. */
function encodeInner({ sense }: ForwardedSense, encode: (sense: Sense) => Uint8Array): Uint8Array {
  return sense === null ? Buffer.alloc(0) : encode(sense);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function encodeDescriptors(sense: Sense): Uint8Array {
  const descriptors: Uint8Array[] = [];
  if (sense.information !== undefined) {
    descriptors.push(
      informationDescriptor.encode({
        type: DescriptorType.INFORMATION,
        additionalLength: informationDescriptor.length - 2,
        valid: true,
        information: sense.information,
      }),
    );
  }
  const specific = encodeSpecific(sense);
  if (specific !== null) {
    descriptors.push(
      senseKeySpecificDescriptor.encode({
        type: DescriptorType.SENSE_KEY_SPECIFIC,
        additionalLength: senseKeySpecificDescriptor.length - 2,
        senseKeySpecific: specific,
      }),
    );
  }
  if (sense.segment !== undefined) descriptors.push(segmentDescriptor(sense.segment));
  if (sense.forwarded !== undefined) {
    const inner = encodeInner(sense.forwarded, encodeDescriptors);
    descriptors.push(describeForwarded(sense.forwarded, inner));
  }
  const { key, asc, ascq } = sense.code;
  const additionalLength = lengthOf(descriptors);
  const head = { responseCode: RESPONSE.descriptor, key, asc, ascq, additionalLength };
  return Buffer.concat([descriptorSense.encode(head), ...descriptors]);
}

function encodeSpecific({ field, progress }: Sense): Uint8Array | null {
  if (field !== undefined) {
    const { byte, bit } = field;
    return fieldPointerSpecific.encode({
      sksv: true,
      isCdb: field.in === "cdb",
      bpv: true,
      bit,
      byte,
    });
  }
  return progress === undefined ? null : progressSpecific.encode({ sksv: true, progress });
}

function decodeFixed(bytes: Uint8Array): DecodedSense {
  const head = fixedSense.decode(bytes);
  return {
    ...identityOf(head),
    deferred: head.responseCode === RESPONSE.fixedDeferred,
    ...(head.valid ? { information: head.information } : {}),
    ...decodeSpecific(head.key, head.senseKeySpecific),
    ...(head.key === SenseKey.COPY_ABORTED ? decodeFixedCopy(bytes, decodePlain) : {}),
  };
}

/** Sense data without what tells of its encoding. */
function decodePlain(bytes: Uint8Array): Sense | null {
  const decoded = decodeSense(bytes);
  if (decoded === null) return null;
  const { responseCode: _code, deferred: _deferred, ...sense } = decoded;
  return sense;
}

function decodeDescriptors(bytes: Uint8Array): DecodedSense {
  const head = descriptorSense.decode(bytes);
  let details: Partial<Sense> = {};
  const end = Math.min(bytes.length, descriptorSense.length + head.additionalLength);
  let at = descriptorSense.length;
  while (at + 2 <= end) {
    const descriptor = bytes.subarray(at, end);
    details = { ...details, ...decodeDescriptor(head.key, descriptor) };
    at += 2 + (descriptor[1] as number);
  }
  return {
    ...identityOf(head),
    deferred: head.responseCode === RESPONSE.descriptorDeferred,
    ...details,
  };
}

function decodeDescriptor(key: number, bytes: Uint8Array): Partial<Sense> {
  if (bytes[0] === DescriptorType.INFORMATION && bytes.length >= informationDescriptor.length) {
    const { valid, information } = informationDescriptor.decode(bytes);
    return valid ? { information } : {};
  }
  if (
    bytes[0] === DescriptorType.SENSE_KEY_SPECIFIC &&
    bytes.length >= senseKeySpecificDescriptor.length
  ) {
    return decodeSpecific(key, senseKeySpecificDescriptor.decode(bytes).senseKeySpecific);
  }
  return key === SenseKey.COPY_ABORTED ? decodeCopyDescriptor(bytes, decodePlain) : {};
}

/** Sense key specific bytes mean what the sense key says they mean. [SPC-4 4.5.2.4.1] */
function decodeSpecific(key: number, bytes: Uint8Array): Partial<Sense> {
  const { sksv, isCdb, bit, byte } = fieldPointerSpecific.decode(bytes);
  if (!sksv) return {};
  if (key === SenseKey.ILLEGAL_REQUEST || key === SenseKey.COPY_ABORTED) {
    return { field: { byte, bit, in: isCdb ? "cdb" : "data" } };
  }
  if (key === SenseKey.NO_SENSE || key === SenseKey.NOT_READY) {
    return { progress: progressSpecific.decode(bytes).progress };
  }
  return {};
}

type Identity = Pick<
  Values<typeof descriptorSense.fields>,
  "responseCode" | "key" | "asc" | "ascq"
>;

function identityOf(head: Identity): Pick<DecodedSense, "responseCode" | "code"> {
  const { responseCode, asc, ascq } = head;
  // Four bits: all sixteen values are sense keys.
  const key = head.key as SenseKey;
  return { responseCode, code: { key, asc, ascq, text: senseText(asc, ascq) } };
}
