/** From settings, bound portals and open devices to what a controller is built from. Pure. */
import type { ControllerConfig } from "../controller/config";
import type { ChapPolicy, IscsiConfig, Portal, Redirect } from "../iscsi/config";
import type { MirrorConfig, Side } from "../mirror/config";
import type { UnitProfile } from "../scsi/unit";
import { formatAddress, type Address, type Credential } from "./formats";
import type { Registration } from "./isns-message";
import { mirrorOptionsOf, mirrorTimingOf, sideOfPortal, sidesOf } from "./pair-settings";
import type { Settings } from "./settings";
import type { OpenUnit } from "./stores";

/** NAA 3h, locally assigned: the only kind that needs no registration. [SPC-4 7.8.6.7] */
const NAA_LOCALLY_ASSIGNED = 0x30;
const PHYSICAL_BLOCK = 4096;

export function profileOf(
  { choice, device }: Pick<OpenUnit, "choice" | "device">,
  targetName: string,
): UnitProfile {
  const { lun, vendor, product, revision, removable, readOnly, thin, blockSize } = choice;
  const naa = Buffer.from(device.identity.subarray(0, 8));
  naa[0] = NAA_LOCALLY_ASSIGNED | ((naa[0] as number) & 0x0f);
  const serial = Buffer.from(device.identity).toString("hex");
  const physicalBlockExponent =
    choice.physicalBlockExponent ?? Math.log2(PHYSICAL_BLOCK / blockSize);
  return {
    ...{ lun, targetName, vendor, product, revision, serial, naa },
    ...{ removable, readOnly, thin, physicalBlockExponent },
    refusesOverflow: choice.overflowStatus === "check-condition",
    sanitizeRate: choice.sanitizeRate,
  };
}

function policyOf(
  settings: Settings,
  users: readonly Credential[],
  own: Credential | null,
): ChapPolicy | null {
  return users.length === 0 ? null : { users, own, algorithms: settings.chapAlgorithms };
}

/**
 * The portals of both sides, the main side's first. All of a side belong to one portal group, which
 * is one SCSI target port. [RFC7143 4.4.1]
 */
function portalsOf(settings: Settings, addresses: readonly Address[]): Portal[] {
  const sides = sidesOf(settings);
  const own = addresses.map((address, index) => {
    const redirect = redirectOf(settings, index);
    return {
      ...{ address: settings.announce[index] ?? address, side: sideOfPortal(sides, index) },
      ...(redirect === null ? {} : { redirect }),
    };
  });
  const other: Side = settings.side === 1 ? 2 : 1;
  const others = settings.peerPortals.map((address) => ({ address, side: other }));
  return [...own, ...others]
    .sort((a, b) => a.side - b.side)
    .map(({ address, side, ...rest }) => {
      return { address: formatAddress(address), groupTag: side, relativeTargetPort: side, ...rest };
    });
}

/** Of the portal that is `index` in `listen`. */
function redirectOf(settings: Settings, index: number): Redirect | null {
  const address = settings.redirectTo[index] ?? null;
  const isPermanent = settings.redirectPermanently;
  return address === null ? null : { address: formatAddress(address), isPermanent };
}

/** `addresses`: what is listened on for `listen`, in its order. */
export function iscsiConfigOf(settings: Settings, addresses: readonly Address[]): IscsiConfig {
  const { headerDigest, dataDigest, initialR2T, immediateData } = settings;
  const { maxRecvDataSegmentLength, maxBurstLength, firstBurstLength } = settings;
  const { maxOutstandingR2T, maxConnections, errorRecoveryLevel } = settings;
  const { dataPduInOrder, dataSequenceInOrder } = settings;
  return {
    targetName: settings.iqn,
    targetAlias: settings.alias,
    portals: portalsOf(settings, addresses),
    initiators: settings.initiators,
    chap: policyOf(settings, settings.chap, settings.chapMutual),
    discoveryChap: policyOf(settings, settings.discoveryChap, settings.discoveryChapMutual),
    answerUnofferedKeys: settings.answerUnofferedKeys,
    abortOfEndedTask: settings.abortOfEndedTask,
    reversesData: settings.reverseData,
    negotiation: {
      ...{ headerDigest, dataDigest, initialR2T, immediateData, maxRecvDataSegmentLength },
      ...{ maxBurstLength, firstBurstLength, maxOutstandingR2T, errorRecoveryLevel },
      ...{ maxConnections, dataPduInOrder, dataSequenceInOrder },
    },
    timeoutsMs: {
      login: settings.loginTimeoutMs,
      nopInterval: settings.nopIntervalMs,
      nopTimeout: settings.nopTimeoutMs,
      dataOut: settings.dataOutTimeoutMs,
      logout: settings.logoutTimeoutMs,
    },
  };
}

/**
 * What an iSNS server is told: the portals of this process, all of one entity, which is the
 * target's also where the other side is another process.
 */
export function registrationOf(settings: Settings, addresses: readonly Address[]): Registration {
  const sides = sidesOf(settings);
  const { iqn: iscsiName, alias } = settings;
  const portals = addresses.map((address, index) => {
    return { ...(settings.announce[index] ?? address), groupTag: sideOfPortal(sides, index) };
  });
  return { entityIdentifier: iscsiName, iscsiName, alias, portals };
}

/** Of one side of a pair. `units` are its copies. */
function mirrorConfigOf(settings: Settings, side: Side, units: readonly OpenUnit[]): MirrorConfig {
  return {
    side,
    firstMain: 1,
    survivor: settings.survivor === "none" ? null : settings.survivor,
    options: mirrorOptionsOf(settings),
    timing: mirrorTimingOf(settings),
    resyncRate: settings.resyncRate,
    // What stays in this process is handed over as it is.
    linkChecksums: settings.side !== null && settings.linkChecksums,
    volumes: units.flatMap(({ choice, device, copy }) =>
      copy === null ? [] : [{ number: choice.lun, device, ...copy }],
    ),
  };
}

export function controllerConfigOf(
  settings: Settings,
  of: {
    /** null: a plain target. */
    readonly side: Side | null;
    readonly addresses: readonly Address[];
    readonly units: readonly OpenUnit[];
    /** As `ControllerConfig` has it. */
    readonly calendarMs: number;
  },
): ControllerConfig {
  const { side, addresses, units, calendarMs } = of;
  return {
    iscsi: iscsiConfigOf(settings, addresses),
    units: units.map((unit) => {
      const { device, memory } = unit;
      const profile = profileOf(unit, settings.iqn);
      return { profile, device, ...(memory === undefined ? {} : { memory }) };
    }),
    calendarMs,
    mirror: side === null ? null : mirrorConfigOf(settings, side, units),
  };
}
