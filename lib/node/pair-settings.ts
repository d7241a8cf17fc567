/**
 * What the settings of a pair mean together: which sides this process has, what their defaults
 * then are, and which combinations make no sense. Values alone are judged in `settings.ts`.
 */
import { BlockList, isIP, isIPv6 } from "node:net";
import type { MirrorOptions, MirrorTiming, Side } from "../mirror/config";
import { formatLinkAddress, type Address, type LinkAddress, type StoreChoice } from "./formats";
import { SettingsError } from "./settings-error";
import {
  pairSettings,
  settingsTable,
  type PairValues,
  type Setting,
  type TargetValues,
} from "./settings-table";

/** The flag, variable or file a setting comes from; null for its default. */
export type SourceOf = (key: string) => string | null;

/** What a unit's entry says of stores; null: nothing. */
export interface GivenStores {
  readonly store: StoreChoice | null;
  readonly store2: StoreChoice | null;
}

const SINGLE_STORE: StoreChoice = { kind: "file", path: "./data/disk.img", size: 2 ** 30 };
const ADMIN_SOCKETS: Readonly<Record<Side, string>> = {
  1: "./data/admin-main.sock",
  2: "./data/admin-sub.sock",
};
/** What only a link between two processes needs. */
const LINK_KEYS = [
  ...["peerPortals", "linkListen", "linkPeer", "linkKey", "linkCert", "linkPrivateKey"],
  ...["linkCa", "insecureLink"],
] as readonly (keyof PairValues)[];

/** The sides of a pair in this process, the main side first; none: a plain target. */
export function sidesOf(settings: Pick<PairValues, "single" | "side">): readonly Side[] {
  if (settings.single) return [];
  return settings.side === null ? [1, 2] : [settings.side];
}

/** Which side a portal of `listen` belongs to: where both are here, they take turns. */
export function sideOfPortal(sides: readonly Side[], index: number): Side {
  return sides[index % Math.max(1, sides.length)] ?? 1;
}

export function mirrorOptionsOf(settings: PairValues): MirrorOptions {
  const { example, communicationMedium, acknowledge, completeAt, directRead } = settings;
  const { omitTransfer, granularity, onMirrorLoss } = settings;
  return {
    ...{ example, communicationMedium, acknowledge, completeAt, directRead },
    ...{ omitTransfer, granularity, onMirrorLoss },
  };
}

/**
 * Two sides in one process live and die together: nothing is learned from the silence of one, and a
 * pause of the process is none of the link.
 */
const IN_ONE_PROCESS = { heartbeatMs: 5000, leaseMs: 60_000, driftMs: 0 };

export function mirrorTimingOf(settings: PairValues): MirrorTiming {
  const { heartbeatMs, leaseMs, driftMs, peerWaitMs } = settings;
  if (sidesOf(settings).length === 2) return { ...IN_ONE_PROCESS, peerWaitMs };
  return { heartbeatMs, leaseMs, driftMs, peerWaitMs };
}

function defaultOf<T>(setting: Setting<T>): T {
  return setting.form.parse(setting.default) as T;
}

/** The defaults that depend on which sides this process has. */
export function withDefaultsOfSides(values: TargetValues, sourceOf: SourceOf): TargetValues {
  const sides = sidesOf(values);
  let { listen, adminSocket } = values;
  if (sourceOf("listen") === null && sides.length < 2) {
    listen = [listen[values.side === 2 && !values.single ? 1 : 0] as Address];
  }
  if (sourceOf("adminSocket") === null && sides.length < 2) {
    const [side] = sides;
    adminSocket = side === undefined ? null : ADMIN_SOCKETS[side];
  }
  return { ...values, listen, adminSocket };
}

/** Where a unit's blocks are, by which sides this process has. @throws SettingsError */
export function storesOf(
  sides: readonly Side[],
  { store, store2 }: GivenStores,
  lun: number,
): { store: StoreChoice; store2: StoreChoice | null } {
  const [main, sub] = [defaultOf(settingsTable.store), defaultOf(settingsTable.store2)];
  const what = `Setting store2 of LUN ${lun}`;
  if (sides.length < 2) {
    const why = sides.length === 0 ? "with single" : "with side: it is the other process's store";
    if (store2 !== null) throw new SettingsError(`${what} has no effect ${why}.`);
    const byDefault = sides.length === 0 ? SINGLE_STORE : sides[0] === 1 ? main : sub;
    return { store: store ?? (byDefault as StoreChoice), store2: null };
  }
  if (store === null) return { store: main, store2: store2 ?? sub };
  if (store2 !== null) return { store, store2 };
  if (store.kind === "memory") return { store, store2: store };
  throw new SettingsError(
    `${what} is missing: it says where the second copy is; or set single for a plain target.`,
  );
}

