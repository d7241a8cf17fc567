import { NO_TAG } from "../../lib/iscsi/pdu";
import { Session } from "../../lib/iscsi/session";
import { DEFAULTS } from "../../lib/iscsi/negotiation";

/** A session that belongs to nobody. */
function alone(): Session {
  return new Session({
    context: null as never,
    initiatorName: "iqn.2026-01.org.example:host",
    isid: "00023d000001",
    groupTag: 1,
    type: "Normal",
    tsih: 1,
    agreed: DEFAULTS,
    nexus: null,
    expCmdSN: 10,
  });
}

describe("a session", () => {
  it("[RFC7143 4.2.2.1] runs numbered commands in order and immediate ones at once", () => {
    const session = alone();
    const ran: string[] = [];
    const order = (cmdSN: number, name: string, immediate = false): void =>
      session.order({ immediate, cmdSN }, () => ran.push(name));
    order(12, "third");
    order(11, "second");
    order(99, "outside");
    order(12, "again");
    order(12, "immediate", true);
    order(10, "first");
    expect(ran).toEqual(["immediate", "first", "second", "third"]);
  });

  it("[RFC7143 11.2.1.8] gives Target Transfer Tags that differ and are not reserved", () => {
    const session = alone();
    const tags = Array.from({ length: 100 }, () => session.newTransferTag());
    expect(new Set(tags).size).toBe(100);
    expect(tags).not.toContain(NO_TAG);
    expect(tags.every((tag) => session.hasGivenTransferTag(tag))).toBe(true);
    expect([0, 101, NO_TAG].filter((tag) => session.hasGivenTransferTag(tag))).toEqual([]);
  });
});
