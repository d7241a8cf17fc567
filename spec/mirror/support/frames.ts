/** Frames as bytes, whole or altered, and bytes back into frames: for the link's specs. */
import { crc32c } from "../../../lib/base/crc32c";
import {
  CHECKED_LENGTH,
  frameHeader,
  HEADER_LENGTH,
  type LinkFrame,
} from "../../../lib/mirror/link-frame";
import { type Cut, LinkFramer } from "../../../lib/mirror/link-framer";
import { VERSIONS, type Greeting } from "../../../lib/mirror/link-greeting";
import { LinkOutbox } from "../../../lib/mirror/link-outbox";
import { owned, TIMING } from "./link-pair";

export function bytesOf(frame: LinkFrame, options: { checksData?: boolean } = {}): Buffer {
  return streamOf([frame], options);
}

export function streamOf(
  frames: readonly LinkFrame[],
  options: { checksData?: boolean } = {},
): Buffer {
  const outbox = new LinkOutbox(crc32c);
  outbox.checksData = options.checksData ?? false;
  for (const frame of frames) outbox.add(frame);
  return Buffer.concat(outbox.take() ?? []);
}

/** The same frame with other header fields, its checksum right again. */
export function altered(
  bytes: Buffer,
  fields: Partial<ReturnType<typeof frameHeader.decode>>,
): Buffer {
  const copy = Buffer.from(bytes);
  frameHeader.encode({ ...frameHeader.decode(copy), ...fields }, copy);
  return sealed(copy);
}

/** With the checksum of what is there, in place. */
export function sealed(bytes: Buffer): Buffer {
  const { parameterLength } = frameHeader.decode(bytes);
  const parameter = bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + parameterLength);
  const checksum = crc32c(parameter, crc32c(bytes.subarray(0, CHECKED_LENGTH)));
  return Buffer.from(bytes.fill(0, CHECKED_LENGTH, HEADER_LENGTH)).fill(
    uint32(checksum),
    CHECKED_LENGTH,
    HEADER_LENGTH,
  );
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function greeting(fields: Partial<Greeting> = {}): Greeting {
  return {
    type: "hello",
    versionMin: VERSIONS.min,
    versionMax: VERSIONS.max,
    side: 2,
    session: 77,
    echo: 0,
    heartbeatMs: TIMING.heartbeatMs,
    leaseMs: TIMING.leaseMs,
    checksData: true,
    ...fields,
  };
}

/** All that can be cut now, frames as owned copies. */
export function cutAll(framer: LinkFramer): (LinkFrame | string)[] {
  const all: (LinkFrame | string)[] = [];
  for (let cut: Cut | null = framer.next(); cut !== null; cut = framer.next()) {
    all.push(typeof cut === "string" ? cut : ownedFrame(cut.frame));
  }
  return all;
}

export function ownedFrame(frame: LinkFrame): LinkFrame {
  return frame.type === "hello" || frame.type === "heartbeat" ? { ...frame } : owned(frame);
}

/** What comes out of bytes that come in one turn. */
export function framesOf(bytes: Uint8Array): (LinkFrame | string)[] {
  const framer = new LinkFramer(crc32c);
  framer.push(bytes, null);
  const all = cutAll(framer);
  framer.settle();
  return all;
}
