import { NO_TAG } from "../../lib/iscsi/pdu";
import { RandomSession } from "./session-random";
import { Session } from "../../lib/iscsi/session";
import { DEFAULTS } from "../../lib/iscsi/negotiation";

/** Runs a body for each seed, and says which when it fails. */
function forSeeds(count: number, body: (session: RandomSession, seed: number) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      body(new RandomSession(seed), seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
}

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

describe("a session of several connections (seeds 1…100)", () => {
  it("[RFC7143 4.2.2.1, 4.2.5.1] runs by CmdSN and answers each command once, where it came", () => {
    forSeeds(100, (session) => {
      for (let step = 0; step < 200; step++) session.step();
      session.finish();
      const order = session.order();
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect([...session.waiting]).toEqual([]);
      expect(session.answered.length).toBeGreaterThan(0);
      expect(new Set(session.answered).size).toBe(session.answered.length);
      expect(session.world.device).toMatchObject({ tasks: [], borrowed: 0 });
      expect(session.world.target.solicitedBytes).toBe(0);
    });
  });

  it("[RFC7143 7.14] leaves nothing behind when a connection fails, whatever is under way", () => {
    forSeeds(100, (session, seed) => {
      for (let step = 0; step < 10 + (seed % 90); step++) session.step();
      const initiators = session.legs.map(({ initiator }) => initiator);
      initiators.pop()?.disconnect();
      expect(initiators.map(({ closed }) => closed)).toEqual(initiators.map(() => "end"));
      for (const other of initiators) other.disconnect();
      expect(session.world.target.isIdle).toBe(true);
      expect(session.world.device).toMatchObject({ tasks: [], nexuses: [], borrowed: 0 });
      expect(session.world.target.solicitedBytes).toBe(0);
    });
  });
});

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
