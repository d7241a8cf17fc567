/**
 * INQUIRY: the standard data, or a page of vital product data from the table in `vpd/`. Answered
 * also for a LUN without a unit, which is how initiators look for units. [SPC-4 INQUIRY]
 */
import { bits, flag, format, inquiry as row, octets, uint } from "node-scsi-cdb";
import { command } from "../command";
import { isDisk, peripheralOf } from "../peripheral";
import type { Unit } from "../unit";
import { type VpdPage, encodeVpdPage } from "../vpd/vpd-page";
import { vpdPagesOf } from "../vpd/vpd-pages";
import { refuse } from "./transfer";

const VERSION_SPC_4 = 6;
const RESPONSE_DATA_FORMAT = 2;
/** What is followed, none in a particular revision. [SPC-4 VERSION DESCRIPTOR] */
const VersionDescriptor = { SAM_5: 0x00a0, SPC_4: 0x0460, SBC_3: 0x04c0, ISCSI: 0x0960 } as const;
/** TPGS: nothing to tell, or implicit asymmetric logical unit access. [SPC-4 TPGS] */
const Tpgs = { NONE: 0, IMPLICIT: 1 } as const;

const standardData = format({
  name: "Standard INQUIRY data",
  length: 96,
  fields: {
    peripheralQualifier: bits(0, 7, 5, "PERIPHERAL QUALIFIER"),
    peripheralDeviceType: bits(0, 4, 0, "PERIPHERAL DEVICE TYPE"),
    rmb: flag(1, 7, "RMB"),
    version: uint(2, 1, "VERSION"),
    normaca: flag(3, 5, "NORMACA"),
    hisup: flag(3, 4, "HISUP"),
    responseDataFormat: bits(3, 3, 0, "RESPONSE DATA FORMAT"),
    additionalLength: uint(4, 1, "ADDITIONAL LENGTH"),
    tpgs: bits(5, 5, 4, "TPGS"),
    threePc: flag(5, 3, "3PC"),
    protect: flag(5, 0, "PROTECT"),
    multip: flag(6, 4, "MULTIP"),
    cmdque: flag(7, 1, "CMDQUE"),
    vendor: octets(8, 8, "T10 VENDOR IDENTIFICATION"),
    product: octets(16, 16, "PRODUCT IDENTIFICATION"),
    revision: octets(32, 4, "PRODUCT REVISION LEVEL"),
    versionDescriptor1: uint(58, 2, "VERSION DESCRIPTOR 1"),
    versionDescriptor2: uint(60, 2, "VERSION DESCRIPTOR 2"),
    versionDescriptor3: uint(62, 2, "VERSION DESCRIPTOR 3"),
    versionDescriptor4: uint(64, 2, "VERSION DESCRIPTOR 4"),
  },
});

/** ASCII, filled up with spaces. [SPC-4 ASCII data field requirements] */
function ascii(text: string, length: number): Uint8Array {
  return Buffer.from(text.padEnd(length), "latin1");
}

function encodeStandardData(unit: Unit): Uint8Array {
  const { vendor, product, revision, removable } = unit.profile;
  return standardData.encode({
    ...peripheralOf(unit),
    rmb: removable,
    version: VERSION_SPC_4,
    normaca: true,
    hisup: true,
    responseDataFormat: RESPONSE_DATA_FORMAT,
    additionalLength: standardData.length - 5,
    tpgs: isDisk(unit) && unit.access.areAsymmetric ? Tpgs.IMPLICIT : Tpgs.NONE,
    multip: unit.access.relativeTargetPorts.length > 1,
    threePc: isDisk(unit),
    cmdque: true,
    vendor: ascii(vendor, 8),
    product: ascii(product, 16),
    revision: ascii(revision, 4),
    versionDescriptor1: VersionDescriptor.SAM_5,
    versionDescriptor2: VersionDescriptor.SPC_4,
    versionDescriptor3: VersionDescriptor.SBC_3,
    versionDescriptor4: VersionDescriptor.ISCSI,
  });
}

/** A LUN without a unit has no vital product data. */
function vpdPage({ pageCode }: { readonly pageCode: number }, unit: Unit): VpdPage | undefined {
  if (unit.isVacant) return undefined;
  return vpdPagesOf(unit).find((page) => page.pageCode === pageCode);
}

export const inquiry = command({
  row,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  bypassesUnitAttention: true,
  runsWithoutUnit: true,
  check(cdb, unit) {
    const isKnown = cdb.evpd ? vpdPage(cdb, unit) !== undefined : cdb.pageCode === 0;
    return isKnown ? null : refuse(row, "pageCode");
  },
  execute(cdb, task, unit) {
    const page = cdb.evpd ? vpdPage(cdb, unit) : undefined;
    const data = page ? encodeVpdPage(page, unit, task) : encodeStandardData(unit);
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
