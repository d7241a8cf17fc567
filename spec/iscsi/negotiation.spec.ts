import { keys } from "../../lib/iscsi/keys";
import {
  type Agreed,
  DEFAULTS,
  agreedFurther,
  type SessionType,
  negotiate,
  ownDataSegmentMax,
  proposeUnoffered,
  startNegotiation,
  wishesOf,
} from "../../lib/iscsi/negotiation";
import { isProtocolError } from "../../lib/iscsi/protocol-error";
import type { TextItem } from "../../lib/iscsi/text";
import { config } from "./config";

const items = (text: string): TextItem[] =>
  text
    .split(" ")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [key, value] = pair.split("=") as [string, string];
      return { key, value };
    });
const textOf = (answers: readonly TextItem[]): string =>
  answers.map(({ key, value }) => `${key}=${value}`).join(" ");

interface Options {
  readonly sessionType?: SessionType;
  readonly phase?: "login" | "further-login" | "full-feature";
  readonly wanted?: Partial<typeof config.negotiation>;
}

/** Offers each text in turn; the answers to the last, and what is agreed then. */
function converse(
  offers: readonly string[],
  { sessionType = "Normal", phase = "login", wanted = {} }: Options = {},
): { answers: string; agreed: Agreed } {
  const wishes = wishesOf({ ...config.negotiation, ...wanted }, sessionType);
  let negotiation = { ...startNegotiation(phase), sessionType };
  let answers = "";
  for (const offer of offers) {
    const outcome = negotiate(items(offer), negotiation, wishes);
    if (isProtocolError(outcome)) return { answers: "protocol error", agreed: DEFAULTS };
    answers = textOf(outcome.answers);
    negotiation = outcome.negotiation;
  }
  return { answers, agreed: negotiation.agreed };
}

