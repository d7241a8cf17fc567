/** Options of the communication volume and the exchange of roles. (O-01, O-02, O-04, O-05) */
import { crc32c } from "../../../lib/base/crc32c";
import { Prng } from "../../../lib/base/prng";
import type { LinkMessage } from "../../../lib/mirror/messages";
import { RelayJournal } from "../../../lib/mirror/relay-journal";
import { Rig } from "../jobs/rig";
import type { HostResult } from "../jobs/rig";
import { MemoryJournal } from "../support/memory-journal";

/** What sends relays and what is written where, for a write of each host. */
function relaying(rig: Rig): { relays: string[]; statuses: unknown[] } {
  const relays: string[] = [];
  rig.onSend = (from, { type }: LinkMessage) => {
    if (type === "relay") relays.push(from === rig.main ? "301" : "302");
    return true;
  };
  const results = [rig.main, rig.sub].map((side, index) =>
    rig.submit(side, { op: "write", lba: 8 + index, values: [100 + index] }),
  );
  rig.settle();
  return { relays, statuses: results.map(({ status }) => status) };
}

describe("the exchange of roles", () => {
  it.each([
    ["[O-04] with a communication volume", "communication"],
    ["[O-05] in the second example", "sub-relay"],
  ] as const)("%s lets 301 relay for its host and 302 order, and back", (_title, example) => {
    const rig = new Rig({ example });
    const ok = ["ok", "ok"];
    expect(relaying(rig)).toEqual({ relays: ["302"], statuses: ok });
    rig.exchangeRoles();
    rig.settle();
    expect(relaying(rig)).toEqual({ relays: ["301"], statuses: ok });
    // 301's JOB1 and JOB3 do now what 302's did, by the same steps.
    const { command } = rig.steps.filter(({ step }) => step === 716).at(-1) as { command: number };
    expect(rig.stepsOf(1, command)).toEqual(
      example === "communication" ? [701, 702, 704, 705, 706, 707] : [701, 702, 804, 705, 706, 707],
    );
    rig.expectIdle();
  });

  it.each([
    ["[O-04] with a communication volume", "communication"],
    ["[O-05] in the second example", "sub-relay"],
  ] as const)("%s leaves hosts at work with both copies alike", (_title, example) => {
    for (let seed = 1; seed <= 60; seed++) {
      const rig = new Rig({ example });
      const random = new Prng(seed);
      const results: HostResult[] = [];
      const move = (): void => {
        const [side, other] = random.chance(0.5) ? [rig.main, rig.sub] : [rig.sub, rig.main];
        if (side.sent.length > 0) rig.deliver(side);
        else if (other.device.pending.length > 0) other.device.perform();
      };
      const work = (count: number): void => {
        for (let i = 0; i < count; i++) {
          const side = random.chance(0.5) ? rig.main : rig.sub;
          const values = [results.length + 1];
          results.push(rig.submit(side, { op: "write", lba: random.below(4), values }));
          for (let moves = random.below(4); moves > 0; moves--) move();
        }
      };
      work(5);
      rig.exchangeRoles();
      work(5);
      rig.settle();
      expect([rig.main.pair.role, rig.sub.pair.role]).toEqual(["sub", "main"]);
      expect(results.map(({ status }) => status)).toEqual(Array(10).fill("ok"));
      expect(rig.sub.device.content()).toEqual(rig.main.device.content());
      // Nor has either side ever had to think that they differ.
      expect([...rig.main.pair.dirty, ...rig.sub.pair.dirty]).toEqual([]);
      rig.expectIdle();
    }
  });
});

describe("the communication volume on a medium", () => {
  it("[O-01] has received data written to it by 523, whatever becomes of the relay", () => {
    const storage = new MemoryJournal();
    const medium = { example: "communication", communicationMedium: "disk" } as const;
    const journal = new RelayJournal(storage, crc32c);
    const rig = new Rig(medium, undefined, { 2: journal });
    rig.onSend = () => false;
    rig.submit(rig.sub, { op: "write", lba: 3, values: [0x5a] });
    expect(storage.bytes.includes(Buffer.alloc(512, 0x5a))).toBe(true);
  });

  it("[O-01 A14] gives the next process what the main side has not got yet", () => {
    const storage = new MemoryJournal();
    const medium = {
      example: "communication",
      communicationMedium: "disk",
      acknowledge: "async-relay",
    } as const;
    const before = new Rig(medium, undefined, { 2: new RelayJournal(storage, crc32c) });
    before.onSend = () => false;
    const write = before.submit(before.sub, { op: "write", lba: 3, values: [7] });
    expect(write.status).toBe("ok");
    const after = new Rig(medium, undefined, { 2: new RelayJournal(storage, crc32c) });
    expect(after.reports).toEqual([
      "2: 1 write that a host was told to be done before this start: offered to the main side.",
    ]);
    after.sub.volume.offerEarly(true);
    after.settle();
    for (const { device } of [after.main, after.sub]) expect(device.content()[3]).toBe(7);
    expect(new RelayJournal(storage, crc32c).found).toEqual([]);
    after.expectIdle();
  });
});

describe("the communication volume in the cache alone", () => {
  it("[O-02] writes nothing of a relay to a medium but the copies themselves", () => {
    const rig = new Rig({ example: "communication", communicationMedium: "cache" });
    rig.submit(rig.sub, { op: "write", lba: 3, values: [1] });
    expect(rig.sub.device.pending).toEqual([]);
    rig.settle();
    for (const { device } of [rig.main, rig.sub])
      expect(device.done).toEqual([{ op: "write", lba: 3, blockCount: 1 }]);
  });
});
