/** Unit Serial Number, 80h: the serial number in ASCII. [SPC-4 Unit Serial Number VPD page] */
import { type VpdPage, afterHeader } from "./vpd-page";

export const unitSerialNumber: VpdPage = {
  name: "Unit Serial Number",
  pageCode: 0x80,
  encode: (unit) => afterHeader(Buffer.from(unit.profile.serial, "latin1")),
};
