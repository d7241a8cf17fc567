/**
 * What a seed stands for: which of the patent's forms, what the world is like, who uses it, and
 * what goes wrong. Values only.
 */
import { Prng } from "../../lib/base/prng";
import type { MirrorOptions, MirrorTiming, Side } from "../../lib/mirror/config";
import type { HostPlan } from "./host";

export const FAULTS = [
  "none",
  "crash",
  "crashes",
  "crash-inside",
  "cut",
  "flapping",
  "pause",
  "crash-in-resync",
  "commands",
  "stop",
  "power",
  "replace",
  "bad-disk",
  "bad-storage",
  "chaos",
] as const;

export type FaultPlan = (typeof FAULTS)[number];

export interface Scenario {
  readonly seed: number;
  readonly options: MirrorOptions;
  readonly survivor: Side | null;
  readonly firstMain: Side;
  readonly faults: FaultPlan;
  readonly timing: MirrorTiming;
  readonly volumeCount: number;
  readonly blockCount: number;
  /** Which copies have data before there is a pair. */
  readonly initial: "new" | "first" | "second" | "both";
  readonly hosts: readonly HostPlan[];
  /** Whether an operator's actions are applied on both sides meanwhile. */
  readonly hasControl: boolean;
  readonly networkDelayMs: number;
  readonly diskSlownessMs: number;
  /** Whether the disks may lose what was not flushed with their power. */
  readonly hasCache: boolean;
  /** How fast the clocks of side 1 and side 2 go, and what they show at first. */
  readonly clocks: readonly [SideClockPlan, SideClockPlan];
  /** How long a host waits for an answer before it tries its other path. */
  readonly patienceMs: number;
  /** How long hosts are at work, and things go wrong. */
  readonly loadMs: number;
}

export interface SideClockPlan {
  readonly offsetMs: number;
  readonly rate: number;
}

/** Each example has its own asynchronous form. */
const ASYNCHRONOUS = {
  communication: "async-relay",
  "sub-relay": "async-relay",
  symmetric: "async-locked",
} as const;

/** Parts of a scenario that are not left to the seed: `example=symmetric,faults=crash`. */
export type Mode = Readonly<Record<string, string>>;

const CHOICES = {
  example: ["communication", "sub-relay", "symmetric"],
  communicationMedium: ["cache", "disk"],
  acknowledge: ["sync", "sync", "sync", "async"],
  completeAt: ["job-two", "job-two", "job-four-end"],
  directRead: ["shared", "shared", "overlap-test", "off"],
  omitTransfer: ["true", "true", "false"],
  granularity: ["range", "range", "range", "volume"],
  onMirrorLoss: ["go-on", "go-on", "go-on", "check"],
  survivor: ["1", "1", "2", "null"],
  firstMain: ["1", "1", "2"],
  faults: FAULTS,
  initial: ["new", "new", "new", "first", "second", "both"],
  patience: ["endless", "short", "none"],
} as const;

/** @throws Error on a key or value that does not exist. */
export function parseMode(text: string): Mode {
  const mode: Record<string, string> = {};
  for (const part of text.split(",").filter((each) => each !== "")) {
    const [key = "", value = ""] = part.split("=");
    const choices = (CHOICES as Readonly<Record<string, readonly string[]>>)[key];
    if (choices === undefined) throw new Error(`there is no ${key} in a mode`);
    if (!choices.includes(value))
      throw new Error(`${key} is one of ${[...new Set(choices)].join(", ")}`);
    mode[key] = value;
  }
  return mode;
}

