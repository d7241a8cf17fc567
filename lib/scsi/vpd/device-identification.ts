/**
 * Device Identification, 83h: the names of the logical unit, then those of the target port the
 * question came in by. Some initiators take the last designator of types 0 to 3 for the unit's
 * whatever it is associated with, so only the unit has such, the NAA name last.
 * [SPC-4 Device Identification VPD page]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import type { UnitProfile } from "../unit";
import { type VpdPage, afterHeader } from "./vpd-page";

const CodeSet = { BINARY: 1, ASCII: 2 } as const;
const Association = { LOGICAL_UNIT: 0, TARGET_PORT: 1 } as const;
const DesignatorType = { T10_VENDOR_ID: 1, NAA: 3, RELATIVE_TARGET_PORT: 4 } as const;
const PROTOCOL_ISCSI = 5;

const designatorHeader = format({
  name: "Designation descriptor",
  length: 4,
  fields: {
    protocolIdentifier: bits(0, 7, 4, "PROTOCOL IDENTIFIER"),
    codeSet: bits(0, 3, 0, "CODE SET"),
    piv: flag(1, 7, "PIV"),
    association: bits(1, 5, 4, "ASSOCIATION"),
    designatorType: bits(1, 3, 0, "DESIGNATOR TYPE"),
    designatorLength: uint(3, 1, "DESIGNATOR LENGTH"),
  },
});

const relativeTargetPort = format({
  name: "Relative target port identifier",
  length: 4,
  fields: { identifier: uint(2, 2, "RELATIVE TARGET PORT IDENTIFIER") },
});

/** Vendor, then product and serial number, unique together. [SPC-4 T10 vendor ID based] */
function t10VendorId({ vendor, product, serial }: UnitProfile): Uint8Array {
  return Buffer.from(vendor.padEnd(8) + product.padEnd(16) + serial, "latin1");
}

function ofUnit(codeSet: number, designatorType: number, designator: Uint8Array): Uint8Array {
  const association = Association.LOGICAL_UNIT;
  const designatorLength = designator.length;
  const head = designatorHeader.encode({ codeSet, association, designatorType, designatorLength });
  return Buffer.concat([head, designator]);
}

function ofTargetPort(identifier: number): Uint8Array {
  const head = designatorHeader.encode({
    protocolIdentifier: PROTOCOL_ISCSI,
    codeSet: CodeSet.BINARY,
    piv: true,
    association: Association.TARGET_PORT,
    designatorType: DesignatorType.RELATIVE_TARGET_PORT,
    designatorLength: relativeTargetPort.length,
  });
  return Buffer.concat([head, relativeTargetPort.encode({ identifier })]);
}

export const deviceIdentification: VpdPage = {
  name: "Device Identification",
  pageCode: 0x83,
  encode: ({ profile }, { nexus }) =>
    afterHeader(
      ofUnit(CodeSet.ASCII, DesignatorType.T10_VENDOR_ID, t10VendorId(profile)),
      ofUnit(CodeSet.BINARY, DesignatorType.NAA, profile.naa),
      ofTargetPort(nexus.relativeTargetPort),
    ),
};
