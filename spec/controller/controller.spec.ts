import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import { wireBytes } from "../iscsi/wire";
import { BLOCK_SIZE, Rig } from "./rig";

const WRITE_BLOCK_5 = Buffer.from("2a000000000500000100000000000000", "hex");
const READ_BLOCK_5 = Buffer.from("28000000000500000100000000000000", "hex");
const TEST_UNIT_READY = Buffer.alloc(16);

function command(
  cmdSN: number,
  cdb: Buffer,
  flags: { read?: boolean; data?: Buffer } = {},
): Buffer {
  const { read = false, data = Buffer.alloc(0) } = flags;
  const bhs = scsiCommand.encode({
    read,
    write: data.length > 0,
    attribute: 1,
    initiatorTaskTag: cmdSN,
    expectedDataTransferLength: read ? BLOCK_SIZE : data.length,
    cmdSN,
    cdb,
  });
  return wireBytes({ bhs, data });
}

describe("a controller", () => {
  it("leads a write from the wire to the blocks and a read back, in one send each", () => {
    const rig = new Rig();
    const connection = rig.logIn();
    const data = Buffer.alloc(BLOCK_SIZE, 0xa5);
    rig.send(connection, command(1, TEST_UNIT_READY));
    rig.send(connection, command(2, WRITE_BLOCK_5, { data }));
    expect(rig.blocks(5, 1).equals(data)).toBe(true);
    rig.send(connection, command(3, READ_BLOCK_5, { read: true }));
    const answers = rig.received.get(connection) as Buffer[];
    expect(answers).toHaveLength(4);
    expect((answers[3] as Buffer).subarray(48).equals(data)).toBe(true);
    expect(rig.buffers.out).toBe(0);
  });

  it("lets effects out only in drain", () => {
    const rig = new Rig();
    const connection = rig.logIn();
    const chunk = command(1, TEST_UNIT_READY);
    rig.controller.handle({ type: "bytes", connection, chunk, lease: null }, 0);
    expect(rig.received.get(connection)).toHaveLength(1);
    rig.settle();
    expect(rig.received.get(connection)).toHaveLength(2);
  });

  it("is idle when all connections are gone, and after stop also without the initiator's help", () => {
    const rig = new Rig();
    rig.logIn();
    expect(rig.controller.isIdle).toBe(false);
    rig.controller.handle({ type: "stop" }, 0);
    rig.settle();
    rig.advance(10_000);
    expect([rig.controller.isIdle, rig.controller.nextDeadline()]).toEqual([true, Infinity]);
  });
});
