/**
 * Extended INQUIRY Data, 86h: which task attributes the unit takes, and whether it has a volatile
 * cache; nothing else that the page could tell of is done here. LUICLR: REPORTED LUNS DATA HAS
 * CHANGED, once told, waits at no other unit, for units never change.
 * [SPC-4 Extended INQUIRY Data VPD page]
 */
import { flag, format } from "node-scsi-cdb";
import type { VpdPage } from "./vpd-page";

const page = format({
  name: "Extended INQUIRY Data",
  length: 64,
  fields: {
    headsup: flag(5, 2, "HEADSUP"),
    ordsup: flag(5, 1, "ORDSUP"),
    simpsup: flag(5, 0, "SIMPSUP"),
    vSup: flag(6, 0, "V_SUP"),
    luiclr: flag(7, 0, "LUICLR"),
  },
});

export const extendedInquiryData: VpdPage = {
  name: page.name,
  pageCode: 0x86,
  encode: ({ device }) =>
    page.encode({
      headsup: true,
      ordsup: true,
      simpsup: true,
      vSup: device.can.volatileCache,
      luiclr: true,
    }),
};
