/** The system and its principle (Figs. 1, 2 and 18): G-01 to G-17, as far as jobs and bytes show. */
import { Prng } from "../../../lib/base/prng";
import { CompletionQueue } from "../../../lib/block/completion-queue";
import { Job } from "../../../lib/block/job";
import type { LinkMessage, Relay } from "../../../lib/mirror/messages";
import { HostJob } from "../../../lib/mirror/jobs/host-job";
import { JobContext } from "../../../lib/mirror/jobs/context";
import { crc32c } from "../../../lib/base/crc32c";
import { BufferPool } from "../../../lib/base/buffer-pool";
import { MemoryStore } from "../../../lib/store/memory-store";
import { BLOCK_SIZE } from "../../controller/rig";
import type { Rig as ControllerRig } from "../../controller/rig";
import { PairRig } from "../../controller/pair-rig";
import { FakePair } from "../jobs/fake-pair";
import { BLOCK, HandDevice } from "../jobs/hand-device";
import { BLOCKS, Rig } from "../jobs/rig";
import { OPTIONS } from "../support/options";
import type { RigSide } from "../jobs/rig";
import { Host } from "./support/host";

const EXAMPLES = ["communication", "sub-relay", "symmetric"] as const;

/** Does one thing that can happen next, by chance; false: nothing can. */
function moveOn(rig: Rig, random: Prng): boolean {
  const moves = [rig.main, rig.sub].flatMap((side) => [
    ...(side.sent.length > 0 ? [(): void => rig.deliver(side)] : []),
    ...side.device.pending.map((_, index) => (): void => side.device.perform(index)),
  ]);
  if (moves.length > 0) random.pick(moves)();
  return moves.length > 0;
}

describe("the subvolume", () => {
  it.each(EXAMPLES)(
    "[G-07] is not written for host 102 before 301 has the write: %s",
    (example) => {
      for (let seed = 1; seed <= 60; seed++) {
        const rig = new Rig({ example });
        const random = new Prng(seed);
        const ofHost102 = new Set<number>();
        const at301 = new Set<number>();
        let written = 0;
        const { device, volume } = rig.main;
        const receive = volume.receive.bind(volume);
        volume.receive = (message, lease) => {
          if (message.type === "relay") at301.add(message.data[0]?.[0] as number);
          receive(message, lease);
        };
        const submit = rig.sub.device.submit.bind(rig.sub.device);
        rig.sub.device.submit = (job) => {
          const value = job.data[0]?.[0] as number;
          if (ofHost102.has(value)) {
            expect(at301.has(value)).toBe(true);
            written++;
          }
          submit(job);
        };
        for (let value = 1; value <= 12; value++) {
          const isSub = random.chance(0.6);
          if (isSub) ofHost102.add(value);
          const side = isSub ? rig.sub : rig.main;
          rig.submit(side, { op: "write", lba: random.below(4), values: [value] });
          for (let i = random.below(4); i > 0; i--) moveOn(rig, random);
        }
        while (moveOn(rig, random));
        expect(written).toBe(ofHost102.size);
        expect(rig.sub.device.content()).toEqual(device.content());
      }
    },
  );

  it.each(EXAMPLES)("[G-07] stays as it is while the write is held on path 203: %s", (example) => {
    const rig = new Rig({ example });
    rig.submit(rig.sub, { op: "write", lba: 2, values: [1] });
    expect(rig.sub.sent.map(({ message }) => (message as LinkMessage).type)).toEqual(["relay"]);
    expect([rig.sub.device.pending, rig.stepsOf(4)]).toEqual([[], []]);
    rig.deliver(rig.sub);
    expect(rig.stepsOf(4)).toContain(719);
    rig.settle();
    expect(rig.sub.device.done).toEqual([{ op: "write", lba: 2, blockCount: 1 }]);
  });
});

/** A write of host 102 at 302 alone: what is kept of it, and what is sent. */
function relayedAlone(prepare: (context: JobContext) => void = () => undefined): {
  context: JobContext;
  job: Job;
  command: number;
  sent: LinkMessage[];
} {
  const completions = new CompletionQueue();
  const sent: LinkMessage[] = [];
  let count = 0;
  const context = new JobContext({
    ...{ side: 2, volume: 7, completions, crc32c },
    options: { ...OPTIONS, example: "communication" },
    device: new HandDevice(completions, BLOCKS),
    pair: new FakePair("sub"),
    buffers: new BufferPool({ limit: BLOCK, waitersMax: 1 }),
    step: () => undefined,
    isReserved: () => false,
    send: (message, release) => {
      sent.push(message);
      release?.();
    },
    drop: (reason) => expect(reason).toBe(null),
    isLinkUp: () => true,
    report: () => undefined,
    journal: null,
    nowMs: () => 0,
    nextCount: () => ++count,
  });
  prepare(context);
  const data = [Buffer.alloc(2 * BLOCK, 0x5a)];
  const onDone = (): void => undefined;
  const job = new Job({ op: "write", lba: 3, blockCount: 2, data, fua: true, onDone });
  const hostJob = new HostJob(context, { job, ended: () => undefined });
  hostJob.start();
  return { context, job, command: hostJob.command, sent };
}

