/** Login Request and Login Response. [RFC7143 11.12, 11.13] */
import { bits, flag, octets, uint } from "node-scsi-cdb";
import { pdu } from "../pdu";

export const loginRequest = pdu({
  name: "Login Request",
  opcode: 0x03,
  from: "initiator",
  fields: {
    transit: flag(1, 7, "T"),
    continue: flag(1, 6, "C"),
    csg: bits(1, 3, 2, "CSG"),
    nsg: bits(1, 1, 0, "NSG"),
    versionMax: uint(2, 1, "Version-max"),
    versionMin: uint(3, 1, "Version-min"),
    isid: octets(8, 6, "ISID"),
    tsih: uint(14, 2, "TSIH"),
    cid: uint(20, 2, "CID"),
    cmdSN: uint(24, 4, "CmdSN"),
    expStatSN: uint(28, 4, "ExpStatSN"),
  },
});

export const loginResponse = pdu({
  name: "Login Response",
  opcode: 0x23,
  from: "target",
  fields: {
    transit: flag(1, 7, "T"),
    continue: flag(1, 6, "C"),
    csg: bits(1, 3, 2, "CSG"),
    nsg: bits(1, 1, 0, "NSG"),
    versionMax: uint(2, 1, "Version-max"),
    versionActive: uint(3, 1, "Version-active"),
    isid: octets(8, 6, "ISID"),
    tsih: uint(14, 2, "TSIH"),
    statSN: uint(24, 4, "StatSN"),
    expCmdSN: uint(28, 4, "ExpCmdSN"),
    maxCmdSN: uint(32, 4, "MaxCmdSN"),
    statusClass: uint(36, 1, "Status-Class"),
    statusDetail: uint(37, 1, "Status-Detail"),
  },
});

/** Values of CSG and NSG; 2 is reserved. [RFC7143 11.12.3] */
export const LoginStage = {
  SecurityNegotiation: 0,
  LoginOperationalNegotiation: 1,
  FullFeaturePhase: 3,
} as const;
export type LoginStage = (typeof LoginStage)[keyof typeof LoginStage];
