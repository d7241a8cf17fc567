#!/usr/bin/env -S npx tsx
/**
 * Measures twinlun beside Debian's tgtd and the yardstick: equal units, the same clients, the
 * targets in turn in every round, medians. What each target costs is measured at its own process,
 * since at depth 32 the client is often what is slow.
 */
import { join } from "node:path";
import { root } from "../spec/real/support/target";
import { mediansOf, toMarkdown, type Sample } from "./bench/report";
import {
  start,
  type StartOptions,
  TARGET_NAMES,
  type Contestant,
  type TargetName,
} from "./bench/targets";
import { forgetPeak, peakBytes, processorTimeUs } from "./bench/usage";
import { drive, fill, WORKLOADS, type Workload } from "./bench/workloads";
import { matchesGlob } from "./conform/list";
import { ensurePackages } from "./packages";
import { countOf, runTool, say, UsageError } from "./support/cli";
import { which } from "./support/processes";

const USAGE = `Measures the built twinlun beside tgtd and the yardstick (tools/nulltgt.c).

  npx tsx tools/bench.ts [flags]

  --rounds N          rounds; every target once in each (3)
  --seconds N         length of one measurement (3)
  --only GLOB,...     workloads; the default is all:
${WORKLOADS.map(({ name }) => `                        ${name}`).join("\n")}
  --targets NAME,...  targets: ${TARGET_NAMES.join(", ")};
                      the default is twinlun,tgt,yardstick
  --link-delay-ms N   let a pair's link take N ms there and back, as one to another house does (0)
  --stores FOLDER     where the files of twinlun and tgtd are (/dev/shm)
  --json              medians and samples as JSON instead of a table

Units are 1 GiB, written once before: files for twinlun and tgtd, plain memory for the yardstick,
which checks nothing and has no digests: with them on, its figure is without. On a disk it is the
page cache that is read and written; there large reads are cheaper than on /dev/shm.
`;

const OPTIONS = {
  rounds: { type: "string" },
  seconds: { type: "string" },
  only: { type: "string", default: "*" },
  targets: { type: "string", default: "twinlun,tgt,yardstick" },
  "link-delay-ms": { type: "string" },
  stores: { type: "string", default: "/dev/shm" },
  json: { type: "boolean", default: false },
} as const;

const PACKAGES = ["libiscsi-bin", "qemu-utils", "qemu-block-extra", "tgt"];

async function measure(target: Contestant, workload: Workload, seconds: number): Promise<Sample> {
  target.pids.forEach(forgetPeak);
  const processorUs = (): number => sum(target.pids.map(processorTimeUs));
  const before = processorUs();
  const { operations, perSecond } = await drive(target.url, workload, seconds);
  return {
    workload: workload.name,
    target: target.name,
    perSecond,
    processorUs: (processorUs() - before) / operations,
    peakBytes: sum(target.pids.map(peakBytes)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
}

/** Starts the targets afresh, drives them in turn with each workload in each round, ends them. */
async function measureAll(
  names: readonly TargetName[],
  workloads: readonly Workload[],
  plan: Plan & Omit<StartOptions, "folder">,
): Promise<Sample[]> {
  const targets: Contestant[] = [];
  try {
    const folder = join(root, "build/bench");
    for (const name of names) targets.push(await start(name, { ...plan, folder }));
    for (const target of targets) await fill(target.url);
    return await measureRounds(targets, workloads, plan);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

async function measureRounds(
  targets: readonly Contestant[],
  workloads: readonly Workload[],
  plan: Plan,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= plan.rounds; round++)
    for (const workload of workloads)
      for (const target of targets) {
        const sample = await measure(target, workload, plan.seconds);
        const rate = `${Math.round(sample.perSecond)}/s, ${sample.processorUs.toFixed(1)} µs each`;
        say(`round ${round}/${plan.rounds} ${workload.name} ${target.name}: ${rate}`);
        samples.push(sample);
      }
  return samples;
}

function toJson(samples: readonly Sample[]): string {
  const pairs = samples.map(({ workload, target }) => `${workload} ${target}`);
  const medians = [...new Set(pairs)].map((pair) => {
    const [workload = "", target = ""] = pair.split(" ");
    return { workload, target, ...mediansOf(samples, workload, target as TargetName) };
  });
  return `${JSON.stringify({ medians, samples }, null, 2)}\n`;
}

function targetsOf(text: string): TargetName[] {
  const unknown = text.split(",").find((name) => !TARGET_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new UsageError(`--targets does not know "${unknown}"`);
  return TARGET_NAMES.filter((name) => text.split(",").includes(name));
}

function workloadsOf(globs: string): Workload[] {
  const wanted = WORKLOADS.filter(({ name }) =>
    globs.split(",").some((glob) => matchesGlob(name, glob)),
  );
  if (wanted.length === 0) throw new UsageError(`no workload matches ${globs}`);
  return wanted;
}

if (require.main === module)
  runTool({
    usage: USAGE,
    options: OPTIONS,
    async main(values, positionals) {
      if (positionals.length > 0) throw new UsageError(`what is "${positionals[0]}"? --help`);
      const names = targetsOf(values.targets);
      const workloads = workloadsOf(values.only);
      const rounds = countOf("rounds", values.rounds, 3);
      const seconds = countOf("seconds", values.seconds, 3);
      await ensurePackages([...PACKAGES, ...(which("gcc") === null ? ["gcc", "libc6-dev"] : [])]);
      const linkDelayMs = countOf("link-delay-ms", values["link-delay-ms"], 0, 0);
      const samples: Sample[] = [];
      for (const hasDigest of [false, true]) {
        const some = workloads.filter((workload) => workload.hasDigest === hasDigest);
        if (some.length === 0) continue;
        const plan = { rounds, seconds, hasDigest, linkDelayMs, stores: values.stores };
        samples.push(...(await measureAll(names, some, plan)));
      }
      process.stdout.write(values.json ? toJson(samples) : toMarkdown(samples, workloads, names));
      return 0;
    },
  });
