import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { World } from "./support/initiator";

describe("a Reject", () => {
  it("[RFC7143 11.17.4] returns the whole header, additional segments included", () => {
    const initiator = new World().logIn();
    const header = Buffer.alloc(56, 1);
    header[0] = 0x41;
    header[4] = 2;
    header.writeUIntBE(0, 5, 3);
    initiator.push(header);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "Reject", reason: RejectReason.INVALID_PDU_FIELD });
    expect(answer).toMatchObject({ initiatorTaskTag: 0xffffffff });
    expect(answer.data).toEqual(header);
  });

  it("waits for the turn of the command it rejects", () => {
    const initiator = new World().logIn();
    initiator.read(0, 1, { cmdSN: 101, attribute: 7 });
    expect(initiator.take()).toEqual([]);
    initiator.read(0, 1, { cmdSN: 100 });
    expect(initiator.take().map(({ name }) => name)).toEqual(["SCSI Data-In", "Reject"]);
  });

  it("[RFC7143 7.3] above ErrorRecoveryLevel 0 counts the command as not received", () => {
    const world = new World();
    const initiator = world.logIn({ ErrorRecoveryLevel: "1" });
    initiator.read(0, 1, { cmdSN: 101, attribute: 7 });
    expect(initiator.takeOne()).toMatchObject({ name: "Reject", expCmdSN: 100 });
    initiator.read(0, 1, { cmdSN: 100, initiatorTaskTag: 1 });
    initiator.read(0, 1, { cmdSN: 102, initiatorTaskTag: 3 });
    expect(world.device.arrived).toEqual([1]);
    initiator.read(0, 1, { cmdSN: 101, initiatorTaskTag: 2 });
    expect(world.device.arrived).toEqual([1, 2, 3]);
  });

  it("[RFC7143 4.2.2.1] above ErrorRecoveryLevel 0 is not for what is outside the window", () => {
    const initiator = new World().logIn({ ErrorRecoveryLevel: "1" });
    initiator.read(0, 1, { cmdSN: 99, attribute: 7 });
    expect(initiator.take()).toEqual([]);
  });
});
