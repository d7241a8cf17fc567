import { World, pattern } from "./support/initiator";

describe("the answer to a SCSI command", () => {
  it("[RFC7143 11.4.8] counts its R2Ts and Data-In PDUs in ExpDataSN", () => {
    const world = new World();
    const initiator = world.logIn({ MaxBurstLength: "512", InitialR2T: "Yes" });
    const initiatorTaskTag = initiator.write(0, 3, {}, pattern(512));
    for (let index = 0; index < 2; index++) {
      const { targetTransferTag, bufferOffset } = initiator.takeOne() as never;
      initiator.dataOut({ initiatorTaskTag, targetTransferTag, bufferOffset }, pattern(512));
    }
    expect(initiator.takeOne()).toMatchObject({ status: 0, expDataSN: 2 });
  });

  it("[RFC7143 11.4.3] frees the tag and the place in the window that it shows", () => {
    const initiator = new World().logIn();
    for (let index = 0; index < 3; index++) {
      initiator.read(0, 1, { initiatorTaskTag: 7 });
      expect(initiator.takeOne()).toMatchObject({ expCmdSN: 101 + index, maxCmdSN: 228 + index });
    }
  });

  it.each([
    ["fixed", 0x70],
    ["descriptor", 0x72],
  ] as const)("[SPC-4 D_SENSE] has sense data in the unit's format: %s", (senseFormat, code) => {
    const world = new World();
    world.device.senseFormat = senseFormat;
    const initiator = world.logIn();
    initiator.read(5000, 1);
    expect(initiator.takeOne().data[2]).toBe(code);
  });

  it("[RFC7143 11.4.2, 11.7.3] comes in the Data-In PDU when it is GOOD, and by itself when it is not", () => {
    const initiator = new World().logIn();
    initiator.read(0, 1);
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Data-In", hasStatus: true });
    initiator.read(5000, 1);
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Response", status: 2 });
  });

  it("above ErrorRecoveryLevel 0 always comes by itself, so that it can be sent again alone", () => {
    const initiator = new World().logIn({ ErrorRecoveryLevel: "1" });
    initiator.read(0, 1);
    const [dataIn, response, ...rest] = initiator.take();
    expect(rest).toEqual([]);
    expect(dataIn).toMatchObject({ name: "SCSI Data-In", hasStatus: false, final: true });
    expect(response).toMatchObject({ name: "SCSI Response", status: 0, expDataSN: 1 });
  });

  it("[RFC7143 11.16] gives back what the task borrowed when it is acknowledged", () => {
    const world = new World();
    const initiator = world.logIn({ ErrorRecoveryLevel: "1" });
    initiator.read(0, 4);
    const { statSN } = initiator.take()[1] as never;
    expect(world.device.releases).toEqual([]);
    expect(world.target.keptBytes).toBe(4096);
    initiator.command(Buffer.alloc(6), { expStatSN: statSN + 1 });
    expect(world.device.releases).toEqual(["sent", "sent"]);
    expect(world.target.keptBytes).toBe(0);
  });

  it("gives back what is kept when the connection is lost, as dropped if a socket has it", () => {
    const world = new World();
    const initiator = world.logIn({ ErrorRecoveryLevel: "1" });
    initiator.read(0, 4);
    initiator.isStalled = true;
    initiator.read(0, 4);
    initiator.disconnect();
    expect(world.device.releases).toEqual(["sent", "dropped"]);
    expect(world.target.keptBytes).toBe(0);
  });

  it("[RFC7143 7.1.5] keeps nothing at ErrorRecoveryLevel 0", () => {
    const world = new World();
    world.logIn().read(0, 4);
    expect(world.device.releases).toEqual(["sent"]);
    expect(world.target.keptBytes).toBe(0);
  });
});