/** @throws SettingsError for what makes no sense together. */
export function checkPair(values: TargetValues, sourceOf: SourceOf): void {
  const sides = sidesOf(values);
  if (sides.length === 0) {
    const ofPlain: readonly string[] = ["single", "adminSocket"];
    const others = Object.keys(pairSettings).filter((key) => !ofPlain.includes(key));
    return refuseGiven(others as (keyof PairValues)[], "with single", { values, sourceOf });
  }
  checkMirror(values);
  if (sides.length === 1) return checkLink(values);
  refuseGiven(LINK_KEYS, "without side: the link stays in this process", { values, sourceOf });
  if (values.listen.length < 2) {
    throw new SettingsError(
      "Setting listen has one portal, and main and sub need one each; or set single or side.",
    );
  }
}

/** Refuses settings that are not as by default: they could do nothing. */
function refuseGiven(
  keys: readonly (keyof PairValues)[],
  why: string,
  { values, sourceOf }: { values: TargetValues; sourceOf: SourceOf },
): void {
  for (const key of keys) {
    const value = values[key];
    const isDefault =
      JSON.stringify(value) === JSON.stringify(defaultOf<unknown>(pairSettings[key]));
    if (isDefault) continue;
    const source = sourceOf(key) ?? "its default";
    throw new SettingsError(`Setting ${key} (from ${source}) has no effect ${why}.`);
  }
}

/** Each asynchronous form is of some examples: [0077] [0078] of the third, [0063] [0069]. */
const ASYNCHRONOUS = {
  "async-locked": ["symmetric"],
  "async-relay": ["communication", "sub-relay"],
} as const;

function checkMirror(values: PairValues): void {
  const { example, communicationMedium, acknowledge, heartbeatMs, leaseMs, driftMs } = values;
  if (communicationMedium === "disk" && example !== "communication") {
    throw new SettingsError(
      `Setting communicationMedium is disk, but example ${example} has no communication volume.`,
    );
  }
  const forms: readonly string[] = acknowledge === "sync" ? [example] : ASYNCHRONOUS[acknowledge];
  if (!forms.includes(example)) {
    const what = `which goes with example ${forms.join(" or ")}, not with ${example}`;
    throw new SettingsError(`Setting acknowledge is ${acknowledge}, ${what}.`);
  }
  if (leaseMs < 2 * heartbeatMs) {
    throw new SettingsError(
      `Setting leaseMs (${leaseMs}) must be at least twice heartbeatMs (${heartbeatMs}).`,
    );
  }
  if (driftMs >= leaseMs) {
    throw new SettingsError(`Setting driftMs (${driftMs}) must be less than leaseMs (${leaseMs}).`);
  }
}

function checkLink(values: PairValues): void {
  const { side, linkListen, linkPeer, peerPortals } = values;
  for (const key of ["linkListen", "linkPeer"] as const) {
    if (values[key] !== null) continue;
    throw new SettingsError(`Setting ${key} is missing: side ${side} needs a link to the other.`);
  }
  const ends = [linkListen, linkPeer] as readonly LinkAddress[];
  const [own, far] = ends.map(formatLinkAddress);
  if (own === far) throw new SettingsError(`Settings linkListen and linkPeer are both ${own}.`);
  if (peerPortals.length === 0) {
    throw new SettingsError("Setting peerPortals is missing: hosts need the other side's portals.");
  }
  const wild = peerPortals.find(({ host }) => host === "0.0.0.0" || host === "::");
  if (wild !== undefined) {
    throw new SettingsError(`Setting peerPortals has ${wild.host}, which no host can connect to.`);
  }
  checkSecurity(values, ends);
}

function checkSecurity(values: PairValues, ends: readonly LinkAddress[]): void {
  const { linkKey, linkCert, linkPrivateKey, linkCa, insecureLink } = values;
  const files = { linkCert, linkPrivateKey, linkCa };
  const given = Object.entries(files).filter(([, path]) => path !== null);
  const [first] = given.map(([key]) => key);
  if (first !== undefined && given.length < 3) {
    const [missing] = Object.entries(files).find(([, path]) => path === null) as [string, null];
    throw new SettingsError(`Setting ${missing} is missing: ${first} needs it.`);
  }
  if (first !== undefined && linkKey !== null) {
    throw new SettingsError(`Settings linkKey and ${first} exclude each other.`);
  }
  const secured = linkKey !== null ? "linkKey" : first;
  if (secured !== undefined) {
    if (!insecureLink) return;
    throw new SettingsError(`Settings insecureLink and ${secured} exclude each other.`);
  }
  const open = ends.filter((end) => end.kind === "tcp").map(formatLinkAddress);
  if (open.length === 0) return;
  if (!insecureLink) {
    throw new SettingsError(
      `The link by ${open[0]} needs a linkKey, or linkCert, linkPrivateKey and linkCa.`,
    );
  }
  const beyond = ends.find((end) => end.kind === "tcp" && !isLoopback(end.host));
  if (beyond === undefined) return;
  throw new SettingsError(
    `Setting insecureLink is for loopback alone, and ${formatLinkAddress(beyond)} is not.`,
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && LOOPBACK.check(host, isIPv6(host) ? "ipv6" : "ipv4");
}
