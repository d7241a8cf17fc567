import type { IscsiConfig } from "../../lib/iscsi/config";
import { type TextAsker, answerText, sendTargets } from "../../lib/iscsi/discovery";
import { DEFAULTS } from "../../lib/iscsi/negotiation";
import type { TextItem } from "../../lib/iscsi/text";
import { config, initiatorName, targetName } from "./config";

const asker: TextAsker = {
  initiatorName,
  sessionType: "Discovery",
  localAddress: "127.0.0.1:3260",
};
const textOf = (items: readonly TextItem[]): string =>
  items.map(({ key, value }) => `${key}=${value}`).join(" ");
const record = `TargetName=${targetName} TargetAddress=127.0.0.1:3260,1`;

function withPortals(...addresses: readonly string[]): IscsiConfig {
  const portals = addresses.map((address, index) => ({
    address,
    groupTag: index + 1,
    relativeTargetPort: index + 1,
  }));
  return { ...config, portals };
}

describe("SendTargets", () => {
  it.each<[string, TextAsker["sessionType"], string, string]>([
    ["All", "Discovery", "all targets", record],
    [targetName, "Discovery", "the target asked for", record],
    [targetName.toUpperCase().replace("IQN", "iqn"), "Discovery", "it, in any case", record],
    ["iqn.2026-01.org.example:tape", "Discovery", "nothing for another name", ""],
    ["", "Discovery", "a refusal: there is no current target", "SendTargets=Reject"],
    ["", "Normal", "the current target", record],
    ["All", "Normal", "the current target", record],
  ])("[RFC7143 Appendix C] %j in a %s session gives %s", (value, sessionType, _, answer) => {
    expect(textOf(sendTargets(value, { ...asker, sessionType }, config))).toBe(answer);
  });

  it("[RFC7143 13.8] names every portal with its group", () => {
    const portals = withPortals("127.0.0.1:3260", "[::1]:3261");
    expect(textOf(sendTargets("All", asker, portals))).toBe(`${record} TargetAddress=[::1]:3261,2`);
  });

  it.each([
    ["0.0.0.0:3260", "10.1.2.3:3260", "10.1.2.3:3260,1"],
    ["[::]:3260", "[2001:db8::1]:3260", "[2001:db8::1]:3260,1"],
    ["[::]:3260", "[fe80::1]:3260", "[fe80::1]:3260,1"],
  ])("announces %s as %s to who came by it", (portal, localAddress, announced) => {
    const answer = textOf(sendTargets("All", { ...asker, localAddress }, withPortals(portal)));
    expect(answer).toBe(`TargetName=${targetName} TargetAddress=${announced}`);
  });

  it("announces no link-local address to who came by another", () => {
    const portals = withPortals("127.0.0.1:3260", "[fe80::1]:3260");
    expect(textOf(sendTargets("All", asker, portals))).toBe(record);
  });

  it("[RFC7143 13.3] shows a target only to initiators that may log in", () => {
    const closed = { ...config, initiators: ["iqn.2026-01.org.example:other"] };
    expect(sendTargets("All", asker, closed)).toEqual([]);
  });
});

describe("answerText", () => {
  const items = (key: string, value: string): TextItem[] => [{ key, value }];

  it("answers SendTargets and other keys together", () => {
    const text = [...items("SendTargets", "All"), ...items("X-key", "1")];
    const outcome = answerText(text, { ...asker, agreed: DEFAULTS }, config);
    expect(textOf("answers" in outcome ? outcome.answers : [])).toBe(
      `${record} X-key=NotUnderstood`,
    );
  });

  it("[RFC7143 13.12] takes a new MaxRecvDataSegmentLength", () => {
    const text = items("MaxRecvDataSegmentLength", "1024");
    expect(answerText(text, { ...asker, agreed: DEFAULTS }, config)).toEqual({
      answers: [],
      agreed: { ...DEFAULTS, MaxRecvDataSegmentLength: 1024 },
    });
  });

  it("[RFC7143 6.3, 7.12] refuses a key that comes twice with different values", () => {
    const text = [...items("X-key", "1"), ...items("X-key", "2")];
    const outcome = answerText(text, { ...asker, agreed: DEFAULTS }, config);
    expect(outcome).toMatchObject({ kind: "protocol-error" });
  });
});
