import { limits } from "../../lib/base/limits";
import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { SnackType } from "../../lib/iscsi/pdus/snack";
import {
  type Answer,
  type Initiator,
  type Keys,
  World,
  pattern,
  senseOf,
} from "./support/initiator";

const DATA = pattern(12 * 512);
const TAGGED = { initiatorTaskTag: 7 };

/** A session of ErrorRecoveryLevel 1 whose disk holds DATA. */
function begin(keys: Keys = {}): { world: World; initiator: Initiator } {
  const world = new World();
  world.device.isLending = true;
  world.device.bytes.set(DATA);
  const lengths = { MaxRecvDataSegmentLength: "1024", MaxBurstLength: "2048" };
  const initiator = world.logIn({ ErrorRecoveryLevel: "1", ...lengths, ...keys });
  initiator.isStrict = false;
  return { world, initiator };
}

/** Reads twelve blocks: six Data-In PDUs in bursts of two, and the response. */
function readAll(initiator: Initiator): { segments: Answer[]; response: Answer } {
  initiator.read(0, 12, TAGGED);
  const answers = initiator.take();
  expect(answers.map(({ name }) => name)).toEqual([
    ...Array<string>(6).fill("SCSI Data-In"),
    "SCSI Response",
  ]);
  return { segments: answers.slice(0, 6), response: answers[6] as Answer };
}

/** Acknowledges all statuses before `expStatSN`. */
function acknowledge(initiator: Initiator, expStatSN: number): void {
  const fields = { immediate: true, initiatorTaskTag: NO_TAG, expStatSN };
  initiator.send(nopOut as unknown as PduRow, fields);
}

function redeclare(initiator: Initiator, length: number): void {
  initiator.text({}, Buffer.from(`MaxRecvDataSegmentLength=${length}\0`));
  expect(initiator.takeOne()).toMatchObject({ name: "Text Response" });
}

const numbersOf = (answers: readonly Answer[]): unknown[] =>
  answers.map((answer) => (answer.name === "SCSI Data-In" ? answer["dataSN"] : answer.name));

describe("a Data SNACK", () => {
  it.each([
    { what: "one", run: { begRun: 2, runLength: 1 }, numbers: [2] },
    { what: "some", run: { begRun: 0, runLength: 3 }, numbers: [0, 1, 2] },
    { what: "all from one on", run: { begRun: 4, runLength: 0 }, numbers: [4, 5] },
    { what: "all", run: { begRun: 0, runLength: 0 }, numbers: [0, 1, 2, 3, 4, 5] },
  ])("[RFC7143 11.16] gets exact replicas of Data-In PDUs: $what", ({ run, numbers }) => {
    const { initiator } = begin();
    const { segments } = readAll(initiator);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, ...run });
    expect(initiator.take()).toEqual(segments.filter((_, dataSN) => numbers.includes(dataSN)));
  });

  it("[RFC7143 11.16] gets the ExpCmdSN and MaxCmdSN of now", () => {
    const { initiator } = begin();
    const { segments } = readAll(initiator);
    initiator.write(20, 1, {}, pattern(512));
    const { expCmdSN, maxCmdSN } = initiator.takeOne() as never;
    expect(expCmdSN).toBe(segments[0]?.["expCmdSN"] + 1);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.takeOne()).toEqual({ ...segments[0], expCmdSN, maxCmdSN });
  });

  it("[RFC7143 11.16] gets the data that was sent, whatever stands on the disk now", () => {
    const { initiator, world } = begin();
    const { segments } = readAll(initiator);
    world.device.bytes.fill(0);
    initiator.read(0, 12);
    initiator.take();
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 1, runLength: 1 });
    expect(initiator.takeOne().data).toEqual(segments[1]?.data);
  });

  it.each([
    { what: "past the end", fields: { ...TAGGED, begRun: 6, runLength: 1 }, dataSN: 6 },
    { what: "over the end", fields: { ...TAGGED, begRun: 5, runLength: 2 }, dataSN: 6 },
    { what: "all from behind the end on", fields: { ...TAGGED, begRun: 6 }, dataSN: 6 },
    { what: "more than can be", fields: { ...TAGGED, runLength: 0xffffffff }, dataSN: 6 },
    { what: "of no command", fields: { initiatorTaskTag: 99, begRun: 0 }, dataSN: 0 },
  ])(
    "[RFC7143 11.16, 11.17.2] is rejected with the next DataSN for what was not sent: $what",
    ({ fields, dataSN }) => {
      const { initiator } = begin();
      readAll(initiator);
      initiator.snack(SnackType.DATA_OR_R2T, fields);
      const reason = RejectReason.PROTOCOL_ERROR;
      expect(initiator.takeOne()).toMatchObject({ name: "Reject", reason, dataSN });
      expect(initiator.closed).toBe(null);
    },
  );

  it("[RFC7143 11.16] is rejected when the status is acknowledged", () => {
    const { initiator } = begin();
    const { response } = readAll(initiator);
    acknowledge(initiator, response["statSN"] + 1);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
  });

  it("[RFC7143 11.16.5] has no Target Transfer Tag", () => {
    const { initiator } = begin();
    readAll(initiator);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, targetTransferTag: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("[RFC7143 11.16.3] is rejected where MaxRecvDataSegmentLength has changed", () => {
    const { initiator } = begin();
    readAll(initiator);
    redeclare(initiator, 512);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
  });

  it("finds nothing to send again for a command that is not done", () => {
    const { initiator, world } = begin();
    world.device.isSlow = true;
    initiator.read(0, 12, TAGGED);
    initiator.snack(SnackType.DATA_OR_R2T, TAGGED);
    expect(initiator.take()).toEqual([]);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR, dataSN: 0 });
  });
});

