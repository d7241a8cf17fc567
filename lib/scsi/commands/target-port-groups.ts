/**
 * REPORT TARGET PORT GROUPS: which ports lead to the unit, and how well. The answer is the same
 * bytes whichever port, of whichever controller, is asked: initiators take it from any path for all
 * of them. [SPC-4 REPORT TARGET PORT GROUPS]
 */
import { bits, flag, format, reportTargetPortGroups as row, uint } from "node-scsi-cdb";
import type { AccessState, TargetPortGroup, TargetPortGroups } from "../alua";
import { command } from "../command";
import { refuse } from "./transfer";

/** PARAMETER DATA FORMAT, and RETURN FORMAT TYPE alike. */
const Format = { LENGTH_ONLY: 0, EXTENDED: 1 } as const;

/** ASYMMETRIC ACCESS STATE */
const STATE_CODE: { readonly [state in AccessState]: number } = {
  "active-optimized": 0x0,
  "active-non-optimized": 0x1,
  standby: 0x2,
  unavailable: 0x3,
  transitioning: 0xf,
};

/**
 * STATUS CODE: altered by implicit behaviour. Always, also before the first change: else the
 * answers of two controllers, one of them started later, would not be the same.
 */
const ALTERED_IMPLICITLY = 2;

const lengthOnlyHeader = format({
  name: "Length only header",
  length: 4,
  fields: { returnDataLength: uint(0, 4, "RETURN DATA LENGTH") },
});

const extendedHeader = format({
  name: "Extended header",
  length: 8,
  fields: {
    returnDataLength: uint(0, 4, "RETURN DATA LENGTH"),
    returnFormatType: bits(4, 6, 4, "RETURN FORMAT TYPE"),
    implicitTransitionTime: uint(5, 1, "IMPLICIT TRANSITION TIME"),
  },
});

/**
 * PREF stays 0: whoever is preferred is active/optimized, and initiators that rank a preferred
 * group above an optimized one would not follow when the roles are exchanged.
 */
const groupDescriptor = format({
  name: "Target port group descriptor",
  length: 8,
  fields: {
    pref: flag(0, 7, "PREF"),
    state: bits(0, 3, 0, "ASYMMETRIC ACCESS STATE"),
    tSup: flag(1, 7, "T_SUP"),
    oSup: flag(1, 6, "O_SUP"),
    lbdSup: flag(1, 4, "LBD_SUP"),
    uSup: flag(1, 3, "U_SUP"),
    sSup: flag(1, 2, "S_SUP"),
    anSup: flag(1, 1, "AN_SUP"),
    aoSup: flag(1, 0, "AO_SUP"),
    tag: uint(2, 2, "TARGET PORT GROUP"),
    statusCode: uint(5, 1, "STATUS CODE"),
    targetPortCount: uint(7, 1, "TARGET PORT COUNT"),
  },
});

const portDescriptor = format({
  name: "Target port descriptor",
  length: 4,
  fields: { relativeTargetPort: uint(2, 2, "RELATIVE TARGET PORT IDENTIFIER") },
});

function describe({ tag, state, relativeTargetPorts }: TargetPortGroup): Uint8Array {
  const head = groupDescriptor.encode({
    tag,
    state: STATE_CODE[state],
    tSup: true,
    uSup: true,
    sSup: true,
    anSup: true,
    aoSup: true,
    statusCode: ALTERED_IMPLICITLY,
    targetPortCount: relativeTargetPorts.length,
  });
  const ports = relativeTargetPorts.map((relativeTargetPort) =>
    portDescriptor.encode({ relativeTargetPort }),
  );
  return Buffer.concat([head, ...ports]);
}

function encode(access: TargetPortGroups, parameterDataFormat: number): Uint8Array {
  const groups = Buffer.concat(access.groups.map(describe));
  const isExtended = parameterDataFormat === Format.EXTENDED;
  const header = isExtended ? extendedHeader : lengthOnlyHeader;
  // It does not count itself.
  const returnDataLength = header.length - 4 + groups.length;
  const head = isExtended
    ? extendedHeader.encode({
        returnDataLength,
        returnFormatType: Format.EXTENDED,
        implicitTransitionTime: access.implicitTransitionTimeS,
      })
    : lengthOnlyHeader.encode({ returnDataLength });
  return Buffer.concat([head, groups]);
}

export const reportTargetPortGroups = command({
  row,
  supported: (unit) => unit.access.areAsymmetric,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  check(cdb) {
    return cdb.parameterDataFormat > Format.EXTENDED ? refuse(row, "parameterDataFormat") : null;
  },
  execute(cdb, task, unit) {
    const data = encode(unit.access, cdb.parameterDataFormat);
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});
