/** Samples of several rounds: their medians, and the table of them. */
import type { TargetName } from "./targets";
import type { Workload } from "./workloads";

/** One target under one workload in one round. */
export interface Sample {
  readonly workload: string;
  readonly target: TargetName;
  readonly perSecond: number;
  /** Processor time of the target's process for one operation, in microseconds. */
  readonly processorUs: number;
  readonly peakBytes: number;
}

export type Medians = Pick<Sample, "perSecond" | "processorUs" | "peakBytes">;

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
  return (lower + upper) / 2;
}

/** Medians of a target under a workload, the peak being the highest; null without a sample. */
export function mediansOf(
  samples: readonly Sample[],
  workload: string,
  target: TargetName,
): Medians | null {
  const own = samples.filter((s) => s.workload === workload && s.target === target);
  if (own.length === 0) return null;
  return {
    perSecond: median(own.map((sample) => sample.perSecond)),
    processorUs: median(own.map((sample) => sample.processorUs)),
    peakBytes: Math.max(...own.map((sample) => sample.peakBytes)),
  };
}

/**
 * Per workload: throughput of each target, the first one's ratio to each other, and each target's own
 * processor time per operation and peak memory.
 */
export function toMarkdown(
  samples: readonly Sample[],
  workloads: readonly Workload[],
  targets: readonly TargetName[],
): string {
  const [first = "twinlun", ...others] = targets;
  const head = [
    "workload",
    ...targets,
    ...others.map((name) => `${first} ÷ ${name}`),
    `CPU µs per I/O: ${targets.join(" / ")}`,
    `peak MB: ${targets.join(" / ")}`,
  ];
  const rows = workloads.map((workload) => {
    const of = (name: TargetName): Medians | null => mediansOf(samples, workload.name, name);
    return [
      workload.title,
      ...targets.map((name) => throughput(of(name), workload)),
      ...others.map((name) => ratio(of(first), of(name))),
      targets.map((name) => of(name)?.processorUs.toFixed(1) ?? "–").join(" / "),
      targets.map((name) => megabytes(of(name))).join(" / "),
    ];
  });
  const rule = ["---", ...head.slice(1).map(() => "---:")];
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** Small operations by number, large ones by bytes. */
function throughput(medians: Medians | null, workload: Workload): string {
  if (medians === null) return "–";
  const { perSecond } = medians;
  if (workload.bytes <= 4096 && perSecond < 1000) return `${perSecond.toFixed(0)} /s`;
  if (workload.bytes <= 4096) return `${(perSecond / 1000).toFixed(1)} k/s`;
  return `${((perSecond * workload.bytes) / 1e9).toFixed(2)} GB/s`;
}

function ratio(ours: Medians | null, theirs: Medians | null): string {
  return ours === null || theirs === null ? "–" : (ours.perSecond / theirs.perSecond).toFixed(2);
}

function megabytes(medians: Medians | null): string {
  return medians === null ? "–" : (medians.peakBytes / 1e6).toFixed(0);
}