describe("an R2T SNACK", () => {
  it("[RFC7143 11.16] gets the replica of the R2T, with the StatSN of now", () => {
    const { initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 4, TAGGED);
    const r2t = initiator.takeOne();
    initiator.read(0, 1);
    initiator.take();
    for (const run of [{ begRun: 0, runLength: 1 }, {}]) {
      initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, ...run });
      const { statSN, expCmdSN, maxCmdSN } = r2t as never;
      const now = { statSN: statSN + 1, expCmdSN: expCmdSN + 1, maxCmdSN: maxCmdSN + 1 };
      expect(initiator.takeOne()).toEqual({ ...r2t, ...now });
    }
  });

  it("[RFC7143 11.16] is rejected for an R2T that was not sent, or is fulfilled", () => {
    const { initiator } = begin({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 6, TAGGED);
    const { targetTransferTag } = initiator.takeOne() as never;
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 1, runLength: 1 });
    const reason = RejectReason.PROTOCOL_ERROR;
    expect(initiator.takeOne()).toMatchObject({ reason, dataSN: 1 });
    initiator.dataOut({ ...TAGGED, targetTransferTag }, DATA.subarray(0, 2048));
    expect(initiator.takeOne()).toMatchObject({ r2tSN: 1 });
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason, dataSN: 2 });
  });
});

describe("a Status SNACK", () => {
  it("[RFC7143 11.16] gets exact replicas of the numbered responses, whatever they are", () => {
    const { initiator } = begin();
    initiator.read(5000, 1);
    initiator.send(nopOut as unknown as PduRow, {}, pattern(100));
    initiator.manage(5);
    initiator.text({}, Buffer.from("X-key=1\0"));
    initiator.snack(SnackType.DATA_OR_R2T, TAGGED);
    const answers = initiator.take();
    expect(answers.map(({ name }) => name)).toEqual([
      "SCSI Response",
      "NOP-In",
      "Task Management Function Response",
      "Text Response",
      "Reject",
    ]);
    const { expCmdSN, maxCmdSN } = answers.at(-1) as never;
    const replicas = answers.map((answer) => ({ ...answer, expCmdSN, maxCmdSN }));
    const begRun = answers[0]?.["statSN"] as number;
    initiator.snack(SnackType.STATUS, { begRun, runLength: 5 });
    expect(initiator.take()).toEqual(replicas);
    initiator.snack(SnackType.STATUS, { begRun: begRun + 1, runLength: 1 });
    expect(initiator.take()).toEqual(replicas.slice(1, 2));
    initiator.snack(SnackType.STATUS, { begRun: begRun + 3, runLength: 0 });
    expect(initiator.take()).toEqual(replicas.slice(3));
    expect(senseOf(answers[0] as Answer)).toBe("5/21/00");
  });

  it("[RFC7143 11.16] without a run gets all that is not acknowledged", () => {
    const { initiator } = begin();
    const tags = [initiator.write(0, 1, {}, DATA.subarray(0, 512)), initiator.read(0, 1)];
    const [first] = initiator.take();
    acknowledge(initiator, first?.["statSN"] + 1);
    initiator.snack(SnackType.STATUS);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "SCSI Response", initiatorTaskTag: tags[1] });
    acknowledge(initiator, answer["statSN"] + 1);
    initiator.snack(SnackType.STATUS);
    expect(initiator.take()).toEqual([]);
  });

  it("[RFC7143 11.16] is rejected for what is acknowledged or not sent", () => {
    const { initiator } = begin();
    const { response } = readAll(initiator);
    const { statSN } = response as never;
    acknowledge(initiator, statSN + 1);
    for (const begRun of [statSN, statSN + 100]) {
      initiator.snack(SnackType.STATUS, { begRun, runLength: 1 });
      expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    }
  });

  it("[RFC7143 11.16.4, 11.16.5] has no tags", () => {
    const { initiator } = begin();
    readAll(initiator);
    for (const fields of [TAGGED, { targetTransferTag: 1 }]) {
      initiator.snack(SnackType.STATUS, fields);
      expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
    }
  });
});

