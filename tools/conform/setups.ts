/**
 * The set-ups that libiscsi's tests run on: units of conf/conformance.json, since no single one
 * suits all tests. Some want a medium that can be ejected, some physical blocks larger than logical
 * ones, some no thin provisioning.
 */
import { join } from "node:path";
import { loadSettings, type UnitChoice } from "../../lib/node/settings";
import { root, Target } from "../../spec/real/support/target";
import type { Subject } from "./runner";

export const SETUP_NAMES = [
  "thin",
  "thin-8",
  "thick",
  "read-only",
  "4k",
  "chap",
  "pair",
  "sanitize",
] as const;
export type SetupName = (typeof SETUP_NAMES)[number];

/**
 * Its units have one MiB less than a GiB: with 0x200000 blocks, one more than READ (6) can reach,
 * the tests of it send nothing.
 */
export const CONFORMANCE_FILE = join(root, "conf/conformance.json");
export const CHAP = { user: "alice", secret: "sixteen-or-more-bytes" };

export interface Setup {
  /** PRODUCT IDENTIFICATION of the unit in the file. */
  readonly product: string;
  /** What the unit is in tgtadm's words. */
  readonly tgtParams: string;
  readonly hasChap?: boolean;
  /** Both controllers of a pair in one process: two portals, two copies. */
  readonly isPaired?: boolean;
  /** Further flags of `twinlun serve`. */
  readonly args?: readonly string[];
}

export const SETUPS: Readonly<Record<SetupName, Setup>> = {
  thin: { product: "THIN", tgtParams: "thin_provisioning=1,removable=1" },
  "thin-8": { product: "THIN-8", tgtParams: "thin_provisioning=1,lbppbe=3" },
  thick: { product: "THICK", tgtParams: "thin_provisioning=0" },
  "read-only": { product: "READ-ONLY", tgtParams: "thin_provisioning=1,readonly=1" },
  "4k": { product: "4K", tgtParams: "thin_provisioning=1" },
  chap: { product: "THIN-8", tgtParams: "thin_provisioning=1", hasChap: true },
  pair: { product: "THIN-8", tgtParams: "thin_provisioning=1,lbppbe=3", isPaired: true },
  // A pair so slow that a SANITIZE still runs when the test has slept, reset and logged in again;
  // then the test sleeps a minute between two looks, and answers no ping.
  sanitize: {
    product: "SLOW",
    tgtParams: "thin_provisioning=1",
    isPaired: true,
    args: ["--nop-interval-ms", "0"],
  },
};

/** The unit that a set-up's tests run on. */
export function unitOf(name: SetupName): UnitChoice {
  const { product } = SETUPS[name];
  const { units } = loadSettings({ file: CONFORMANCE_FILE, environment: {}, flags: {} });
  const unit = units.find((each) => each.product === product);
  if (unit === undefined) throw new Error(`${CONFORMANCE_FILE} has no unit ${product}`);
  return unit;
}

/** The URL by which libiscsi logs in with CHAP. */
export function withCredentials(url: string): string {
  return url.replace("//", `//${CHAP.user}%${encodeURIComponent(CHAP.secret)}@`);
}

/** The built twinlun with the units of the file, and two portals. */
export async function startTwinlun(name: SetupName): Promise<Subject> {
  const { hasChap = false, isPaired = false, args = [] } = SETUPS[name];
  const { lun } = unitOf(name);
  const chap = hasChap ? ["--chap", `${CHAP.user}:${CHAP.secret}`] : [];
  const adminSocket = isPaired ? ["--admin-socket", "none"] : [];
  const target = await Target.start({
    name: `conform-${name}`,
    isPaired,
    conf: CONFORMANCE_FILE,
    args: ["--listen", "127.0.0.1:0", ...chap, ...adminSocket, ...args],
  });
  const urlBy = (portal: string): string => {
    const url = `iscsi://${portal}/${target.iqn}/${lun}`;
    return hasChap ? withCredentials(url) : url;
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
