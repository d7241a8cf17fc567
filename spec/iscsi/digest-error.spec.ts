import { limits } from "../../lib/base/limits";
import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { dataOut } from "../../lib/iscsi/pdus/data";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import {
  type Answer,
  type Initiator,
  type Keys,
  World,
  pattern,
  senseOf,
  write10,
} from "./support/initiator";

const ROW = dataOut as unknown as PduRow;
const DATA = pattern(8 * 512);
const reason = RejectReason.DATA_DIGEST_ERROR;

function begin(keys: Keys = {}): { world: World; initiator: Initiator } {
  const world = new World();
  const all = { ErrorRecoveryLevel: "1", HeaderDigest: "CRC32C", DataDigest: "CRC32C", ...keys };
  return { world, initiator: world.logIn(all) };
}

/** The bytes `start`…`end` of DATA for an R2T or, without one, unsolicited. */
function part(tags: object, start: number, end: number, fields: object = {}): [object, Buffer] {
  return [{ ...tags, bufferOffset: start, ...fields }, DATA.subarray(start, end)];
}

function tagsOf(r2t: Answer): { initiatorTaskTag: number; targetTransferTag: number } {
  const { initiatorTaskTag, targetTransferTag } = r2t as never;
  return { initiatorTaskTag, targetTransferTag };
}

