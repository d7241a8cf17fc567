/**
 * Debian's tgtd with one LUN on a file, as the peer to compare with. Several may run at once: each
 * has its own control socket, port and pid.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { freePort, must, Service, untilListening } from "./processes";
import { makeSparse, type Image } from "./sparse";

const IQN = "iqn.2024-01.com.example:peer";
/** tgtd's LUN 0 is a controller; its first disk is LUN 1. */
const LUN = 1;

export interface TgtdOptions {
  /** Where its control socket and log go; must exist. */
  readonly folder: string;
  readonly image: Image;
  /** Bytes of a logical block; unset: 512. */
  readonly blockSize?: number;
  /** tgtadm's words for the unit, such as `thin_provisioning=1,removable=1`. */
  readonly params?: string;
  /** Takes header digests where they are offered, even if not preferred. */
  readonly insistsOnDigest?: boolean;
  readonly chap?: { readonly user: string; readonly secret: string };
}

export interface Tgtd {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

let started = 0;

/** Starts a tgtd on a free port of 127.0.0.1, its image made afresh. */
export async function startTgtd(options: TgtdOptions): Promise<Tgtd> {
  makeSparse(options.image);
  const port = await freePort();
  const control = String(1 + ((process.pid + started++) % 30_000));
  const env = { TGT_IPC_SOCKET: join(options.folder, "tgtd") };
  const logFile = join(options.folder, "tgtd.log");
  const arguments_ = ["-f", "-C", control, "--iscsi", `portal=127.0.0.1:${port}`];
  const service = new Service("tgtd", arguments_, { logFile, env });
  await untilListening(port, service, logFile);
  const admin = async (words: string): Promise<void> => {
    await must("tgtadm", ["-C", control, "--lld", "iscsi", ...words.split(" ")], { env });
  };
  const unit = `--mode logicalunit --tid 1 --lun ${LUN}`;
  await admin(`--op new --mode target --tid 1 -T ${IQN}`);
  const { image, blockSize = 512 } = options;
  await admin(`--op new ${unit} -b ${image.path} --blocksize ${blockSize}`);
  if (options.params !== undefined) await admin(`--op update ${unit} --params ${options.params}`);
  if (options.insistsOnDigest === true)
    await admin("--op update --mode target --tid 1 --name HeaderDigest --value CRC32C");
  if (options.chap !== undefined) {
    const { user, secret } = options.chap;
    await admin(`--op new --mode account --user ${user} --password ${secret}`);
    await admin(`--op bind --mode account --tid 1 --user ${user}`);
  }
  await admin("--op bind --mode target --tid 1 -I ALL");
  const url = `iscsi://127.0.0.1:${port}/${IQN}/${LUN}`;
  const stop = async (): Promise<void> => {
    // With a target defined it does not heed SIGTERM.
    await service.stop("SIGKILL");
    rmSync(options.image.path, { force: true });
  };
  return { pid: service.pid, url, stop };
}
