import { limits } from "../../lib/base/limits";
import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { type Initiator, World, pattern, senseOf, write10 } from "./support/initiator";

function begin(): { world: World; initiator: Initiator } {
  const world = new World();
  return { world, initiator: world.logIn() };
}

describe("SCSI commands", () => {
  it("[RFC7143 4.2.2.1] reach the SCSI layer in the order of CmdSN", () => {
    const { world, initiator } = begin();
    initiator.read(0, 1, { cmdSN: 102, initiatorTaskTag: 3 });
    initiator.read(0, 1, { cmdSN: 101, initiatorTaskTag: 2 });
    expect(world.device.arrived).toEqual([]);
    initiator.read(0, 1, { cmdSN: 100, initiatorTaskTag: 1 });
    expect(world.device.arrived).toEqual([1, 2, 3]);
    expect(initiator.take().at(-1)).toMatchObject({ expCmdSN: 103 });
  });

  it.each([99, 100 + limits.commandWindow, 101])(
    "[RFC7143 4.2.2.1] with CmdSN %i, outside the window or seen before, are ignored silently",
    (cmdSN) => {
      const { world, initiator } = begin();
      initiator.read(0, 1, { cmdSN: 101 });
      initiator.read(0, 1, { cmdSN });
      expect(initiator.take()).toEqual([]);
      initiator.read(0, 1, { cmdSN: 100 });
      expect(world.device.arrived).toHaveLength(2);
      expect(initiator.closed).toBe(null);
    },
  );

  it.each(["waits for its turn", "runs", "has ended"])(
    "[RFC7143 7.2.1] that are sent again run once: one that %s",
    (when) => {
      const world = new World();
      const initiator = world.logIn({ ErrorRecoveryLevel: "1", InitialR2T: "No" });
      world.device.isSlow = when === "runs";
      const data = pattern(512);
      const fields = { cmdSN: when === "waits for its turn" ? 101 : 100, initiatorTaskTag: 1 };
      initiator.write(0, 1, fields, data);
      initiator.take();
      initiator.write(0, 1, fields, data);
      initiator.write(0, 1, { ...fields, final: false });
      initiator.dataOut({ initiatorTaskTag: 1, targetTransferTag: NO_TAG }, data);
      expect(initiator.take()).toEqual([]);
      initiator.read(0, 1, { initiatorTaskTag: 2, cmdSN: 201 - fields.cmdSN });
      expect(world.device.arrived.filter((tag) => tag === 1)).toHaveLength(1);
      expect(initiator.closed).toBe(null);
    },
  );

  it("[RFC7143 4.2.2.1] close the window while they run, and open it when they end", () => {
    const { world, initiator } = begin();
    world.device.isSlow = true;
    for (let index = 0; index <= limits.commandWindow; index++) initiator.read(0, 1);
    expect(world.device.tasks).toHaveLength(limits.commandWindow);
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(initiator.takeOne()).toMatchObject({ expCmdSN: 228, maxCmdSN: 228 });
  });

  it("[RFC7143 4.2.2.1] that are immediate use up no CmdSN, and too many get a Reject", () => {
    const { world, initiator } = begin();
    world.device.isSlow = true;
    for (let index = 0; index < limits.immediateCommandsMax; index++) {
      initiator.read(0, 1, { immediate: true });
    }
    expect(initiator.take()).toEqual([]);
    initiator.read(0, 1, { immediate: true });
    const reason = RejectReason.IMMEDIATE_COMMAND_REJECT;
    expect(initiator.takeOne()).toMatchObject({ name: "Reject", reason, expCmdSN: 100 });
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    initiator.take();
    initiator.read(0, 1, { immediate: true });
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7143 11.17.1] with a tag in use get a Reject, and the task goes on", () => {
    const { world, initiator } = begin();
    world.device.isSlow = true;
    initiator.read(0, 1, { initiatorTaskTag: 5 });
    initiator.read(0, 1, { initiatorTaskTag: 5 });
    const reason = RejectReason.TASK_IN_PROGRESS;
    expect(initiator.takeOne()).toMatchObject({ name: "Reject", reason, expCmdSN: 102 });
    expect(world.device.tasks).toHaveLength(1);
  });

  it.each([
    { what: "a reserved attribute", fields: { attribute: 5 } },
    { what: "the reserved tag", fields: { initiatorTaskTag: NO_TAG } },
    { what: "F=0 without W", fields: { final: false } },
  ])("[RFC7143 11.3] with $what get a Reject that returns their header", ({ fields }) => {
    const { world, initiator } = begin();
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, fields);
    initiator.push(bytes);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD, expCmdSN: 101 });
    expect(answer.data).toEqual(bytes);
    expect(world.device.arrived).toEqual([]);
  });

  it.each([
    [0, "untagged"],
    [1, "simple"],
    [2, "ordered"],
    [3, "head-of-queue"],
    [4, "aca"],
  ])("[RFC7143 11.3.1.2] with ATTR %i are %s", (attribute, name) => {
    const { world, initiator } = begin();
    world.device.isSlow = true;
    initiator.read(0, 1, { attribute });
    expect(world.device.tasks[0]?.attribute).toBe(name);
  });

  it("[RFC7143 11.2.2.3] carry the rest of a long CDB in an additional header segment", () => {
    const { world, initiator } = begin();
    world.device.isSlow = true;
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, { attribute: 1 });
    const extended = pattern(16);
    const ahs = Buffer.concat([Buffer.from([0, 17, 1, 0]), extended]);
    bytes[4] = ahs.length / 4;
    initiator.push(Buffer.concat([bytes, ahs]));
    expect(world.device.tasks[0]?.cdb.subarray(16)).toEqual(extended);
  });

  /** A SCSI Command with additional header segments, in hexadecimal. */
  function push(initiator: Initiator, hex: string, fields = {}, data?: Uint8Array): void {
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, fields, data);
    const ahs = Buffer.from(hex.replaceAll(" ", ""), "hex");
    bytes[4] = ahs.length / 4;
    initiator.push(Buffer.concat([bytes.subarray(0, 48), ahs, bytes.subarray(48)]));
  }

  it.each([
    ["without a length to read", "", 0],
    ["[RFC7143 11.2.2.4] with one", "0005 02 00 00001000", 4096],
  ])("[RFC7143 11.4.5] that read and write fail, with both residuals: %s", (_, hex, length) => {
    const { world, initiator } = begin();
    const fields = { read: true, write: true, expectedDataTransferLength: 512 };
    push(initiator, hex, fields, pattern(512));
    const answer = initiator.takeOne();
    expect(senseOf(answer)).toBe("5/24/00");
    expect(answer).toMatchObject({
      ...{ underflow: true, residualCount: 512, overflow: false, bidirectionalReadOverflow: false },
      ...{ bidirectionalReadUnderflow: length > 0, bidirectionalReadResidualCount: length },
    });
    expect(world.device.arrived).toEqual([]);
  });

  it.each([
    ["of an unknown type", "0005 3f 00 00000000"],
    ["of an unknown type behind a known one", "0005 02 00 00001000 0005 04 00 00000000"],
    ["longer than the header says", "0009 01 00 00000000"],
  ])("[RFC7143 11.2.2.1] with a segment %s are rejected, and their CmdSN used up", (_, hex) => {
    const { world, initiator } = begin();
    push(initiator, hex);
    const rejected = { reason: RejectReason.INVALID_PDU_FIELD, expCmdSN: 101 };
    expect(initiator.takeOne()).toMatchObject(rejected);
    expect(world.device.arrived).toEqual([]);
  });

  it("[RFC7143 10.2, 11.4.7] that fail carry sense data behind its length", () => {
    const { initiator } = begin();
    initiator.command(write10(5000, 1));
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "SCSI Response", status: 2, response: 0 });
    expect(answer.data.readUInt16BE(0)).toBe(answer.data.length - 2);
    expect(senseOf(answer)).toBe("5/21/00");
  });
});

