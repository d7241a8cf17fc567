import { Prng } from "../../lib/base/prng";
import type { FrameRow } from "../../lib/mirror/message-codec";
import { fastPaths } from "../../lib/mirror/message-fast-paths";
import { messageRows } from "../../lib/mirror/message-rows";
import type { LinkMessageType } from "../../lib/mirror/messages";
import { owned } from "./support/link-pair";
import { randomMessage } from "./support/random-message";

const SEED = 20260301;
const ROUNDS = 500;
/** Where in the buffer a parameter stands. */
const AT = 7;
const TYPES = Object.keys(fastPaths) as LinkMessageType[];

function rowOf(type: LinkMessageType): FrameRow {
  return messageRows.find((row) => row.type === type) as FrameRow;
}

function pathOf(type: LinkMessageType): Pick<FrameRow, "write" | "read"> {
  return fastPaths[type] as Pick<FrameRow, "write" | "read">;
}

/** A parameter as a way writes it, with what stands around it. */
function written(way: Pick<FrameRow, "write">, message: object): { length: number; hex: string } {
  const into = Buffer.alloc(AT + 700);
  const length = way.write(message, into, AT);
  return { length, hex: into.toString("hex") };
}

/** Random parameters: as they are sent, or with some bytes changed, or of chance alone. */
function randomParameter(prng: Prng, row: FrameRow): Buffer {
  if (prng.chance(0.1)) return Buffer.from(prng.bytes(row.lengthMin + prng.below(4)));
  const bytes = Buffer.alloc(row.lengthMax);
  const length = row.write(randomMessage(prng, row.type as LinkMessageType), bytes, 0);
  for (let count = prng.below(3); count > 0; count--) {
    bytes[prng.below(length)] = prng.pick([prng.below(8), prng.below(256)]);
  }
  return bytes.subarray(0, length);
}

describe(`messages read and written by hand (seed ${SEED})`, () => {
  it.each(TYPES)("write %s as its row does", (type) => {
    const prng = new Prng(SEED);
    for (let round = 0; round < ROUNDS; round++) {
      const message = randomMessage(prng, type);
      expect(written(pathOf(type), message)).toEqual(written(rowOf(type), message));
    }
  });

  it.each(TYPES)("read %s as its row does, and refuse what it refuses", (type) => {
    const prng = new Prng(SEED);
    const row = rowOf(type);
    const seen = { read: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const parameter = randomParameter(prng, row);
      const bytes = Buffer.concat([prng.bytes(AT), parameter, prng.bytes(20)]);
      const header = { volume: prng.below(256), parameterLength: parameter.length };
      const draft = pathOf(type).read(bytes, AT, header);
      expect(draft).toEqual(row.read(bytes, AT, header));
      seen[draft === null ? "refused" : "read"]++;
    }
    // Both happen often enough to mean something.
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(ROUNDS / 20);
  });

  it.each(TYPES)("refuse to write a number of %s that has no room, as its row does", (type) => {
    const message = owned(randomMessage(new Prng(SEED), type));
    const places = ["relayId", "copyId", "lba", "blockCount"].filter((name) => name in message);
    for (const name of places) {
      for (const value of [-1, 0.5, 2 ** 64]) {
        const wrong = { ...message, [name]: value };
        expect(() => written(pathOf(type), wrong)).toThrow();
        expect(() => written(rowOf(type), wrong)).toThrow();
      }
    }
  });
});