describe("the communication area 515", () => {
  it("[G-10] has the main volume and the path by the subvolume: what is there is asked", () => {
    const { context, sent } = relayedAlone(({ relays }) =>
      jest.spyOn(relays, "destination", "get").mockReturnValue({ mainVolume: 9, path: "out" }),
    );
    expect(context.relays.subVolume).toBe(7);
    expect(sent).toMatchObject([{ type: "relay", volume: 9 }]);
    expect(relayedAlone().sent).toMatchObject([{ type: "relay", volume: 7 }]);
  });

  it("[G-11] has the subvolume, command, parameter and data of host 102's write, till its end", () => {
    const { context, job, command, sent } = relayedAlone();
    const { relays } = context;
    const entry = relays.get(command);
    const { op, lba, blockCount, fua } = entry?.job as Job;
    expect([relays.subVolume, op, lba, blockCount, fua]).toEqual([7, "write", 3, 2, true]);
    // 521: what JOB2 will find here.
    const { checksum } = sent[0] as Relay;
    expect(entry?.dataFor(checksum)).toBe(job.data);
    expect(entry?.dataFor(checksum ^ 1)).toBe(null);
    entry?.takesCopy();
    entry?.copied("ok");
    expect([relays.get(command), job.status]).toEqual([undefined, "ok"]);
  });
});

describe("the drive processors", () => {
  it("[G-12] move data apart from the others, whose commands do not wait for the medium", () => {
    const rig = new Rig();
    const slow = rig.submit(rig.main, { op: "write", values: [1] });
    expect(rig.main.device.done).toEqual([]);
    const relayed = rig.submit(rig.sub, { op: "write", lba: 5, values: [2] });
    rig.deliver(rig.sub);
    rig.main.device.perform(1);
    rig.deliver(rig.main);
    rig.sub.device.perform();
    expect([slow.status, relayed.status]).toEqual([null, "ok"]);
    rig.settle();
    expect(slow.status).toBe("ok");
    rig.expectIdle();
  });

  it("[G-13] may be missing: who runs the job then does the medium's work in its turn", () => {
    const rig = new Rig();
    const withoutDrives = ({ device }: RigSide): MemoryStore => {
      const { geometry, identity } = device;
      const store = new MemoryStore({ geometry, identity, completions: rig.completions });
      device.submit = (job) => store.submit(job);
      return store;
    };
    const stores = [withoutDrives(rig.main), withoutDrives(rig.sub)];
    const first = (): number[] =>
      stores.map((store) => {
        const block = new Uint8Array(BLOCK);
        const onDone = (): void => undefined;
        store.submit(new Job({ op: "read", lba: 0, blockCount: 1, data: [block], onDone }));
        rig.completions.run();
        return block[0] as number;
      });
    const relayed = rig.submit(rig.sub, { op: "write", values: [1] });
    expect(first()).toEqual([0, 0]);
    rig.deliver(rig.sub);
    expect(first()).toEqual([1, 0]);
    rig.deliver(rig.main);
    expect([...first(), relayed.status]).toEqual([1, 1, "ok"]);
    rig.deliver(rig.sub);
    const own = rig.submit(rig.main, { op: "write", values: [2] });
    expect(first()).toEqual([2, 1]);
    rig.deliver(rig.main);
    rig.deliver(rig.sub);
    expect([...first(), own.status]).toEqual([2, 2, "ok"]);
    rig.expectIdle();
  });
});

describe("both ways to the volume", () => {
  const SERIAL_NUMBER = "12018000ff00";
  const IDENTIFICATION = "12018300ff00";

  function pair(): { hosts: readonly Host[]; sides: readonly ControllerRig[] } {
    const rig = new PairRig();
    rig.start();
    return { hosts: [new Host(rig, 1), new Host(rig, 2)], sides: [rig.sides[1], rig.sides[2]] };
  }

  it.each([
    ["INQUIRY", "12000000ff00", 255],
    ["the unit serial number", SERIAL_NUMBER, 255],
    ["the block limits", "1201b000ff00", 255],
    ["READ CAPACITY 10", "25", 8],
    ["READ CAPACITY 16", "9e10000000000000000000000020", 32],
    ["MODE SENSE of all pages", "1a003f00ff00", 255],
  ])("[G-16] say the same of it: %s", (_title, cdb, length) => {
    const [first, second] = pair().hosts.map((host) => host.read(cdb, length));
    expect(second).toBe(first);
    expect(first?.length).toBeGreaterThan(8);
  });

  it("[G-16] name the logical unit alike, and only their own ports otherwise", () => {
    const [first, second] = pair().hosts.map((host) => {
      const page = Buffer.from(host.read(IDENTIFICATION, 255), "hex");
      const found = { unit: [] as string[], others: [] as string[] };
      for (let at = 4; at < page.length; at += 4 + (page[at + 3] as number)) {
        // ASSOCIATION: 0 is the logical unit.
        const of = ((page[at + 1] as number) & 0x30) === 0 ? found.unit : found.others;
        of.push(page.subarray(at, at + 4 + (page[at + 3] as number)).toString("hex"));
      }
      return found;
    });
    expect(second?.unit).toEqual(first?.unit);
    expect(first?.unit.length).toBeGreaterThan(0);
    expect(second?.others).not.toEqual(first?.others);
  });

  it("[G-16 G-01] have the same data, wherever it was written", () => {
    const { hosts, sides } = pair();
    hosts.forEach((host, index) => {
      const lba = `0000000${index}`;
      const data = Buffer.alloc(BLOCK_SIZE, 0xa0 + index);
      host.write(`2a00${lba}00000100`, data);
      for (const side of sides) expect(side.blocks(index, 1)).toEqual(data);
      const read = hosts.map((one) => one.read(`2800${lba}00000100`, BLOCK_SIZE));
      expect(read).toEqual([data.toString("hex"), data.toString("hex")]);
    });
  });
});