describe("a DataACK", () => {
  it("[RFC7143 11.7.2, 11.7.4] is asked for at most once in MaxBurstLength bytes", () => {
    const { initiator } = begin();
    initiator.read(0, 12, { lun: Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]) });
    const segments = initiator.take().slice(0, 6);
    // The last burst is acknowledged with its status.
    const asked = segments.filter(({ acknowledge }) => acknowledge);
    expect(asked.map(({ dataSN, final }) => ({ dataSN, final }))).toEqual([
      { dataSN: 1, final: true },
      { dataSN: 3, final: true },
    ]);
    for (const { lun, targetTransferTag } of asked) {
      expect(targetTransferTag).not.toBe(NO_TAG);
      expect([...lun]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    }
  });

  it("[RFC7143 11.7.2] is not asked for at ErrorRecoveryLevel 0", () => {
    const { initiator } = begin({ ErrorRecoveryLevel: "0" });
    initiator.read(0, 12);
    const answers = initiator.take();
    expect(answers.some(({ acknowledge }) => acknowledge)).toBe(false);
    expect(answers.at(-1)).toMatchObject({ name: "SCSI Data-In", hasStatus: true });
  });

  it("[RFC7143 11.16.2] ends what may be asked for again", () => {
    const { initiator } = begin();
    const { segments } = readAll(initiator);
    const { targetTransferTag, lun } = segments[3] as never;
    initiator.snack(SnackType.DATA_ACK, { targetTransferTag, lun, begRun: 4 });
    expect(initiator.take()).toEqual([]);
    initiator.snack(SnackType.DATA_OR_R2T, TAGGED);
    expect(numbersOf(initiator.take())).toEqual([4, 5]);
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 3, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR, dataSN: 6 });
  });

  it.each([
    { what: "of another transfer", fields: { targetTransferTag: 0x1234 } },
    { what: "of another unit", fields: { lun: Buffer.alloc(8, 1) } },
    { what: "of more than was sent", fields: { begRun: 7 } },
    { what: "of less than before", fields: { begRun: 1 } },
  ])("[RFC7143 11.17.1] is rejected as invalid: $what", ({ fields }) => {
    const { initiator } = begin();
    const { targetTransferTag, lun } = readAll(initiator).segments[1] as never;
    const right = { targetTransferTag, lun, begRun: 2 };
    initiator.snack(SnackType.DATA_ACK, right);
    initiator.snack(SnackType.DATA_ACK, { ...right, ...fields });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_DATA_ACK });
  });

  it("[RFC7143 11.16.4, 11.16.7] has no Initiator Task Tag and no RunLength", () => {
    const { initiator } = begin();
    const { targetTransferTag, lun } = readAll(initiator).segments[1] as never;
    for (const wrong of [TAGGED, { runLength: 1 }]) {
      initiator.snack(SnackType.DATA_ACK, { targetTransferTag, lun, begRun: 2, ...wrong });
      expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
    }
  });
});

