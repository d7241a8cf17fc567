/**
 * What sense data says of a third-party copy that was aborted, beside what all sense data says: the
 * segment, and what a source or a destination ended with. Sense data as a whole is `sense-data.ts`.
 * [SPC-4 5.17.7.4]
 */
import { bits, flag, uint } from "./fields";
import { format } from "./format";
import type { ForwardedSense, Sense } from "./sense";
import type { Status } from "./status";

/** Reads sense data that is part of other sense data; null: it is none. */
type Decode = (bytes: Uint8Array) => Sense | null;

/** COMMAND-SPECIFIC INFORMATION of fixed format sense data. */
const copyInformation = format({
  name: "Command-specific information of a copy",
  length: 4,
  fields: {
    source: uint(0, 1, "where the status of the copy source stands"),
    destination: uint(1, 1, "where the status of the copy destination stands"),
    segment: uint(2, 2, "segment number"),
  },
});
const COPY_INFORMATION_AT = 8;

/** [SPC-4 4.5.2.3] */
const commandSpecificDescriptor = format({
  name: "Command specific sense data descriptor",
  length: 12,
  fields: {
    type: uint(0, 1, "DESCRIPTOR TYPE"),
    additionalLength: uint(1, 1, "ADDITIONAL LENGTH"),
    information: uint(4, 8, "COMMAND-SPECIFIC INFORMATION"),
  },
});

/** What stands before the sense that is forwarded. [SPC-4 4.5.2.7] */
const forwardedDescriptor = format({
  name: "Forwarded additional sense data descriptor",
  length: 4,
  fields: {
    type: uint(0, 1, "DESCRIPTOR TYPE"),
    additionalLength: uint(1, 1, "ADDITIONAL LENGTH"),
    fsdt: flag(2, 7, "FSDT"),
    source: bits(2, 3, 0, "SENSE DATA SOURCE"),
    status: uint(3, 1, "FORWARDED STATUS"),
  },
});

const CopyDescriptorType = { COMMAND_SPECIFIC: 0x01, FORWARDED: 0x0c } as const;
/** SENSE DATA SOURCE. */
const ForwardedFrom = { source: 1, destination: 2 } as const;

/**
 * What comes behind fixed format sense data: the status byte, and `data`, the sense data that is
 * forwarded.
 */
export function fixedForwarded({ status }: ForwardedSense, data: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(status), data]);
}

/** Completes the head of fixed format sense data behind which `fixedForwarded` stands, if any. */
export function completeFixed(head: Uint8Array, { segment = 0, forwarded }: Sense): Uint8Array {
  const where = forwarded === undefined ? {} : { [forwarded.from]: head.length };
  return copyInformation.encode({ segment, ...where }, head, COPY_INFORMATION_AT);
}

export function decodeFixedCopy(bytes: Uint8Array, decode: Decode): Partial<Sense> {
  const { source, destination, segment } = copyInformation.decode(bytes, COPY_INFORMATION_AT);
  const from = source > 0 ? "source" : "destination";
  const at = source > 0 ? source : destination;
  return { segment, ...(at === 0 ? {} : decodeForwarded(from, bytes.subarray(at), decode)) };
}

export function segmentDescriptor(segment: number): Uint8Array {
  return commandSpecificDescriptor.encode({
    type: CopyDescriptorType.COMMAND_SPECIFIC,
    additionalLength: commandSpecificDescriptor.length - 2,
    information: segment,
  });
}

/** `data`: the sense data that is forwarded. */
export function describeForwarded(forwarded: ForwardedSense, data: Uint8Array): Uint8Array {
  const head = forwardedDescriptor.encode({
    type: CopyDescriptorType.FORWARDED,
    additionalLength: forwardedDescriptor.length - 2 + data.length,
    source: ForwardedFrom[forwarded.from],
    status: forwarded.status,
  });
  return Buffer.concat([head, data]);
}

/** A descriptor of COPY ABORTED sense data that is not one of the common ones. */
export function decodeCopyDescriptor(bytes: Uint8Array, decode: Decode): Partial<Sense> {
  const [type] = bytes;
  if (type === CopyDescriptorType.COMMAND_SPECIFIC) {
    if (bytes.length < commandSpecificDescriptor.length) return {};
    return { segment: commandSpecificDescriptor.decode(bytes).information };
  }
  if (type !== CopyDescriptorType.FORWARDED || bytes.length < forwardedDescriptor.length) return {};
  const { source, additionalLength } = forwardedDescriptor.decode(bytes);
  const from = source === ForwardedFrom.source ? "source" : "destination";
  return decodeForwarded(from, bytes.subarray(3, 2 + additionalLength), decode);
}

/** A status byte, and the sense data behind it if there is any. */
function decodeForwarded(
  from: ForwardedSense["from"],
  bytes: Uint8Array,
  decode: Decode,
): Partial<Sense> {
  const status = bytes[0];
  if (status === undefined) return {};
  return { forwarded: { from, status: status as Status, sense: decode(bytes.subarray(1)) } };
}
