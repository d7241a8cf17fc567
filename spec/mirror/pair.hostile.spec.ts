import { Prng } from "../../lib/base/prng";
import { encodeBody, PAIR_MESSAGES } from "../../lib/mirror/pair-messages";
import { Rig, SIDES } from "./support/pair-rig";

describe("a pair told nonsense", () => {
  it("never throws, and never serves twice alone", () => {
    for (let seed = 1; seed <= 15; seed++) {
      const random = new Prng(seed);
      const rig = new Rig({ survivor: random.pick([1, 2, null] as const) }).boot(1, 2).connect();
      for (let step = 0; step < 40; step++) {
        const kind = random.below(PAIR_MESSAGES.length + 2);
        const small = (): number => random.pick([0, 1, 2, 5, 2 ** 24 + 1, 2 ** 40]);
        const body = {
          id: small(),
          epoch: small(),
          lba: small(),
          blockCount: small(),
          checksum: random.u32(),
          flag: random.chance(0.5),
          other: random.chance(0.5),
          data: [random.bytes(random.pick([0, 16, 48, 512, 65536]))],
        };
        const data = random.chance(0.8) ? encodeBody(body) : [random.bytes(random.below(300))];
        rig.side(random.pick(SIDES)).pair.receive({ kind, data }, null, rig.nowMs);
        if (random.chance(0.3)) rig.side(random.pick(SIDES)).write(random.below(2000), 1);
        rig.advance(random.pick([0, 50, 1000]));
        const alone = rig.seen.filter((seen) => seen.endsWith("alone"));
        expect(alone.length).toBeLessThanOrEqual(1);
      }
    }
  });
});