describe("an R-Data SNACK", () => {
  const RESEGMENT = { ...TAGGED, targetTransferTag: 0xabc };

  it("[RFC7143 11.16.3] gets all data cut anew, and the response with its SNACK Tag", () => {
    const { initiator } = begin();
    const { response } = readAll(initiator);
    redeclare(initiator, 512);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    const answers = initiator.take();
    expect(numbersOf(answers)).toEqual([...Array(12).keys(), "SCSI Response"]);
    expect(Buffer.concat(answers.slice(0, 12).map(({ data }) => data))).toEqual(DATA);
    expect(answers.every(({ data }) => data.length <= 512)).toBe(true);
    const { statSN } = response as never;
    expect(answers[12]).toMatchObject({ statSN, snackTag: 0xabc, expDataSN: 12, status: 0 });
  });

  it("[RFC7143 11.16.3] gets data from the last DataACK on", () => {
    const { initiator } = begin();
    const { targetTransferTag, lun } = readAll(initiator).segments[1] as never;
    initiator.snack(SnackType.DATA_ACK, { targetTransferTag, lun, begRun: 2 });
    redeclare(initiator, 2048);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    const answers = initiator.take();
    expect(numbersOf(answers)).toEqual([2, 3, "SCSI Response"]);
    expect(answers.slice(0, 2).map(({ bufferOffset }) => bufferOffset as number)).toEqual([
      2048, 4096,
    ]);
    expect(Buffer.concat(answers.map(({ data }) => data))).toEqual(DATA.subarray(2048));
    expect(answers[2]).toMatchObject({ expDataSN: 4 });
  });

  it("[RFC7143 11.16.3] changes what a Status SNACK gets", () => {
    const { initiator } = begin();
    const { statSN } = readAll(initiator).response as never;
    redeclare(initiator, 512);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    initiator.snack(SnackType.R_DATA, { ...RESEGMENT, targetTransferTag: 0xabd });
    initiator.take();
    initiator.snack(SnackType.STATUS, { begRun: statSN, runLength: 1 });
    expect(initiator.takeOne()).toMatchObject({ statSN, snackTag: 0xabd, expDataSN: 12 });
  });

  it("[RFC7143 11.16.3] of a command without data gets its response", () => {
    const { initiator } = begin();
    initiator.read(5000, 1, TAGGED);
    const response = initiator.takeOne();
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    expect(initiator.takeOne()).toEqual({ ...response, snackTag: 0xabc });
  });

  it.each([
    { what: "SNACK Tag 0", fields: { targetTransferTag: 0 } },
    { what: "no SNACK Tag", fields: { targetTransferTag: NO_TAG } },
    { what: "a BegRun", fields: { begRun: 1 } },
    { what: "a RunLength", fields: { runLength: 1 } },
    { what: "the SNACK Tag of the one before", fields: {} },
  ])("[RFC7143 11.16.5, 11.16.6, 11.16.7] is rejected with $what", ({ fields }) => {
    const { initiator } = begin();
    readAll(initiator);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    initiator.take();
    initiator.snack(SnackType.R_DATA, { ...RESEGMENT, ...fields });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("[RFC7143 11.16] is rejected when no data was sent or its status is acknowledged", () => {
    const { initiator, world } = begin();
    world.device.isSlow = true;
    initiator.read(0, 12, TAGGED);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    acknowledge(initiator, initiator.take().at(-1)?.["statSN"] + 1);
    initiator.snack(SnackType.R_DATA, RESEGMENT);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
  });
});

describe("any SNACK", () => {
  it("[RFC7143 11.16.1] of a reserved type is rejected", () => {
    const { initiator } = begin();
    initiator.snack(4);
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("[RFC7143 11.17.1] gets SNACK Reject for what there was no room to keep", () => {
    const { initiator } = begin();
    const { segments, response } = readAll(initiator);
    for (let count = 0; count < limits.keptStatusesMax; count++) initiator.read(5000, 1);
    initiator.take();
    const { statSN } = response as never;
    initiator.snack(SnackType.STATUS, { begRun: statSN, runLength: 1 });
    initiator.snack(SnackType.DATA_OR_R2T, { ...TAGGED, begRun: 0, runLength: 1 });
    expect(initiator.take().map(({ reason }) => reason as number)).toEqual([
      RejectReason.SNACK_REJECT,
      RejectReason.SNACK_REJECT,
    ]);
    const { targetTransferTag, lun } = segments[1] as never;
    initiator.snack(SnackType.DATA_ACK, { targetTransferTag, lun, begRun: 2 });
    expect(initiator.take()).toEqual([]);
  });
});
