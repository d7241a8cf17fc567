/**
 * Ways to break the world or the protocol on purpose: what a checker does not notice, it does not
 * check. Each takes one promise away that the rest relies on.
 */
import type { CompletionQueue } from "../../lib/block/completion-queue";
import type { BlockDevice } from "../../lib/block/device";
import { Job } from "../../lib/block/job";
import type { VolumeConfig } from "../../lib/mirror/config";
import type { Standing } from "../../lib/mirror/pair-view";
import type { MakeUnit } from "./control-unit";
import { GOOD_DISK, type SimulatedDisk } from "./disk";
import type { SimulatedPairStorage } from "./pair-storage";
import type { Scenario } from "./scenario";
import type { World } from "./world";

export interface Mutation {
  readonly name: string;
  /** What of it is found, among whatever else. */
  readonly isFoundAs: RegExp;
  /** Where it shows. */
  readonly mode: string;
  readonly scenario?: Partial<Scenario>;
  wrap?(make: MakeUnit): MakeUnit;
  apply?(world: World): void;
}

const SIDES = [1, 2] as const;

function eachDisk(world: World, run: (disk: SimulatedDisk) => void): void {
  for (const side of SIDES) world.sides[side].disks.forEach(run);
}

function eachStorage(world: World, run: (storage: SimulatedPairStorage) => void): void {
  for (const side of SIDES) world.sides[side].storages.forEach(run);
}

/** What hosts' jobs come to instead of the unit's volume. */
type Submit = (
  job: Job,
  at: {
    readonly volume: BlockDevice;
    /** This side's copy. */
    readonly own: BlockDevice;
    readonly standing: Standing;
    readonly completions: CompletionQueue;
  },
) => void;

/** The same units, with another way in for hosts' jobs. */
function submitting(make: MakeUnit, submit: Submit): MakeUnit {
  return (config, ports) => {
    const unit = make(config, ports);
    const { completions } = ports;
    const volumeOf = (number: number): BlockDevice => {
      const volume = unit.volume(number);
      const own = (config.volumes[number] as VolumeConfig).device;
      const { standing } = unit.status(number);
      const { geometry, can, identity } = volume;
      const abort = (job: Job): void => volume.abort(job);
      const submitJob = (job: Job): void => submit(job, { volume, own, standing, completions });
      return { geometry, can, identity, abort, submit: submitJob };
    };
    return { ...unit, volume: volumeOf };
  };
}

const NOT_WHAT_WAS_WRITTEN = /not linearizable|copies differ|no map says/;

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a disk loses a write it said is done",
    isFoundAs: NOT_WHAT_WAS_WRITTEN,
    mode: "",
    apply: (world) => eachDisk(world, (disk) => (disk.faults = { ...GOOD_DISK, losesWrite: 0.02 })),
  },
  {
    name: "a disk says that a write is done before it is",
    isFoundAs: NOT_WHAT_WAS_WRITTEN,
    mode: "",
    apply: (world) => eachDisk(world, (disk) => (disk.faults = { ...GOOD_DISK, isEarly: 0.2 })),
  },
  {
    name: "a disk says that it has flushed and has not",
    isFoundAs: /no map says/,
    mode: "faults=power",
    apply: (world) => eachDisk(world, (disk) => (disk.faults = { ...GOOD_DISK, losesFlush: true })),
  },
  {
    name: "the map of what differs is not kept",
    isFoundAs: /no map says/,
    mode: "",
    apply: (world) => eachStorage(world, (storage) => (storage.forgetsMap = true)),
  },
  {
    name: "the pair record is not kept",
    isFoundAs:
      /was never a pair|were never a pair|of no pair|both sides are alone|not linearizable/,
    mode: "faults=crashes",
    apply: (world) => eachStorage(world, (storage) => (storage.forgetsRecord = true)),
  },
  {
    name: "the side that may go on does not wait until the other has to stop",
    isFoundAs: /not linearizable/,
    mode: "faults=cut,survivor=1,firstMain=1,onMirrorLoss=go-on,directRead=shared",
    wrap: (make) => (config, ports) => {
      const { leaseMs } = config.timing;
      return make({ ...config, timing: { ...config.timing, driftMs: -leaseMs } }, ports);
    },
  },
  {
    name: "hosts' writes are answered before they are done",
    isFoundAs: /not linearizable/,
    mode: "faults=none",
    wrap: (make) =>
      submitting(make, (job, { volume, completions }) => {
        if (job.op !== "write") return volume.submit(job);
        const { op, lba, blockCount } = job;
        const data = job.data.map((view) => Buffer.from(view));
        volume.submit(new Job({ op, lba, blockCount, data, onDone: () => undefined }));
        completions.push(job, "ok");
      }),
  },
  {
    name: "nobody asks whether a volume is reserved",
    isFoundAs: /had it reserved/,
    mode: "faults=none",
    wrap: (make) => (config, ports) => make(config, { ...ports, isReserved: () => false }),
  },
  {
    name: "reads are always local and wait for nobody",
    isFoundAs: /not linearizable/,
    mode: "faults=none",
    wrap: (make) =>
      submitting(make, (job, { volume, own }) => {
        if (job.op === "read") own.submit(job);
        else volume.submit(job);
      }),
  },
];
