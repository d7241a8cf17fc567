/** From settings, bound portals and open devices to what a controller is built from. Pure. */
import type { BlockDevice } from "../block/device";
import type { ControllerConfig } from "../controller/config";
import type { ChapPolicy, IscsiConfig } from "../iscsi/config";
import type { UnitProfile } from "../scsi/unit";
import { formatAddress, type Address, type Credential } from "./formats";
import type { Settings, UnitChoice } from "./settings";

/** All portals belong to one portal group, which is one SCSI target port. [RFC7143 4.4.1] */
const GROUP_TAG = 1;
const RELATIVE_TARGET_PORT = 1;
/** NAA 3h, locally assigned: the only kind that needs no registration. [SPC-4 7.8.6.7] */
const NAA_LOCALLY_ASSIGNED = 0x30;
const PHYSICAL_BLOCK = 4096;

export interface OpenUnit {
  readonly choice: UnitChoice;
  readonly device: BlockDevice;
}

export function profileOf({ choice, device }: OpenUnit): UnitProfile {
  const { lun, vendor, product, revision, removable, readOnly, thin, blockSize } = choice;
  const naa = Buffer.from(device.identity.subarray(0, 8));
  naa[0] = NAA_LOCALLY_ASSIGNED | ((naa[0] as number) & 0x0f);
  const serial = Buffer.from(device.identity).toString("hex");
  const physicalBlockExponent =
    choice.physicalBlockExponent ?? Math.log2(PHYSICAL_BLOCK / blockSize);
  return {
    ...{ lun, vendor, product, revision, serial, naa },
    ...{ removable, readOnly, thin, physicalBlockExponent },
    refusesOverflow: choice.overflowStatus === "check-condition",
  };
}

function policyOf(
  settings: Settings,
  users: readonly Credential[],
  own: Credential | null,
): ChapPolicy | null {
  return users.length === 0 ? null : { users, own, algorithms: settings.chapAlgorithms };
}

export function iscsiConfigOf(settings: Settings, addresses: readonly Address[]): IscsiConfig {
  const { headerDigest, dataDigest, initialR2T, immediateData } = settings;
  const { maxRecvDataSegmentLength, maxBurstLength, firstBurstLength } = settings;
  const { maxOutstandingR2T } = settings;
  return {
    targetName: settings.iqn,
    targetAlias: settings.alias,
    portals: addresses.map((address, index) => ({
      address: formatAddress(settings.announce[index] ?? address),
      groupTag: GROUP_TAG,
      relativeTargetPort: RELATIVE_TARGET_PORT,
    })),
    initiators: settings.initiators,
    chap: policyOf(settings, settings.chap, settings.chapMutual),
    discoveryChap: policyOf(settings, settings.discoveryChap, settings.discoveryChapMutual),
    answerUnofferedKeys: settings.answerUnofferedKeys,
    abortOfEndedTask: settings.abortOfEndedTask,
    negotiation: {
      ...{ headerDigest, dataDigest, initialR2T, immediateData, maxRecvDataSegmentLength },
      ...{ maxBurstLength, firstBurstLength, maxOutstandingR2T },
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

export function controllerConfigOf(
  settings: Settings,
  addresses: readonly Address[],
  units: readonly OpenUnit[],
): ControllerConfig {
  return {
    iscsi: iscsiConfigOf(settings, addresses),
    units: units.map((unit) => ({ profile: profileOf(unit), device: unit.device })),
  };
}