export function describe(scenario: Scenario): string {
  const { options, survivor, firstMain, faults, initial } = scenario;
  const values = { ...options, survivor, firstMain, faults, initial };
  return Object.entries(values)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

function sideOf(value: string): Side | null {
  return value === "1" ? 1 : value === "2" ? 2 : null;
}

export function scenarioOf(seed: number, mode: Mode = {}): Scenario {
  const random = new Prng(seed);
  const choose = <K extends keyof typeof CHOICES>(key: K): (typeof CHOICES)[K][number] => {
    const value = random.pick<(typeof CHOICES)[K][number]>(CHOICES[key]);
    return (mode[key] as (typeof CHOICES)[K][number] | undefined) ?? value;
  };
  const example = choose("example");
  const medium = choose("communicationMedium");
  const communicationMedium = example === "communication" ? medium : "cache";
  const acknowledge = choose("acknowledge") === "sync" ? "sync" : ASYNCHRONOUS[example];
  const options: MirrorOptions = {
    ...{ example, communicationMedium, acknowledge },
    completeAt: choose("completeAt"),
    directRead: choose("directRead"),
    omitTransfer: choose("omitTransfer") === "true",
    granularity: choose("granularity"),
    onMirrorLoss: choose("onMirrorLoss"),
  };
  const faults = choose("faults");
  const survivor = sideOf(choose("survivor"));
  const timing = { heartbeatMs: 20, leaseMs: 120, driftMs: 10, peerWaitMs: 300 };
  const volumeCount = random.chance(0.2) ? 2 : 1;
  const blockCount = 130 + random.below(random.chance(0.3) ? 1500 : 500);
  const clocks = [clockOf(timing, random), clockOf(timing, random)] as const;
  return {
    ...{ seed, options, survivor, faults, timing, volumeCount, blockCount, clocks },
    firstMain: sideOf(choose("firstMain")) ?? 1,
    initial: choose("initial"),
    hosts: gathered(hostsOf({ random, volumeCount, blockCount }), { seed, acknowledge }),
    patienceMs: mode["patience"] === "none" ? 30 : mode["patience"] === "short" ? 120 : Infinity,
    hasControl: random.chance(0.4),
    networkDelayMs: random.pick([0.5, 1, 4, 12]),
    hasCache: faults === "power" || random.chance(0.2),
    diskSlownessMs: random.pick([0.5, 2, 8]),
    loadMs: 500 + random.below(random.chance(0.15) ? 3500 : 1000),
  };
}

/** The side whose data is kept when a pair is made; whichever, where neither has any. */
export function sourceOf({ initial, survivor, firstMain }: Scenario): Side {
  if (initial === "first") return 1;
  return initial === "second" ? 2 : (survivor ?? firstMain);
}

/** What a journal does not help against; in chaos an operator's split meets a crash of the main. */
const LOSING: readonly FaultPlan[] = ["power", "replace", "bad-disk", "bad-storage", "chaos"];

/** Whether hosts may rely on every answer: an early one may be lost, or seen late. */
export function isPromising({ options, faults, hosts, survivor }: Scenario): boolean {
  // What nobody flushed may go with the power, and take what hosts have read of it.
  if (faults === "power") return false;
  if (options.acknowledge === "sync") return true;
  const isCalm = faults === "none" || faults === "commands";
  if (options.acknowledge === "async-locked") return isCalm;
  const [side, ...others] = new Set(hosts.flatMap((host) => host.sides));
  if (others.length > 0) return false;
  // Nobody goes on without what the hosts' side has on a disk.
  const isWaitedFor = survivor === null || survivor === side;
  const isKept = options.communicationMedium === "disk" && isWaitedFor;
  return isCalm || (isKept && !LOSING.includes(faults));
}

/** The two clocks part by less than the drift they may, in a lease. */
function clockOf({ leaseMs, driftMs }: MirrorTiming, random: Prng): SideClockPlan {
  const part = (driftMs / leaseMs) * 0.45;
  return { offsetMs: random.below(1000), rate: 1 + part * (random.below(2001) / 1000 - 1) };
}

/** Half the worlds of the form that promises hosts of one side only have no others. [0063] */
function gathered(
  hosts: readonly HostPlan[],
  { seed, acknowledge }: { seed: number; acknowledge: string },
): readonly HostPlan[] {
  if (acknowledge !== "async-relay" || seed % 2 === 1) return hosts;
  const side: Side = seed % 4 === 0 ? 1 : 2;
  return hosts.map((host) => ({ ...host, sides: [side] }));
}

function hostsOf(of: { random: Prng; volumeCount: number; blockCount: number }): HostPlan[] {
  const { random, volumeCount, blockCount } = of;
  const blockCountMax = 1 + random.below(8);
  const places = placesOf(of, blockCountMax);
  const aborts = random.chance(0.15) ? 0.1 : 0;
  return Array.from({ length: 2 + random.below(4) }, (_, index) => {
    const isLocker = index >= 2 && random.chance(0.4);
    const sides = random.pick<readonly Side[]>([[1, 2], [1, 2], [1], [2]]);
    return {
      ...{ name: `h${index + 1}`, volumeCount, blockCountMax, isLocker, sides },
      depth: isLocker ? 1 : 1 + random.below(3),
      thinkMs: random.pick([3, 10, 40]),
      places: isLocker ? places.slice(0, 2) : places,
      aborts: isLocker || blockCount % 2 === 0 ? 0 : aborts,
    };
  });
}

/** A few blocks, close together and apart, at the ends and where regions meet. */
function placesOf(of: { random: Prng; blockCount: number }, blockCountMax: number): number[] {
  const { random, blockCount } = of;
  const last = blockCount - blockCountMax;
  const base = random.below(last - 8);
  const near = Array.from({ length: 4 }, () => base + random.below(6));
  const apart = [0, last, Math.min(last, 124 + random.below(6)), random.below(last)];
  return random.chance(0.5) ? [...near, ...apart] : near;
}