describe("a data digest error above ErrorRecoveryLevel 0", () => {
  it("[RFC7143 7.8, 11.8] of solicited data is rejected, and a recovery R2T asks for it", () => {
    const { world, initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 8);
    const r2t = initiator.takeOne();
    const tags = tagsOf(r2t);
    initiator.dataOut(...part(tags, 0, 1024, { final: false }));
    initiator.sendDamaged(ROW, ...part(tags, 1024, 2048, { final: false, dataSN: 1 }));
    expect(initiator.takeOne()).toMatchObject({ name: "Reject", reason });
    initiator.dataOut(...part(tags, 2048, 4096, { dataSN: 2 }));
    const recovery = initiator.takeOne();
    expect(recovery).toMatchObject({ name: "Ready To Transfer", r2tSN: 1, bufferOffset: 1024 });
    expect(recovery).toMatchObject({ desiredDataTransferLength: 3072 });
    expect(recovery["targetTransferTag"]).not.toBe(tags.targetTransferTag);
    initiator.dataOut(...part(tagsOf(recovery), 1024, 4096));
    expect(initiator.takeOne()).toMatchObject({ status: 0, expDataSN: 2, residualCount: 0 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
    expect(world.target.solicitedBytes).toBe(0);
  });

  it("[RFC7143 11.8] asks for no more than the burst that was damaged, then for the rest", () => {
    const { world, initiator } = begin({ ImmediateData: "No", MaxBurstLength: "2048" });
    initiator.write(0, 8);
    const first = initiator.takeOne();
    initiator.dataOut(...part(tagsOf(first), 0, 512, { final: false }));
    initiator.sendDamaged(ROW, ...part(tagsOf(first), 512, 2048, { dataSN: 1 }));
    const [, recovery] = initiator.take();
    expect(recovery).toMatchObject({ bufferOffset: 512, desiredDataTransferLength: 1536 });
    initiator.dataOut(...part(tagsOf(recovery as Answer), 512, 2048));
    const last = initiator.takeOne();
    expect(last).toMatchObject({ bufferOffset: 2048, desiredDataTransferLength: 2048, r2tSN: 2 });
    initiator.dataOut(...part(tagsOf(last), 2048, 4096));
    expect(initiator.takeOne()).toMatchObject({ status: 0, expDataSN: 3 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it("[RFC7143 7.8] of unsolicited data is rejected, and an R2T asks for it", () => {
    const { world, initiator } = begin({ InitialR2T: "No" });
    const initiatorTaskTag = initiator.write(0, 8, { final: false }, DATA.subarray(0, 512));
    const tags = { initiatorTaskTag, targetTransferTag: NO_TAG };
    initiator.sendDamaged(ROW, ...part(tags, 512, 1024, { final: false }));
    initiator.dataOut(...part(tags, 1024, 4096, { dataSN: 1 }));
    const [rejected, r2t] = initiator.take();
    expect(rejected).toMatchObject({ name: "Reject", reason });
    expect(r2t).toMatchObject({ r2tSN: 0, bufferOffset: 512, desiredDataTransferLength: 3584 });
    initiator.dataOut(...part(tagsOf(r2t as Answer), 512, 4096));
    expect(initiator.takeOne()).toMatchObject({ status: 0 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it("[RFC7143 7.2.1, 7.3, 7.8] of immediate data discards the command, whose CmdSN comes again", () => {
    const { world, initiator } = begin();
    const cdb = Buffer.alloc(16);
    cdb.set(write10(0, 1));
    const data = DATA.subarray(0, 512);
    const command = { write: true, attribute: 1, expectedDataTransferLength: 512, cdb };
    const retry = { ...command, initiatorTaskTag: 7, cmdSN: initiator.numbers.cmdSN };
    initiator.sendDamaged(
      scsiCommand as unknown as PduRow,
      { ...command, initiatorTaskTag: 7 },
      data,
    );
    const { expCmdSN } = initiator.takeOne() as never;
    expect(expCmdSN).toBe(retry.cmdSN);
    const next = initiator.read(1, 1);
    expect(initiator.take()).toEqual([]);
    initiator.send(scsiCommand as unknown as PduRow, retry, data);
    const answers = initiator.take();
    expect(answers.at(0)).toMatchObject({ initiatorTaskTag: 7, status: 0 });
    expect(answers.at(-1)).toMatchObject({ initiatorTaskTag: next, status: 0 });
    expect(world.device.arrived).toEqual([7, next]);
  });

  it("[RFC7143 7.8] of a PDU that is no data discards it, and the connection goes on", () => {
    const { initiator } = begin();
    initiator.sendDamaged(nopOut as unknown as PduRow, { immediate: true }, pattern(100));
    expect(initiator.takeOne()).toMatchObject({ name: "Reject", reason });
    initiator.send(nopOut as unknown as PduRow, { immediate: true }, pattern(100));
    expect(initiator.takeOne()).toMatchObject({ name: "NOP-In", data: pattern(100) });
    expect(initiator.closed).toBe(null);
  });

  it("is nothing to a command that does not wait for the data", () => {
    const { initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 8);
    const tags = tagsOf(initiator.takeOne());
    initiator.sendDamaged(ROW, ...part({ ...tags, targetTransferTag: 999 }, 0, 512));
    initiator.sendDamaged(ROW, ...part({ ...tags, initiatorTaskTag: 99 }, 0, 512));
    expect(initiator.take().map(({ name }) => name)).toEqual(["Reject", "Reject"]);
    initiator.dataOut(...part(tags, 0, 4096));
    expect(initiator.takeOne()).toMatchObject({ status: 0 });
  });

  it("[RFC7143 7.8, 11.4.7.2] that comes again and again fails the command", () => {
    const { world, initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 8);
    for (let count = 0; count <= limits.dataRecoveriesMax; count++) {
      const tags = tagsOf(initiator.take().at(-1) as Answer);
      initiator.sendDamaged(ROW, ...part(tags, 0, 4096));
    }
    const answer = initiator.take().at(-1) as Answer;
    expect(answer).toMatchObject({ name: "SCSI Response", status: 2 });
    expect(senseOf(answer)).toBe("b/47/05");
    expect(world.device.tasks).toEqual([]);
  });

  it("is asked for without end while more and more comes", () => {
    const { initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 8);
    for (let at = 0; at < 8 * 512 - 256; at += 256) {
      const tags = tagsOf(initiator.take().at(-1) as Answer);
      initiator.dataOut(...part(tags, at, at + 256, { final: false }));
      initiator.sendDamaged(ROW, ...part(tags, at + 256, 4096, { dataSN: 1 }));
    }
    const tags = tagsOf(initiator.take().at(-1) as Answer);
    initiator.dataOut(...part(tags, 8 * 512 - 256, 4096));
    expect(initiator.takeOne()).toMatchObject({ status: 0 });
  });

  it("[RFC7143 7.8] of a header ends the connection: nobody knows where the next PDU begins", () => {
    const { world, initiator } = begin();
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, { read: true });
    bytes[48] = (bytes[48] as number) ^ 1;
    initiator.push(bytes);
    expect(initiator.closed).toBe("reset");
    expect(world.target.sessions()).toEqual([]);
  });
});
