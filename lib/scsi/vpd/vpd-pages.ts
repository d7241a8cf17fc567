/**
 * The table of VPD pages, ascending by page code, and page 00h, which is nothing but a reading of
 * the table. A new page is a file and a line here. [SPC-4 Supported VPD Pages]
 */
import type { Unit } from "../unit";
import { isWellKnown } from "../well-known-unit";
import { blockDeviceCharacteristics } from "./block-device-characteristics";
import { blockLimits } from "./block-limits";
import { deviceIdentification } from "./device-identification";
import { extendedInquiryData } from "./extended-inquiry-data";
import { logicalBlockProvisioning } from "./logical-block-provisioning";
import { modePagePolicy } from "./mode-page-policy";
import { scsiPorts } from "./scsi-ports";
import { unitSerialNumber } from "./unit-serial-number";
import { thirdPartyCopy } from "./third-party-copy";
import { type VpdPage, afterHeader } from "./vpd-page";

const supportedVpdPages: VpdPage = {
  name: "Supported VPD Pages",
  pageCode: 0x00,
  encode: (unit) => afterHeader(Uint8Array.from(vpdPagesOf(unit), (page) => page.pageCode)),
};

export const vpdPages: readonly VpdPage[] = [
  supportedVpdPages,
  unitSerialNumber,
  deviceIdentification,
  extendedInquiryData,
  modePagePolicy,
  scsiPorts,
  thirdPartyCopy,
  blockLimits,
  blockDeviceCharacteristics,
  logicalBlockProvisioning,
];

/** A well known logical unit is no disk: it has a name, the target's. */
const wellKnownPages: readonly VpdPage[] = [supportedVpdPages, deviceIdentification];

/** The pages this unit has, ascending. */
export function vpdPagesOf(unit: Unit): readonly VpdPage[] {
  const pages = isWellKnown(unit) ? wellKnownPages : vpdPages;
  return pages.filter((page) => page.supported?.(unit) ?? true);
}
