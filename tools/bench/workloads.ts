/**
 * What is measured, and the programs that do it: `iscsi-perf` reads, `qemu-img bench` writes. Both
 * speak through libiscsi, whose Debian version offers `HeaderDigest=None,CRC32C` and no data digest:
 * whether headers have digests, the target decides (targets.ts).
 */
import { CannotError } from "../support/cli";
import { must } from "../support/processes";

/** Bytes of every unit that is measured. */
export const UNIT_BYTES = 1024 ** 3;
const BLOCK = 512;

/**
 * An odd number of 4 KiB blocks, about 0.618 of 2^16: steps of it (modulo the unit, a power of two)
 * visit every block once, and neighbours in time are far apart on the unit.
 */
const SCATTER_STEP = 40_503 * 4096;

/** Writes of the first, short run by which the count for the wanted time is estimated. */
function pilotCountOf(depth: number): number {
  return Math.min(2000, depth * 200);
}

export interface Workload {
  readonly name: string;
  /** For the table. */
  readonly title: string;
  readonly direction: "read" | "write";
  readonly bytes: number;
  readonly depth: number;
  readonly isRandom: boolean;
  readonly hasDigest: boolean;
}

type Shape = Omit<Workload, "name" | "title" | "hasDigest">;

const SHAPES: readonly Shape[] = (["read", "write"] as const).flatMap((direction) => [
  { direction, bytes: 4096, depth: 1, isRandom: true },
  { direction, bytes: 4096, depth: 32, isRandom: true },
  { direction, bytes: 128 * 1024, depth: 32, isRandom: false },
]);

export const WORKLOADS: readonly Workload[] = [false, true].flatMap((hasDigest) =>
  SHAPES.map((shape) => {
    const kib = shape.bytes / 1024;
    const order = shape.isRandom ? "random" : "sequential";
    const digest = hasDigest ? ", header digest" : "";
    return {
      ...shape,
      hasDigest,
      name: `${shape.direction}-${kib}k-qd${shape.depth}${hasDigest ? "-digest" : ""}`,
      title: `${kib} KiB ${order} ${shape.direction}, depth ${shape.depth}${digest}`,
    };
  }),
);

/** What a client saw. */
export interface Rate {
  readonly operations: number;
  readonly perSecond: number;
}

/** Drives a unit with one workload for about so many seconds. */
export function drive(url: string, workload: Workload, seconds: number): Promise<Rate> {
  return workload.direction === "read"
    ? driveReads(url, workload, seconds)
    : driveWrites(url, workload, seconds);
}

/** Writes every block once: reading a hole of a sparse file is not what is compared. */
export async function fill(url: string): Promise<void> {
  const bytes = 128 * 1024;
  const count = UNIT_BYTES / bytes;
  await writeBench(url, { bytes, depth: 8, count, step: bytes });
}

async function driveReads(url: string, workload: Workload, seconds: number): Promise<Rate> {
  const { stdout } = await must(
    "iscsi-perf",
    [
      ...["-m", String(workload.depth), "-b", String(workload.bytes / BLOCK)],
      ...(workload.isRandom ? ["-r"] : []),
      ...["-t", String(seconds), url],
    ],
    { timeoutMs: (seconds + 30) * 1000 },
  );
  const perSecond = Number(/.*iops average (\d+)/s.exec(stdout)?.[1]);
  if (!(perSecond > 0)) throw new CannotError(`iscsi-perf said nothing useful:\n${stdout}`);
  return { operations: perSecond * seconds, perSecond };
}

async function driveWrites(url: string, workload: Workload, seconds: number): Promise<Rate> {
  const { bytes, depth, isRandom } = workload;
  const step = isRandom ? SCATTER_STEP : bytes;
  const way = { bytes, depth, step };
  const pilotCount = pilotCountOf(depth);
  const pilot = await writeBench(url, { ...way, count: pilotCount });
  const count = Math.max(pilotCount, Math.round((pilotCount / pilot) * seconds));
  const took = await writeBench(url, { ...way, count });
  return { operations: pilotCount + count, perSecond: count / took };
}

/** Seconds that `count` writes took, the login before them not counted. */
async function writeBench(
  url: string,
  way: { bytes: number; depth: number; count: number; step: number },
): Promise<number> {
  const { stdout } = await must(
    "qemu-img",
    [
      ...["bench", "-f", "raw", "-t", "none", "-w", "--pattern=90"],
      ...["-c", String(way.count), "-d", String(way.depth)],
      ...["-s", String(way.bytes), "-S", String(way.step), url],
    ],
    { timeoutMs: 120_000 },
  );
  const seconds = Number(/completed in ([\d.]+) seconds/.exec(stdout)?.[1]);
  if (!(seconds > 0)) throw new CannotError(`qemu-img said nothing useful:\n${stdout}`);
  return seconds;
}
