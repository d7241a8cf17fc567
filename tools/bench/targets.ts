/**
 * The targets that are compared, each with one unit of 1 GiB: twinlun and tgtd on files, and the
 * yardstick, which does the least a target can do, in plain memory (tools/nulltgt.c). `mirrored` is
 * a pair of two processes with a TCP link and a copy each, driven through its main side,
 * `mirrored-sub` another one, driven through its sub side.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Pair } from "../../spec/real/support/pair";
import { root, Target } from "../../spec/real/support/target";
import { freePort, must, Service, untilListening } from "../support/processes";
import { startTgtd } from "../support/tgtd";
import { SlowLink } from "./slow-link";
import { UNIT_BYTES } from "./workloads";

/** The first of those that take part is what the ratios are of. */
export const TARGET_NAMES = ["mirrored", "mirrored-sub", "twinlun", "tgt", "yardstick"] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

export interface Contestant {
  readonly name: TargetName;
  /** Its processes. */
  readonly pids: readonly number[];
  readonly url: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Where logs go. */
  readonly folder: string;
  /** Where stores lie: on a file system in memory, unless a disk's page cache is to be measured. */
  readonly stores: string;
  /** Insist on header digests, which the clients offer but do not prefer. */
  readonly hasDigest: boolean;
  /** What a pair's link takes there and back beside its own time; 0: its sides are next door. */
  readonly linkDelayMs: number;
}

/** Folders of stores, removed at the end. */
const made = new Set<string>();
process.on("exit", () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Path of a store below the folder that was asked for. */
function storePath({ stores }: StartOptions, name: string): string {
  const folder = join(stores, `twinlun-bench-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  made.add(folder);
  return join(folder, name);
}

const START: Readonly<Record<TargetName, (options: StartOptions) => Promise<Contestant>>> = {
  mirrored: (options) => startPair("mirrored", "a", options),
  "mirrored-sub": (options) => startPair("mirrored-sub", "b", options),
  twinlun: startTwinlun,
  tgt: startPeer,
  yardstick: startYardstick,
};

export function start(name: TargetName, options: StartOptions): Promise<Contestant> {
  mkdirSync(options.folder, { recursive: true });
  return START[name](options);
}

async function startTwinlun(options: StartOptions): Promise<Contestant> {
  const path = storePath(options, "twinlun.img");
  const target = await Target.start({
    name: "bench-twinlun",
    store: `file:${path}:${UNIT_BYTES / 1024 ** 2}M`,
    args: options.hasDigest ? ["--header-digest", "CRC32C"] : [],
  });
  const stop = async (): Promise<void> => {
    await target.stop();
    rmSync(path);
  };
  return { name: "twinlun", pids: [target.pid], url: target.url(), stop };
}

async function startPair(
  name: TargetName,
  side: "a" | "b",
  options: StartOptions,
): Promise<Contestant> {
  const { hasDigest, linkDelayMs } = options;
  const links: SlowLink[] = [];
  const slowed = async (linkListen: string): Promise<string> => {
    const to = Number(linkListen.split(":")[1]);
    const link = await SlowLink.open({ to, delayMs: linkDelayMs / 2 });
    links.push(link);
    return `127.0.0.1:${link.port}`;
  };
  const pathOf = (letter: "a" | "b"): string => storePath(options, `${name}-${letter}.img`);
  const pair = await Pair.start({
    name: `bench-${name}`,
    storeOf: (letter) => `file:${pathOf(letter)}:${UNIT_BYTES / 1024 ** 2}M`,
    isLinkPlain: true,
    ...(linkDelayMs > 0 ? { linkPeerFor: slowed } : {}),
    args: hasDigest ? ["--header-digest", "CRC32C"] : [],
  });
  const stop = async (): Promise<void> => {
    await pair.stop();
    for (const link of links) link.close();
    rmSync(pathOf("a"));
    rmSync(pathOf("b"));
  };
  return { name, pids: [pair.a.pid, pair.b.pid], url: pair[side].url(), stop };
}

async function startPeer(options: StartOptions): Promise<Contestant> {
  const { folder, hasDigest } = options;
  const image = { path: storePath(options, "tgt.img"), bytes: UNIT_BYTES };
  const tgtd = await startTgtd({ folder, image, insistsOnDigest: hasDigest });
  return { name: "tgt", pids: [tgtd.pid], url: tgtd.url, stop: () => tgtd.stop() };
}

async function startYardstick({ folder }: StartOptions): Promise<Contestant> {
  const program = join(folder, "nulltgt");
  await must("gcc", ["-O2", "-o", program, join(root, "tools/nulltgt.c")]);
  const port = await freePort();
  const logFile = join(folder, "nulltgt.log");
  const mebibytes = String(UNIT_BYTES / 1024 ** 2);
  const service = new Service(program, [String(port), mebibytes], { logFile });
  await untilListening(port, service, logFile);
  const url = `iscsi://127.0.0.1:${port}/iqn.2024-01.com.example:yardstick/0`;
  return { name: "yardstick", pids: [service.pid], url, stop: () => service.stop() };
}
