import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { LinkOutbox } from "../../lib/mirror/link-outbox";
import type { LinkMessage } from "../../lib/mirror/messages";
import { bytesOf, framesOf } from "./support/frames";
import { owned } from "./support/link-pair";
import { MESSAGE_TYPES, randomMessage } from "./support/random-message";

function pair(data: Uint8Array[]): LinkMessage {
  return { type: "pair", volume: 1, kind: 2, data };
}

describe("LinkOutbox", () => {
  it("keeps the order of what was added, over slabs and writes", () => {
    const prng = new Prng(8);
    const outbox = new LinkOutbox(crc32c);
    const sent: LinkMessage[] = [];
    const chunks: Uint8Array[] = [];
    for (let count = 0; count < 1500; count++) {
      const message = randomMessage(prng, prng.pick(MESSAGE_TYPES));
      sent.push(owned(message));
      outbox.add(message);
      if (prng.chance(0.1)) chunks.push(...(outbox.take() ?? []));
    }
    chunks.push(...(outbox.take() ?? []));
    expect(framesOf(Buffer.concat(chunks))).toEqual(sent);
  });

  it("sends adjacent frames without data as one chunk, and data as it is", () => {
    const outbox = new LinkOutbox(crc32c);
    const data = [Buffer.from("some"), Buffer.alloc(0), Buffer.from("data")];
    outbox.add(pair([]));
    outbox.add(pair(data));
    outbox.add(pair([]));
    const chunks = outbox.take() as Uint8Array[];
    expect(chunks.map((chunk) => chunk.length)).toEqual([2 * 26, 4, 4, 26]);
    expect([chunks[1], chunks[2]]).toEqual([data[0], data[2]]);
    expect(chunks[1]).toBe(data[0]);
  });

  it("leaves what it gave out alone when more is added", () => {
    const outbox = new LinkOutbox(crc32c);
    outbox.add(pair([]));
    const chunks = outbox.take() as Uint8Array[];
    const before = Buffer.concat(chunks);
    for (let count = 0; count < 2000; count++) outbox.add(pair([]));
    expect(Buffer.concat(chunks)).toEqual(before);
  });

  it("gives nothing to write when nothing was added", () => {
    expect(new LinkOutbox(crc32c).take()).toBeNull();
  });

  it("counts what is not confirmed, and releases each once when it is", () => {
    const outbox = new LinkOutbox(crc32c);
    const released: number[] = [];
    const length = bytesOf(pair([Buffer.from("data")])).length;
    for (const number of [1, 2, 3]) {
      outbox.add(pair([Buffer.from("data")]), () => released.push(number));
      if (number !== 1) outbox.take();
    }
    expect(outbox.backlog).toBe(3 * length);
    outbox.sent(1);
    expect(released).toEqual([1, 2]);
    expect(outbox.backlog).toBe(length);
    outbox.sent(1);
    expect(released).toEqual([1, 2, 3]);
    expect(outbox.backlog).toBe(0);
  });

  it("releases what was written and what was not, once, when the path is gone", () => {
    const outbox = new LinkOutbox(crc32c);
    const released: number[] = [];
    for (const number of [1, 2, 3]) {
      outbox.add(pair([Buffer.from("data")]), () => released.push(number));
      if (number !== 3) outbox.take();
    }
    outbox.sent(1);
    outbox.drop();
    outbox.drop();
    expect(released).toEqual([1, 2, 3]);
    expect(outbox.backlog).toBe(0);
    expect(outbox.take()).toBeNull();
  });
});
