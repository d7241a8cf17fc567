/**
 * Block Device Characteristics, B1h: nothing rotates, and what SANITIZE has erased can be read.
 * [SBC-4 Block Device Characteristics]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import type { VpdPage } from "./vpd-page";

const NON_ROTATING = 1;
/** WABEREQ, WACEREQ: blocks that were erased read without error, before any is written. */
const READABLE = 1;

const page = format({
  name: "Block Device Characteristics",
  length: 64,
  fields: {
    mediumRotationRate: uint(4, 2, "MEDIUM ROTATION RATE"),
    productType: uint(6, 1, "PRODUCT TYPE"),
    wabereq: bits(7, 7, 6, "WABEREQ"),
    wacereq: bits(7, 5, 4, "WACEREQ"),
    nominalFormFactor: bits(7, 3, 0, "NOMINAL FORM FACTOR"),
    fuab: flag(8, 1, "FUAB"),
    vbuls: flag(8, 0, "VBULS"),
  },
});

export const blockDeviceCharacteristics: VpdPage = {
  name: page.name,
  pageCode: 0xb1,
  encode: () =>
    page.encode({ mediumRotationRate: NON_ROTATING, wabereq: READABLE, wacereq: READABLE }),
};