describe("[RFC7143 6.2.1, 6.2.2] operational negotiation", () => {
  it("[RFC7143 13] starts from the RFC's defaults", () => {
    expect(DEFAULTS).toEqual({
      HeaderDigest: "None",
      DataDigest: "None",
      MaxConnections: 1,
      InitialR2T: true,
      ImmediateData: true,
      MaxRecvDataSegmentLength: 8192,
      ownMaxRecvDataSegmentLength: 8192,
      MaxBurstLength: 262144,
      FirstBurstLength: 65536,
      DefaultTime2Wait: 2,
      DefaultTime2Retain: 20,
      MaxOutstandingR2T: 1,
      DataPDUInOrder: true,
      DataSequenceInOrder: true,
      ErrorRecoveryLevel: 0,
      TaskReporting: "RFC3720",
      iSCSIProtocolLevel: 1,
    });
  });

  it.each([
    ["13.1", "HeaderDigest=CRC32C,None", "HeaderDigest=CRC32C", { HeaderDigest: "CRC32C" }],
    ["13.1", "HeaderDigest=None,CRC32C", "HeaderDigest=None", { HeaderDigest: "None" }],
    ["13.1", "DataDigest=SHA-9,CRC32C", "DataDigest=CRC32C", { DataDigest: "CRC32C" }],
    ["13.1", "DataDigest=SHA-9", "DataDigest=Reject", { DataDigest: "None" }],
    ["13.2", "MaxConnections=8", "MaxConnections=4", { MaxConnections: 4 }],
    ["13.10", "InitialR2T=No", "InitialR2T=No", { InitialR2T: false }],
    ["13.10", "InitialR2T=Yes", "InitialR2T=Yes", { InitialR2T: true }],
    ["13.11", "ImmediateData=No", "ImmediateData=No", { ImmediateData: false }],
    ["13.11", "ImmediateData=Yes", "ImmediateData=Yes", { ImmediateData: true }],
    ["13.11", "ImmediateData=yes", "ImmediateData=Reject", { ImmediateData: true }],
    ["13.12", "MaxRecvDataSegmentLength=65536", "", { MaxRecvDataSegmentLength: 65536 }],
    ["13.12", "MaxRecvDataSegmentLength=16777215", "", { MaxRecvDataSegmentLength: 16777215 }],
    ["13.12", "MaxRecvDataSegmentLength=511", "MaxRecvDataSegmentLength=Reject", {}],
    ["13.13", "MaxBurstLength=16776192", "MaxBurstLength=1048576", { MaxBurstLength: 1048576 }],
    ["13.13", "MaxBurstLength=0x1000", "MaxBurstLength=4096", { MaxBurstLength: 4096 }],
    ["13.13", "MaxBurstLength=16777216", "MaxBurstLength=Reject", {}],
    ["13.14", "FirstBurstLength=1048576", "FirstBurstLength=262144", { FirstBurstLength: 262144 }],
    ["13.15", "DefaultTime2Wait=5", "DefaultTime2Wait=5", { DefaultTime2Wait: 5 }],
    ["13.15", "DefaultTime2Wait=3601", "DefaultTime2Wait=Reject", { DefaultTime2Wait: 2 }],
    ["13.16", "DefaultTime2Retain=20", "DefaultTime2Retain=0", { DefaultTime2Retain: 0 }],
    ["13.17", "MaxOutstandingR2T=3", "MaxOutstandingR2T=3", { MaxOutstandingR2T: 3 }],
    ["13.17", "MaxOutstandingR2T=16", "MaxOutstandingR2T=4", { MaxOutstandingR2T: 4 }],
    ["13.17", "MaxOutstandingR2T=0", "MaxOutstandingR2T=Reject", { MaxOutstandingR2T: 1 }],
    ["13.18", "DataPDUInOrder=No", "DataPDUInOrder=Yes", { DataPDUInOrder: true }],
    ["13.19", "DataSequenceInOrder=No", "DataSequenceInOrder=Yes", { DataSequenceInOrder: true }],
    ["13.20", "ErrorRecoveryLevel=2", "ErrorRecoveryLevel=1", { ErrorRecoveryLevel: 1 }],
    ["13.20", "ErrorRecoveryLevel=1", "ErrorRecoveryLevel=1", { ErrorRecoveryLevel: 1 }],
    ["13.20", "ErrorRecoveryLevel=0", "ErrorRecoveryLevel=0", { ErrorRecoveryLevel: 0 }],
    ["13.20", "ErrorRecoveryLevel=3", "ErrorRecoveryLevel=Reject", { ErrorRecoveryLevel: 0 }],
    ["13.23", "TaskReporting=FastAbort,RFC3720", "TaskReporting=FastAbort", {}],
    ["13.23", "TaskReporting=ResponseFence", "TaskReporting=ResponseFence", {}],
    ["13.23", "TaskReporting=None,RFC3720", "TaskReporting=RFC3720", {}],
    ["13.23", "TaskReporting=None", "TaskReporting=Reject", { TaskReporting: "RFC3720" }],
    ["13.24", "iSCSIProtocolLevel=2", "iSCSIProtocolLevel=2", { iSCSIProtocolLevel: 2 }],
    ["13.24", "iSCSIProtocolLevel=31", "iSCSIProtocolLevel=2", { iSCSIProtocolLevel: 2 }],
    ["13.24", "iSCSIProtocolLevel=0", "iSCSIProtocolLevel=0", { iSCSIProtocolLevel: 0 }],
    ["13.24", "iSCSIProtocolLevel=32", "iSCSIProtocolLevel=Reject", { iSCSIProtocolLevel: 1 }],
    ["13.25", "IFMarker=Yes OFMarker=No", "IFMarker=No OFMarker=No", {}],
    ["13.25", "IFMarkInt=1~65535", "IFMarkInt=Reject", {}],
    ["13.22", "X-com.example.key=1", "X-com.example.key=NotUnderstood", {}],
    ["6.2", "CHAP_NX=me", "CHAP_NX=NotUnderstood", {}],
    ["13.7", "InitiatorAlias=here", "", {}],
    ["13.8", "TargetAddress=1.2.3.4", "TargetAddress=Reject", {}],
    ["13.3", "SendTargets=All", "SendTargets=Reject", {}],
    ["12.1", "AuthMethod=None", "AuthMethod=Reject", {}],
  ])("[RFC7143 %s] %s is answered %j", (_, offer, answers, agreed) => {
    const outcome = converse([offer]);
    expect(outcome.answers).toBe(answers);
    expect(outcome.agreed).toMatchObject(agreed);
  });

  it.each([
    [
      "what the initiator leaves to us is ours to say",
      "InitialR2T=No",
      { initialR2T: true },
      "Yes",
    ],
    ["we may do without immediate data", "ImmediateData=Yes", { immediateData: false }, "No"],
    [
      "we may take PDUs in any order",
      "DataPDUInOrder=No",
      { dataPduInOrder: false, errorRecoveryLevel: 0 },
      "No",
    ],
    [
      "but not where data is recovered",
      "DataPDUInOrder=No",
      { dataPduInOrder: false, errorRecoveryLevel: 1 },
      "Yes",
    ],
    [
      "the initiator may insist on their order",
      "DataPDUInOrder=Yes",
      { dataPduInOrder: false },
      "Yes",
    ],
    [
      "we may take sequences in any order",
      "DataSequenceInOrder=No",
      { dataSequenceInOrder: false, errorRecoveryLevel: 0 },
      "No",
    ],
    ["we may insist on a digest", "HeaderDigest=None", { headerDigest: ["CRC32C"] }, "Reject"],
  ] as const)("%s", (_, offer, wanted, answer) => {
    expect(converse([offer], { wanted }).answers).toBe(`${offer.split("=")[0]}=${answer}`);
  });

  it.each([...keys.values()].filter((row) => row.irrelevantInDiscovery))(
    "[RFC7143 13] $name is irrelevant in a discovery session",
    ({ name }) => {
      const { answers } = converse([`${name}=1`], { sessionType: "Discovery" });
      expect(answers).toBe(`${name}=Irrelevant`);
    },
  );

  it("takes no digest in a discovery session", () => {
    const { answers } = converse(["HeaderDigest=CRC32C,None"], { sessionType: "Discovery" });
    expect(answers).toBe("HeaderDigest=None");
  });

  it.each([
    ["before it", "InitialR2T=Yes ImmediateData=No FirstBurstLength=4096"],
    ["behind it", "FirstBurstLength=4096 ImmediateData=No InitialR2T=Yes"],
  ])("[RFC7143 13.14] FirstBurstLength is irrelevant without unsolicited data (%s)", (_, offer) => {
    expect(converse([offer]).answers).toContain("FirstBurstLength=Irrelevant");
  });

  it("[RFC7143 13.14] FirstBurstLength does not exceed MaxBurstLength", () => {
    const both = converse(["FirstBurstLength=65536 MaxBurstLength=8192"]);
    expect(both.answers).toBe("MaxBurstLength=8192 FirstBurstLength=8192");
    expect(converse(["MaxBurstLength=8192"]).agreed.FirstBurstLength).toBe(8192);
  });

  it.each([
    ["before them", "ErrorRecoveryLevel=1 DataSequenceInOrder=Yes MaxOutstandingR2T=4", 1],
    ["behind them", "MaxOutstandingR2T=4 DataSequenceInOrder=Yes ErrorRecoveryLevel=1", 1],
    ["at level 0", "ErrorRecoveryLevel=0 MaxOutstandingR2T=4", 4],
  ])(
    "[RFC7143 13.19] recovery of data in order leaves one R2T outstanding (%s)",
    (_, offer, to) => {
      const { answers, agreed } = converse([offer]);
      expect(answers).toContain(`MaxOutstandingR2T=${to}`);
      expect(agreed.MaxOutstandingR2T).toBe(to);
    },
  );

  it("[RFC7143 13.19] so does a level that is agreed on after the R2Ts were", () => {
    const { agreed } = converse(["MaxOutstandingR2T=4", "ErrorRecoveryLevel=1"]);
    expect(agreed.MaxOutstandingR2T).toBe(1);
  });

  it("[RFC7143 7.4.1] nothing is recovered in a discovery session", () => {
    const { answers } = converse(["ErrorRecoveryLevel=2"], { sessionType: "Discovery" });
    expect(answers).toBe("ErrorRecoveryLevel=0");
  });

  it("agrees to no higher ErrorRecoveryLevel than was set", () => {
    const { answers } = converse(["ErrorRecoveryLevel=2"], { wanted: { errorRecoveryLevel: 0 } });
    expect(answers).toBe("ErrorRecoveryLevel=0");
  });

  it.each([
    ["a repeat with the same value is passed over", "ImmediateData=No", ""],
    ["a change of mind is an error", "ImmediateData=Yes", "protocol error"],
    ["MaxRecvDataSegmentLength may be declared anew", "MaxRecvDataSegmentLength=1024", ""],
    ["a reserved word is no offer", "InitialR2T=Irrelevant", "protocol error"],
    ["our declarations may be declined", "TargetAlias=NotUnderstood", ""],
  ])("[RFC7143 6.3] %s", (_, second, answers) => {
    const first = "ImmediateData=No MaxRecvDataSegmentLength=512";
    expect(converse([first, second]).answers).toBe(answers);
  });

  it.each([
    ["MaxRecvDataSegmentLength=4096", ""],
    ["InitiatorAlias=new", ""],
    ["MaxBurstLength=4096", "MaxBurstLength=Reject"],
    ["HeaderDigest=None", "HeaderDigest=Reject"],
    ["X-what=1", "X-what=NotUnderstood"],
  ])("[RFC7143 13] in full feature phase %s is answered %j", (offer, answers) => {
    expect(converse([offer], { phase: "full-feature" }).answers).toBe(answers);
  });

  it.each([
    ["HeaderDigest=CRC32C", "HeaderDigest=CRC32C"],
    ["MaxRecvDataSegmentLength=4096", ""],
    ["SessionType=Normal", ""],
    ["MaxConnections=2", "MaxConnections=Reject"],
    ["MaxBurstLength=4096", "MaxBurstLength=Reject"],
    ["ErrorRecoveryLevel=0", "ErrorRecoveryLevel=Reject"],
    ["TaskReporting=RFC3720", "TaskReporting=Reject"],
  ])("[RFC7143 13] in the login of a further connection %s is answered %j", (offer, answers) => {
    const outcome = converse([offer], { phase: "further-login" });
    expect(outcome.answers).toBe(answers);
    expect(outcome.agreed.MaxBurstLength).toBe(DEFAULTS.MaxBurstLength);
  });

  it("[RFC7143 13] a further connection has the leading keys of its session and others of its own", () => {
    const session: Agreed = { ...DEFAULTS, MaxBurstLength: 4096, DataDigest: "CRC32C" };
    const own: Agreed = { ...DEFAULTS, MaxRecvDataSegmentLength: 1024, MaxConnections: 3 };
    expect(agreedFurther(session, own)).toEqual({
      ...DEFAULTS,
      MaxBurstLength: 4096,
      MaxRecvDataSegmentLength: 1024,
    });
  });

  it("[RFC7143 13.12] never declares more than a padded segment can hold", () => {
    const own = (maxRecvDataSegmentLength: number): number =>
      ownDataSegmentMax({ ...config.negotiation, maxRecvDataSegmentLength });
    expect(own(8192)).toBe(8192);
    expect(own(2 ** 24 - 1)).toBeLessThanOrEqual(2 ** 24 - 4);
  });
});

describe("proposeUnoffered", () => {
  it("names no leading key to a further connection", () => {
    expect(proposeUnoffered(startNegotiation("further-login")).answers).toEqual([]);
  });

  it("names the leading keys that were left out, with the values that hold", () => {
    const wishes = wishesOf(config.negotiation, "Normal");
    const offers = items("MaxBurstLength=4096 MaxConnections=1 ErrorRecoveryLevel=0");
    const outcome = negotiate(offers, startNegotiation("login"), wishes);
    if (isProtocolError(outcome)) throw new Error(outcome.detail);
    const { answers, negotiation } = proposeUnoffered(outcome.negotiation);
    expect(textOf(answers)).toBe(
      "InitialR2T=Yes ImmediateData=Yes FirstBurstLength=4096 DefaultTime2Wait=2" +
        " DefaultTime2Retain=20 MaxOutstandingR2T=1 DataPDUInOrder=Yes DataSequenceInOrder=Yes" +
        " iSCSIProtocolLevel=1",
    );
    const reply = negotiate(items("ImmediateData=No InitialR2T=Reject"), negotiation, wishes);
    expect(reply).toMatchObject({ answers: [], negotiation: { agreed: { ImmediateData: false } } });
  });
});
