/**
 * Logical Block Provisioning, B2h: by which commands a thin unit gives blocks back.
 * [SBC-3 Logical Block Provisioning VPD page]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import type { Unit } from "../unit";
import type { VpdPage } from "./vpd-page";

const THIN_PROVISIONED = 2;

const page = format({
  name: "Logical Block Provisioning",
  length: 8,
  fields: {
    thresholdExponent: uint(4, 1, "THRESHOLD EXPONENT"),
    lbpu: flag(5, 7, "LBPU"),
    lbpws: flag(5, 6, "LBPWS"),
    lbpws10: flag(5, 5, "LBPWS10"),
    lbprz: flag(5, 2, "LBPRZ"),
    ancSup: flag(5, 1, "ANC_SUP"),
    dp: flag(5, 0, "DP"),
    provisioningType: bits(6, 2, 0, "PROVISIONING TYPE"),
  },
});

/** LBPME: blocks can be given back, and the store under the unit does give them back. */
export function isThin({ profile, device }: Unit): boolean {
  return profile.thin && device.can.unmap;
}

export const logicalBlockProvisioning: VpdPage = {
  name: page.name,
  pageCode: 0xb2,
  supported: isThin,
  encode: () =>
    page.encode({
      lbpu: true,
      lbpws: true,
      lbpws10: true,
      lbprz: true,
      provisioningType: THIN_PROVISIONED,
    }),
};
