/**
 * The units that libiscsi's tests run on. No single one suits them all: some want a medium that can
 * be ejected, some physical blocks larger than logical ones, some no thin provisioning.
 */
import { freshFolder, Target } from "../../spec/real/support/target";
import { startTgtd } from "../support/tgtd";
import type { Subject } from "./runner";

export const SETUP_NAMES = [
  "thin",
  "thin-8",
  "thick",
  "read-only",
  "chap",
  "pair",
  "sanitize",
] as const;
export type SetupName = (typeof SETUP_NAMES)[number];

/**
 * One MiB less than a GiB: with 0x200000 blocks, one more than READ (6) can reach, the tests of it
 * send nothing.
 */
const MEBIBYTES = 1023;
const USER = "alice";
const SECRET = "sixteen-or-more-bytes";

interface Setup {
  /** Flags of `twinlun serve`. */
  readonly flags: readonly string[];
  /** The same in tgtadm's words. */
  readonly tgtParams: string;
  readonly hasChap: boolean;
  /** Both controllers of a pair in one process: two portals, two copies. */
  readonly isPaired?: boolean;
}

const SETUPS: Readonly<Record<SetupName, Setup>> = {
  thin: {
    flags: ["--physical-block-exponent", "0", "--removable"],
    tgtParams: "thin_provisioning=1,removable=1",
    hasChap: false,
  },
  "thin-8": {
    flags: ["--physical-block-exponent", "3"],
    tgtParams: "thin_provisioning=1,lbppbe=3",
    hasChap: false,
  },
  thick: { flags: ["--no-thin"], tgtParams: "thin_provisioning=0", hasChap: false },
  "read-only": {
    flags: ["--read-only"],
    tgtParams: "thin_provisioning=1,readonly=1",
    hasChap: false,
  },
  chap: {
    flags: ["--chap", `${USER}:${SECRET}`],
    tgtParams: "thin_provisioning=1",
    hasChap: true,
  },
  pair: {
    flags: ["--physical-block-exponent", "3", "--admin-socket", "none"],
    tgtParams: "thin_provisioning=1,lbppbe=3",
    hasChap: false,
    isPaired: true,
  },
  // A pair so slow that a SANITIZE still runs when the test has slept, reset and logged in again;
  // then the test sleeps a minute between two looks, and answers no ping.
  sanitize: {
    flags: ["--sanitize-rate", "96M", "--nop-interval-ms", "0", "--admin-socket", "none"],
    tgtParams: "thin_provisioning=1",
    hasChap: false,
    isPaired: true,
  },
};

/** The built twinlun on memory stores, with two portals. */
export async function startTwinlun(name: SetupName): Promise<Subject> {
  const { flags, hasChap, isPaired = false } = SETUPS[name];
  const target = await Target.start({
    name: `conform-${name}`,
    isPaired,
    store: `memory:${MEBIBYTES}M`,
    args: ["--listen", "127.0.0.1:0", ...flags],
  });
  const urlBy = (portal: string): string => {
    const user = hasChap ? `${USER}%${encodeURIComponent(SECRET)}@` : "";
    return `iscsi://${user}${portal}/${target.iqn}/${target.ready.luns[0] ?? 0}`;
  };
  return {
    urls: () => [urlBy(target.portal), urlBy(target.ready.portals[1] ?? target.portal)],
    async restart() {
      await target.kill();
      await target.restart();
    },
    async stop() {
      await target.stop();
    },
  };
}

/** Debian's tgtd on a file in memory; its one portal is both paths. */
export async function startPeer(name: SetupName): Promise<Subject> {
  const { tgtParams, hasChap } = SETUPS[name];
  const folder = freshFolder(`conform-${name}-tgt`);
  const path = `/dev/shm/twinlun-conform-${process.pid}-${name}.img`;
  const start = (): ReturnType<typeof startTgtd> =>
    startTgtd({
      folder,
      image: { path, bytes: MEBIBYTES * 1024 * 1024 },
      params: tgtParams,
      ...(hasChap ? { chap: { user: USER, secret: SECRET } } : {}),
    });
  let tgtd = await start();
  const url = (): string =>
    hasChap ? tgtd.url.replace("//", `//${USER}%${encodeURIComponent(SECRET)}@`) : tgtd.url;
  return {
    urls: () => [url(), url()],
    async restart() {
      await tgtd.stop();
      tgtd = await start();
    },
    stop: () => tgtd.stop(),
  };
}
