import { lengthOf } from "../../lib/base/bytes";
import { Prng } from "../../lib/base/prng";
import type { Link } from "../../lib/mirror/link";
import type { LinkMessage } from "../../lib/mirror/messages";
import { linkOf, LinkPair, TIMING } from "./support/link-pair";

/** What one side was told, checked as it comes. */
interface Side {
  link: Link;
  readonly sent: { readonly atMs: number; readonly length: number; releases: number }[];
  isUp: boolean;
  upCount: number;
  messageCount: number;
  /** The newest message of the other side that came. */
  last: number;
  oldestMs: number;
}

interface World {
  readonly sides: readonly [Side, Side];
  readonly pair: LinkPair;
}

function fresh(): Omit<Side, "link"> {
  return { sent: [], isUp: false, upCount: 0, messageCount: 0, last: -1, oldestMs: 0 };
}

function worldOf(seed: number): World {
  const nowMs = (): number => world.pair.nowMs;
  const sides = [1, 2].map((number) => {
    const side = fresh() as Side;
    const told = (message: LinkMessage): void => {
      if (message.type !== "control") throw new Error("only these are sent");
      const peer = sides[2 - number] as Side;
      const original = peer.sent[message.controlId];
      expect(side.isUp).toBe(true);
      expect(message.controlId).toBeGreaterThan(side.last);
      expect(lengthOf(message.data)).toBe(original?.length);
      for (const view of message.data) {
        expect(view.every((byte) => byte === (message.controlId & 0x7f))).toBe(true);
      }
      side.last = message.controlId;
      side.messageCount++;
      side.oldestMs = Math.max(side.oldestMs, nowMs() - (original?.atMs ?? -Infinity));
    };
    side.link = linkOf(
      number as 1 | 2,
      {
        up: () => {
          expect(side.isUp).toBe(false);
          side.isUp = true;
          side.upCount++;
        },
        message: told,
        down: () => {
          expect(side.isUp).toBe(true);
          side.isUp = false;
        },
      },
      { seed },
    );
    return side;
  }) as [Side, Side];
  const pair = new LinkPair([sides[0].link, sides[1].link], { splitSeed: seed });
  const world: World = { sides, pair };
  return world;
}

function send(side: Side, world: World, prng: Prng): void {
  const id = side.sent.length;
  const length = prng.below(prng.pick([1, 100, 9000]));
  const data = Buffer.alloc(length, id & 0x7f);
  const record = { atMs: world.pair.nowMs, length, releases: 0 };
  side.sent.push(record);
  const release = (): void => {
    record.releases++;
    data.fill(0xee);
  };
  side.link.send({ type: "control", volume: 0, controlId: id, data: [data] }, release);
}

function disturb({ pair, sides }: World, prng: Prng): void {
  const path = prng.pick([202, 203] as const);
  const end = prng.pick(["out", "in"] as const);
  switch (prng.below(8)) {
    case 0:
      return pair.cut(path);
    case 1:
      return pair.lower(path, end);
    case 2:
      return pair.silence(path, true);
    case 3:
      return prng.pick(sides).link.drop("it was told to");
    case 4:
    case 5:
      return pair.pause(prng.pick([1, 2]), prng.pick([50, 500, 1200, 3000]));
    default:
      return pair.delay(path, prng.pick([0, 1, 30, 200, 850, 3000]));
  }
}

function trouble(world: World, prng: Prng): void {
  const { pair, sides } = world;
  for (let step = 0; step < 300; step++) {
    if (prng.chance(0.05)) disturb(world, prng);
    if (prng.chance(0.1)) for (const path of [202, 203] as const) pair.silence(path, false);
    if (prng.chance(0.05)) pair.delay(prng.pick([202, 203] as const), 1);
    if (prng.chance(0.3)) pair.reconnect();
    for (const side of sides) if (prng.chance(0.5)) send(side, world, prng);
    pair.run(prng.below(60));
  }
}

function heal({ pair }: World): void {
  for (const path of [202, 203] as const) {
    pair.silence(path, false);
    pair.delay(path, 1);
    pair.cut(path);
  }
  for (let step = 0; step < 50; step++) {
    pair.reconnect();
    pair.run(200);
  }
}

describe("a link under random faults", () => {
  const totals = { messages: 0, ups: 0, oldestMs: 0 };

  it("[W2] acts upon nothing a lease old, in order, releases all once, and comes up again", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed);
      const world = worldOf(seed);
      trouble(world, prng);
      heal(world);
      const { pair, sides } = world;
      expect({ seed, isUp: sides.map((side) => side.isUp) }).toEqual({ seed, isUp: [true, true] });
      pair.cut(202);
      pair.run(100);
      for (const side of sides) {
        expect({ seed, isYoung: side.oldestMs < TIMING.leaseMs }).toEqual({ seed, isYoung: true });
        expect(side.sent.filter(({ releases }) => releases !== 1)).toEqual([]);
        totals.messages += side.messageCount;
        totals.ups += side.upCount;
        totals.oldestMs = Math.max(totals.oldestMs, side.oldestMs);
      }
      expect(pair.leases.filter(({ holds }) => holds !== 0)).toEqual([]);
    }
    // The faults are of the kind that matters: messages came, links came and went, some were old.
    expect(totals.messages).toBeGreaterThan(2000);
    expect(totals.ups).toBeGreaterThan(400);
    expect(totals.oldestMs).toBeGreaterThan(TIMING.leaseMs * 0.7);
  });
});