describe("[RFC7143 11.4.5] residuals", () => {
  const READ = { read: true };
  const WRITE = { write: true };
  it.each([
    { flags: READ, blocks: 1, expected: 512, overflow: false, underflow: false, count: 0 },
    { flags: READ, blocks: 1, expected: 10000, overflow: false, underflow: true, count: 9488 },
    { flags: READ, blocks: 1, expected: 200, overflow: true, underflow: false, count: 312 },
    { flags: READ, blocks: 2, expected: 512, overflow: true, underflow: false, count: 512 },
    { flags: READ, blocks: 1, expected: 0, overflow: true, underflow: false, count: 512 },
    { flags: {}, blocks: 1, expected: 0, overflow: true, underflow: false, count: 512 },
    { flags: WRITE, blocks: 1, expected: 512, overflow: false, underflow: true, count: 512 },
  ])("READ of $blocks blocks with $flags and $expected bytes expected", (row) => {
    const { initiator } = begin();
    const { flags, expected } = row;
    initiator.read(0, row.blocks, {
      read: false,
      ...flags,
      expectedDataTransferLength: expected,
    });
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ status: 0, overflow: row.overflow, underflow: row.underflow });
    expect(answer).toMatchObject({ residualCount: row.count });
    const sent = "read" in flags ? Math.min(expected, row.blocks * 512) : 0;
    expect(answer.data).toHaveLength(sent);
  });

  it.each([
    { blocks: 1, expected: 512, overflow: false, underflow: false, count: 0 },
    { blocks: 1, expected: 10000, overflow: false, underflow: true, count: 9488 },
    { blocks: 1, expected: 200, overflow: true, underflow: false, count: 312 },
    { blocks: 2, expected: 512, overflow: true, underflow: false, count: 512 },
    { blocks: 1, expected: 0, overflow: true, underflow: false, count: 512 },
  ])("WRITE of $blocks blocks with $expected bytes expected, with and without R2T", (row) => {
    for (const ImmediateData of ["Yes", "No"]) {
      const world = new World();
      const initiator = world.logIn({ ImmediateData, InitialR2T: "Yes" });
      const { expected } = row;
      const data = pattern(expected);
      const fields = { expectedDataTransferLength: expected };
      const isImmediate = ImmediateData === "Yes" && expected > 0;
      const tag = initiator.write(0, row.blocks, fields, isImmediate ? data : undefined);
      let [answer] = initiator.take();
      if (answer?.name === "Ready To Transfer") {
        const { targetTransferTag, desiredDataTransferLength } = answer as never;
        expect(desiredDataTransferLength).toBe(Math.min(expected, row.blocks * 512));
        const piece = data.subarray(0, desiredDataTransferLength);
        initiator.dataOut({ initiatorTaskTag: tag, targetTransferTag }, piece);
        answer = initiator.takeOne();
      }
      expect(answer).toMatchObject({ status: 0, overflow: row.overflow });
      expect(answer).toMatchObject({ underflow: row.underflow, residualCount: row.count });
      const stored = Math.min(expected, row.blocks * 512);
      expect(world.device.bytes.subarray(0, stored)).toEqual(data.subarray(0, stored));
    }
  });
});
