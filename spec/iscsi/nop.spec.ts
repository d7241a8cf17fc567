import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { World, pattern } from "./support/initiator";

const row = nopOut as unknown as PduRow;
const ANSWER = { initiatorTaskTag: NO_TAG, immediate: true };

describe("NOP", () => {
  it.each([0, 1, 100, 512])("[RFC7143 11.19] echoes %i bytes of ping data", (length) => {
    const initiator = new World().logIn();
    const data = pattern(length);
    const initiatorTaskTag = initiator.send(row, { targetTransferTag: NO_TAG }, data);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "NOP-In", initiatorTaskTag, targetTransferTag: NO_TAG });
    expect(answer.data).toEqual(data);
  });

  it("[RFC7143 11.18.5] echoes no more than the initiator takes in one PDU", () => {
    const initiator = new World().logIn({ MaxRecvDataSegmentLength: "512" });
    initiator.send(row, { immediate: true }, pattern(2000));
    expect(initiator.takeOne().data).toEqual(pattern(512));
  });

  it("[RFC7143 11.18.1] answers nothing to a NOP-Out without a task tag", () => {
    const initiator = new World().logIn();
    initiator.send(row, { ...ANSWER, targetTransferTag: NO_TAG });
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7143 11.19.2] asks a silent initiator with a valid tag and without using up a StatSN", () => {
    const world = new World();
    const initiator = world.logIn();
    world.advance(5000);
    const ping = initiator.takeOne();
    expect(ping).toMatchObject({ name: "NOP-In", initiatorTaskTag: NO_TAG });
    expect(ping["targetTransferTag"]).not.toBe(NO_TAG);
    initiator.send(row, { ...ANSWER, targetTransferTag: ping["targetTransferTag"] });
    world.advance(4999);
    expect(initiator.closed).toBe(null);
    initiator.read(0, 1);
    expect(initiator.take().map(({ name }) => name)).toEqual(["SCSI Data-In"]);
  });

  it("does not ask an initiator that talks", () => {
    const world = new World();
    const initiator = world.logIn();
    for (let index = 0; index < 5; index++) {
      world.advance(4000);
      initiator.read(0, 1);
    }
    expect(new Set(initiator.take().map(({ name }) => name))).toEqual(new Set(["SCSI Data-In"]));
  });

  it("[RFC7143 7.14] closes the connection of an initiator that does not answer, and ends its session", () => {
    const world = new World();
    const initiator = world.logIn();
    world.advance(6999);
    expect(initiator.closed).toBe(null);
    world.advance(1);
    expect(initiator.closed).toBe("reset");
    expect(world.target.sessions()).toEqual([]);
    expect(world.device.nexuses).toEqual([]);
  });

  it("closes a silent discovery session without asking", () => {
    const world = new World();
    const initiator = world.logIn({ SessionType: "Discovery" });
    world.advance(7000);
    expect(initiator.take()).toEqual([]);
    expect(initiator.closed).toBe("reset");
  });

  it("[RFC7143 7.1.4.2] asks also an initiator that talks and acknowledges no status", () => {
    const world = new World();
    const initiator = world.logIn({ ErrorRecoveryLevel: "1" });
    for (let index = 0; index < 3; index++) {
      world.advance(4000);
      initiator.read(0, 1, { expStatSN: 1 });
    }
    const pings = initiator.take().filter(({ name }) => name === "NOP-In");
    expect(pings).toHaveLength(1);
    // The next StatSN: it tells of the one status before it.
    expect(pings[0]).toMatchObject({ statSN: 3 });
    expect(pings[0]?.["targetTransferTag"]).not.toBe(NO_TAG);
    world.advance(2000);
    expect(initiator.closed).toBe(null);
  });

  it("does not ask an initiator that talks and acknowledges", () => {
    const world = new World();
    const initiator = world.logIn({ ErrorRecoveryLevel: "1" });
    for (let index = 0; index < 5; index++) {
      world.advance(4000);
      initiator.read(0, 1, { expStatSN: 1 + index });
    }
    expect(initiator.take().some(({ name }) => name === "NOP-In")).toBe(false);
  });
});
