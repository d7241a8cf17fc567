/**
 * Device Identification, 83h: the names of the logical unit, the same by every port, then those of
 * the target port the question came in by, and its group if there are several, last that of the
 * target. Some initiators take the last designator of types 0 to 3 for the unit's whatever it is
 * associated with, so only the unit has such, the NAA name last.
 * [SPC-4 Device Identification VPD page]
 */
import { bits, flag, format, uint } from "node-scsi-cdb";
import type { Unit, UnitProfile } from "../unit";
import { isWellKnown } from "../well-known-unit";
import { type VpdPage, afterHeader } from "./vpd-page";

const CodeSet = { BINARY: 1, ASCII: 2, UTF_8: 3 } as const;
export const Association = { LOGICAL_UNIT: 0, TARGET_PORT: 1, TARGET_DEVICE: 2 } as const;
const DesignatorType = {
  T10_VENDOR_ID: 1,
  NAA: 3,
  RELATIVE_TARGET_PORT: 4,
  TARGET_PORT_GROUP: 5,
  SCSI_NAME_STRING: 8,
} as const;
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

/** A relative target port or a target port group: both are two bytes after two reserved ones. */
const portDesignator = format({
  name: "Target port designator",
  length: 4,
  fields: { identifier: uint(2, 2, "IDENTIFIER") },
});

/** Vendor, then product and serial number, unique together. [SPC-4 T10 vendor ID based] */
function t10VendorId({ vendor, product, serial }: UnitProfile): Uint8Array {
  return Buffer.from(vendor.padEnd(8) + product.padEnd(16) + serial, "latin1");
}

/** A name of a unit. */
export interface UnitDesignator {
  readonly codeSet: number;
  readonly designatorType: number;
  readonly designator: Uint8Array;
}

/** All names that the page gives a unit: third-party copies find it by them. */
export function designatorsOf(profile: UnitProfile): readonly UnitDesignator[] {
  const { T10_VENDOR_ID, NAA } = DesignatorType;
  return [
    {
      codeSet: CodeSet.ASCII,
      designatorType: T10_VENDOR_ID,
      designator: t10VendorId(profile),
    },
    { codeSet: CodeSet.BINARY, designatorType: NAA, designator: profile.naa },
  ];
}

function ofUnit({ codeSet, designatorType, designator }: UnitDesignator): Uint8Array {
  const association = Association.LOGICAL_UNIT;
  const designatorLength = designator.length;
  const head = designatorHeader.encode({ codeSet, association, designatorType, designatorLength });
  return Buffer.concat([head, designator]);
}

function ofTargetPort(designatorType: number, identifier: number): Uint8Array {
  const head = designatorHeader.encode({
    protocolIdentifier: PROTOCOL_ISCSI,
    codeSet: CodeSet.BINARY,
    piv: true,
    association: Association.TARGET_PORT,
    designatorType,
    designatorLength: portDesignator.length,
  });
  return Buffer.concat([head, portDesignator.encode({ identifier })]);
}

/** Ends with a null, and is as long as a multiple of four. [SPC-4 SCSI name string] */
function nameString(association: number, name: string): Uint8Array {
  const text = Buffer.from(`${name}\0`, "utf8");
  const designatorLength = Math.ceil(text.length / 4) * 4;
  const head = designatorHeader.encode({
    protocolIdentifier: PROTOCOL_ISCSI,
    codeSet: CodeSet.UTF_8,
    piv: true,
    association,
    designatorType: DesignatorType.SCSI_NAME_STRING,
    designatorLength,
  });
  return Buffer.concat([head, text], designatorHeader.length + designatorLength);
}

/** The name of a target port: that of the target, and the portal group. [RFC7143 4.4.1] */
export function targetPortName({ targetName }: UnitProfile, groupTag: number): Uint8Array {
  const name = `${targetName},t,0x${groupTag.toString(16).padStart(4, "0")}`;
  return nameString(Association.TARGET_PORT, name);
}

/** Where all ports are alike there is no group to tell of. */
function ofGroup({ access }: Unit, relativeTargetPort: number): readonly Uint8Array[] {
  if (!access.areAsymmetric) return [];
  const { tag } = access.groupOf(relativeTargetPort);
  return [ofTargetPort(DesignatorType.TARGET_PORT_GROUP, tag)];
}

export const deviceIdentification: VpdPage = {
  name: "Device Identification",
  pageCode: 0x83,
  encode(unit, { nexus: { relativeTargetPort } }) {
    const { profile, access } = unit;
    const target = nameString(Association.TARGET_DEVICE, profile.targetName);
    if (isWellKnown(unit)) return afterHeader(target);
    const { tag } = access.groupOf(relativeTargetPort);
    return afterHeader(
      ...designatorsOf(profile).map(ofUnit),
      ofTargetPort(DesignatorType.RELATIVE_TARGET_PORT, relativeTargetPort),
      ...ofGroup(unit, relativeTargetPort),
      targetPortName(profile, tag),
      target,
    );
  },
};
