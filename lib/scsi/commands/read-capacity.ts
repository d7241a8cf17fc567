/**
 * READ CAPACITY (10) and (16): how many blocks of what size. Their address and PMI are obsolete and
 * ask for nothing. [SBC-3 READ CAPACITY]
 */
import {
  bits,
  flag,
  format,
  readCapacity10 as row10,
  readCapacity16 as row16,
  uint,
} from "node-scsi-cdb";
import { command } from "../command";
import { isThin } from "../vpd/logical-block-provisioning";

/** Says: too many blocks for this command, ask READ CAPACITY (16). */
const TOO_MANY = 0xffff_ffff;

const data10 = format({
  name: "READ CAPACITY (10) parameter data",
  length: 8,
  fields: {
    lastLba: uint(0, 4, "RETURNED LOGICAL BLOCK ADDRESS"),
    blockSize: uint(4, 4, "LOGICAL BLOCK LENGTH IN BYTES"),
  },
});

const data16 = format({
  name: "READ CAPACITY (16) parameter data",
  length: 32,
  fields: {
    lastLba: uint(0, 8, "RETURNED LOGICAL BLOCK ADDRESS"),
    blockSize: uint(8, 4, "LOGICAL BLOCK LENGTH IN BYTES"),
    pType: bits(12, 3, 1, "P_TYPE"),
    protEn: flag(12, 0, "PROT_EN"),
    physicalBlockExponent: bits(13, 3, 0, "LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT"),
    lbpme: flag(14, 7, "LBPME"),
    lbprz: flag(14, 6, "LBPRZ"),
  },
});

export const readCapacity10 = command({
  row: row10,
  reservation: "allowed",
  needsMedium: true,
  writes: false,
  execute(_cdb, task, unit) {
    const { blockCount, blockSize } = unit.device.geometry;
    const lastLba = Math.min(blockCount - 1, TOO_MANY);
    unit.goodWithData(task, data10.encode({ lastLba, blockSize }), data10.length);
  },
});

export const readCapacity16 = command({
  row: row16,
  reservation: "allowed",
  needsMedium: true,
  writes: false,
  execute(cdb, task, unit) {
    const { blockCount, blockSize } = unit.device.geometry;
    const { physicalBlockExponent } = unit.profile;
    const data = data16.encode({
      lastLba: blockCount - 1,
      blockSize,
      physicalBlockExponent,
      lbpme: isThin(unit),
      lbprz: isThin(unit),
    });
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
