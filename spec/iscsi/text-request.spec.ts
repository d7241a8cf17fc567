import { limits } from "../../lib/base/limits";
import type { IscsiConfig } from "../../lib/iscsi/config";
import { NO_TAG } from "../../lib/iscsi/pdu";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { config, targetName } from "./config";
import { type Answer, type Initiator, World, textOf } from "./support/initiator";

const ask = Buffer.from("SendTargets=All\0");

function discover(changes: Partial<IscsiConfig> = {}, keys = {}): Initiator {
  return new World(changes).logIn({ SessionType: "Discovery", ...keys });
}

describe("text requests", () => {
  it("[RFC7143 Appendix C] SendTargets=All names the target and its portals", () => {
    const initiator = discover();
    const initiatorTaskTag = initiator.text({}, ask);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "Text Response", final: true, initiatorTaskTag });
    expect(answer).toMatchObject({ targetTransferTag: NO_TAG, continue: false });
    expect(textOf(answer)).toEqual({ TargetName: targetName, TargetAddress: "127.0.0.1:3260,1" });
  });

  it("[RFC7143 13.3] SendTargets works in a normal session for its own target", () => {
    const initiator = new World().logIn();
    initiator.text({}, Buffer.from("SendTargets=\0"));
    expect(textOf(initiator.takeOne())["TargetName"]).toBe(targetName);
  });

  it("[RFC7143 11.11.2] splits an answer over the PDUs that the initiator takes", () => {
    const portals = Array.from({ length: 50 }, (_, index) => ({
      address: `192.0.2.${index}:3260`,
      groupTag: 1,
      relativeTargetPort: 1,
    }));
    const initiator = discover({ portals }, { MaxRecvDataSegmentLength: "512" });
    const parts: Answer[] = [];
    const initiatorTaskTag = initiator.text({}, ask);
    for (;;) {
      const part = initiator.takeOne();
      parts.push(part);
      expect(part.data.length).toBeLessThanOrEqual(512);
      expect(part["continue"]).toBe(!part["final"]);
      if (part["final"]) break;
      initiator.text({ initiatorTaskTag, targetTransferTag: part["targetTransferTag"] });
    }
    const text = Buffer.concat(parts.map(({ data }) => data)).toString();
    expect(text.match(/TargetAddress=/g)).toHaveLength(50);
    expect(parts.at(-1)).toMatchObject({ targetTransferTag: NO_TAG });
  });

  it("[RFC7143 11.10.2] gathers a question over several PDUs", () => {
    const initiator = discover();
    const first = { final: false, continue: true };
    const initiatorTaskTag = initiator.text(first, ask.subarray(0, 5));
    const part = initiator.takeOne();
    expect(part).toMatchObject({ final: false, continue: false });
    expect(part.data).toHaveLength(0);
    const { targetTransferTag } = part as never;
    initiator.text({ initiatorTaskTag, targetTransferTag }, ask.subarray(5));
    expect(textOf(initiator.takeOne())["TargetName"]).toBe(targetName);
  });

  it("[RFC7143 11.10.4] begins anew with a request that has no transfer tag", () => {
    const initiator = discover();
    const initiatorTaskTag = initiator.text({ final: false, continue: true }, ask.subarray(0, 5));
    initiator.takeOne();
    initiator.text({ initiatorTaskTag }, ask);
    expect(textOf(initiator.takeOne())["TargetName"]).toBe(targetName);
  });

  it("[RFC7143 6.4, 13.12] takes a new MaxRecvDataSegmentLength in full feature phase", () => {
    const initiator = new World().logIn();
    initiator.text({}, Buffer.from("MaxRecvDataSegmentLength=512\0"));
    initiator.take();
    initiator.read(0, 2);
    expect(initiator.take().map(({ data }) => data.length)).toEqual([512, 512]);
  });

  it.each([
    { what: "an exchange unknown", fields: { targetTransferTag: 77 }, text: "" },
    { what: "text that does not end", fields: {}, text: "SendTargets=All" },
    { what: "no pairs", fields: {}, text: "garbage\0" },
  ])("[RFC7143 11.17.1] answers $what with a Reject, and stays", ({ fields, text }) => {
    const initiator = discover();
    initiator.text(fields, Buffer.from(text));
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    expect(initiator.closed).toBe(null);
  });

  it("[RFC7143 11.10.1] rejects a request that is final and continues", () => {
    const initiator = discover();
    initiator.text({ continue: true }, ask);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("forgets the oldest exchange when too many are left unfinished", () => {
    const initiator = discover({ ...config });
    const first = { final: false, continue: true };
    const tags = Array.from({ length: limits.textExchangesMax + 1 }, () => initiator.text(first));
    const open = initiator.take();
    const goOn = (index: number): Answer => {
      const { targetTransferTag } = open[index] as never;
      initiator.text({ initiatorTaskTag: tags[index], targetTransferTag }, ask);
      return initiator.takeOne();
    };
    expect(goOn(0).name).toBe("Reject");
    expect(goOn(1).name).toBe("Text Response");
  });
});
