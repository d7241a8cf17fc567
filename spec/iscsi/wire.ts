/** What the specs of the wire share: PDUs as bytes, with digests, built without the outbox. */
import { crc32c } from "../../lib/base/crc32c";

export interface Digests {
  readonly header: boolean;
  readonly data: boolean;
}

export const digestCases: readonly Digests[] = [
  { header: false, data: false },
  { header: true, data: false },
  { header: false, data: true },
  { header: true, data: true },
];

function digestOf(bytes: Uint8Array): Buffer {
  const digest = Buffer.alloc(4);
  digest.writeUInt32LE(crc32c(bytes));
  return digest;
}

/** One PDU as the wire carries it; TotalAHSLength and DataSegmentLength are filled in. */
export function wireBytes(
  pdu: { readonly bhs: Uint8Array; readonly ahs?: Uint8Array; readonly data?: Uint8Array },
  digests: Digests = { header: false, data: false },
): Buffer {
  const ahs = pdu.ahs ?? Buffer.alloc(0);
  const data = pdu.data ?? Buffer.alloc(0);
  const bhs = Buffer.from(pdu.bhs);
  bhs[4] = ahs.length / 4;
  bhs.writeUIntBE(data.length, 5, 3);
  const header = Buffer.concat([bhs, ahs]);
  const segment = Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
  return Buffer.concat([
    header,
    ...(digests.header ? [digestOf(header)] : []),
    segment,
    ...(digests.data && data.length > 0 ? [digestOf(segment)] : []),
  ]);
}
