/**
 * Mode Page Policy, 87h: every nexus sees the same mode pages, and each unit has its own.
 * [SPC-4 Mode Page Policy VPD page]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import { type VpdPage, afterHeader } from "./vpd-page";

/** All pages that no other descriptor is of. */
const ALL = { pageCode: 0x3f, subpageCode: 0xff };
const SHARED = 0;

const descriptor = format({
  name: "Mode page policy descriptor",
  length: 4,
  fields: {
    pageCode: bits(0, 5, 0, "POLICY PAGE CODE"),
    subpageCode: uint(1, 1, "POLICY SUBPAGE CODE"),
    mlus: flag(2, 7, "MLUS"),
    policy: bits(2, 1, 0, "MODE PAGE POLICY"),
  },
});

export const modePagePolicy: VpdPage = {
  name: "Mode Page Policy",
  pageCode: 0x87,
  encode: () => afterHeader(descriptor.encode({ ...ALL, policy: SHARED })),
};
