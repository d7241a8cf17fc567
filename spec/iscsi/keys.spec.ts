import { keys } from "../../lib/iscsi/keys";

describe("the table of text keys", () => {
  it("[RFC7143 12, 13] has every key once", () => {
    expect([...keys.keys()].sort()).toEqual([
      "AuthMethod",
      "CHAP_A",
      "CHAP_C",
      "CHAP_I",
      "CHAP_N",
      "CHAP_R",
      "DataDigest",
      "DataPDUInOrder",
      "DataSequenceInOrder",
      "DefaultTime2Retain",
      "DefaultTime2Wait",
      "ErrorRecoveryLevel",
      "FirstBurstLength",
      "HeaderDigest",
      "IFMarkInt",
      "IFMarker",
      "ImmediateData",
      "InitialR2T",
      "InitiatorAlias",
      "InitiatorName",
      "MaxBurstLength",
      "MaxConnections",
      "MaxOutstandingR2T",
      "MaxRecvDataSegmentLength",
      "OFMarkInt",
      "OFMarker",
      "SendTargets",
      "SessionType",
      "TargetAddress",
      "TargetAlias",
      "TargetName",
      "TargetPortalGroupTag",
      "TaskReporting",
      "iSCSIProtocolLevel",
    ]);
  });

  const numbers = [...keys.values()].flatMap((row) =>
    row.type === "number" || row.type === "declared-number" ? [row] : [],
  );
  it.each(numbers)("the default of $name lies in its range", (row) => {
    expect(row.default).toBeGreaterThanOrEqual(row.min);
    expect(row.default).toBeLessThanOrEqual(row.max);
  });
});
