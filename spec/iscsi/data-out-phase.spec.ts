import { limits } from "../../lib/base/limits";
import { NO_TAG } from "../../lib/iscsi/pdu";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { config } from "./config";
import {
  type Answer,
  type Initiator,
  type Keys,
  World,
  pattern,
  senseOf,
} from "./support/initiator";
import { PoisonedChunk } from "./support/poison";

const YES_NO = ["Yes", "No"];
const COMBINATIONS = YES_NO.flatMap((ImmediateData) =>
  YES_NO.flatMap((InitialR2T) =>
    [512, 1536, 65536].flatMap((first) =>
      [1, 3].map((outstanding) => ({ ImmediateData, InitialR2T, first, outstanding })),
    ),
  ),
);

/** Answers R2Ts in PDUs of `size` bytes until the command's answer comes. */
function answerR2ts(initiator: Initiator, data: Uint8Array, size = 700): Answer {
  const seen: Answer[] = [];
  for (;;) {
    seen.push(...initiator.take());
    const r2t = seen.shift() as Answer;
    if (r2t.name !== "Ready To Transfer") return r2t;
    sendBurst(initiator, r2t, data, size);
  }
}

/** Sends what one R2T asks for. */
function sendBurst(initiator: Initiator, r2t: Answer, data: Uint8Array, size = 700): void {
  const { bufferOffset, desiredDataTransferLength, initiatorTaskTag, targetTransferTag } =
    r2t as never;
  const end = bufferOffset + desiredDataTransferLength;
  let dataSN = 0;
  for (let at: number = bufferOffset; at < end; at += size, dataSN++) {
    const next = Math.min(at + size, end);
    const fields = { initiatorTaskTag, targetTransferTag, dataSN, bufferOffset: at };
    initiator.dataOut({ ...fields, final: next === end }, data.subarray(at, next));
  }
}

describe("the Data-Out phase", () => {
  it("holds no more than its size of data that comes byte by byte, and stores it", () => {
    const world = new World();
    const initiator = world.logIn({ ImmediateData: "No", MaxBurstLength: "65536" });
    const data = pattern(512 * 4);
    initiator.write(8, 4);
    const r2t = initiator.takeOne();
    const { initiatorTaskTag, targetTransferTag } = r2t as never;
    let heldMost = 0;
    data.forEach((_, at) => {
      const final = at === data.length - 1;
      const fields = { initiatorTaskTag, targetTransferTag, dataSN: at, bufferOffset: at, final };
      initiator.dataOut(fields, data.subarray(at, at + 1));
      heldMost = Math.max(heldMost, PoisonedChunk.heldCount);
    });
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Response", status: 0 });
    expect(world.device.bytes.subarray(8 * 512, 12 * 512).equals(data)).toBe(true);
    expect(heldMost).toBeLessThan(100);
    expect(PoisonedChunk.heldCount).toBe(0);
  });

  it.each(COMBINATIONS)(
    "[RFC7143 13.10, 13.11, 13.14] ImmediateData=$ImmediateData InitialR2T=$InitialR2T " +
      "FirstBurstLength=$first MaxOutstandingR2T=$outstanding stores what was sent",
    ({ ImmediateData, InitialR2T, first, outstanding }) => {
      const world = new World();
      const initiator = world.logIn({
        ImmediateData,
        InitialR2T,
        MaxBurstLength: "65536",
        FirstBurstLength: String(first),
        MaxOutstandingR2T: String(outstanding),
      });
      const data = pattern(512 * 300);
      const immediate = ImmediateData === "Yes" ? data.subarray(0, 512) : undefined;
      const left = data.length - (InitialR2T === "No" ? first : (immediate?.length ?? 0));
      const hasMore = InitialR2T === "No" && first > (immediate?.length ?? 0);
      const tag = initiator.write(8, 300, { final: !hasMore }, immediate);
      if (hasMore) {
        const at = immediate?.length ?? 0;
        const fields = { initiatorTaskTag: tag, targetTransferTag: NO_TAG, bufferOffset: at };
        expect(initiator.take()).toEqual([]);
        initiator.dataOut(fields, data.subarray(at, first));
      }
      expect(initiator.answers).toHaveLength(Math.min(outstanding, Math.ceil(left / 65536)));
      expect(answerR2ts(initiator, data)).toMatchObject({ status: 0, residualCount: 0 });
      expect(data.equals(world.device.bytes.subarray(8 * 512, 308 * 512))).toBe(true);
      expect(world.target.solicitedBytes).toBe(0);
    },
  );

  it("[RFC7143 4.2.2.4, 11.8] numbers R2Ts, and asks for no more than MaxBurstLength at a time", () => {
    const world = new World();
    const keys = { ImmediateData: "No", MaxBurstLength: "1024", MaxOutstandingR2T: "2" };
    const initiator = world.logIn({ ...keys, InitialR2T: "Yes" });
    initiator.write(0, 5, { lun: Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]) });
    const [first, second, ...rest] = initiator.take();
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ r2tSN: 0, bufferOffset: 0, desiredDataTransferLength: 1024 });
    expect(second).toMatchObject({ r2tSN: 1, bufferOffset: 1024, desiredDataTransferLength: 1024 });
    expect([...first!["lun"]]).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    sendBurst(initiator, first!, pattern(2560));
    const third = initiator.takeOne();
    expect(third).toMatchObject({ r2tSN: 2, bufferOffset: 2048, desiredDataTransferLength: 512 });
    sendBurst(initiator, second!, pattern(2560));
    sendBurst(initiator, third, pattern(2560));
    expect(initiator.takeOne()).toMatchObject({ status: 0, expDataSN: 3 });
  });

  it("[RFC7143 7.9] fails a command whose DataSN is wrong, when all its data has come", () => {
    const world = new World();
    const initiator = world.logIn({ ImmediateData: "No", InitialR2T: "Yes" });
    world.device.bytes.fill(7);
    const initiatorTaskTag = initiator.write(0, 2);
    const { targetTransferTag } = initiator.takeOne() as never;
    const fields = { initiatorTaskTag, targetTransferTag };
    initiator.dataOut({ ...fields, final: false, dataSN: 27 }, pattern(512));
    expect(initiator.take()).toEqual([]);
    initiator.dataOut({ ...fields, dataSN: 1, bufferOffset: 512 }, pattern(512));
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "SCSI Response", status: 2, initiatorTaskTag });
    expect(senseOf(answer)).toBe("b/47/05");
    expect(world.device.bytes[0]).toBe(7);
    expect(world.device.tasks).toEqual([]);
  });

  it("[RFC7143 11.4.7.2] fails a command with data that may not come unasked", () => {
    const initiator = new World().logIn({ ImmediateData: "No", InitialR2T: "Yes" });
    initiator.write(0, 1, {}, pattern(512));
    expect(senseOf(initiator.takeOne())).toBe("b/0c/0c");
  });

  it("answers a task that ended early when its unsolicited data has come", () => {
    const world = new World();
    const initiator = world.logIn({ InitialR2T: "No" });
    const initiatorTaskTag = initiator.write(5000, 4, { final: false }, pattern(512));
    expect(world.device.tasks).toHaveLength(1);
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(initiator.take()).toEqual([]);
    initiator.dataOut(
      { initiatorTaskTag, targetTransferTag: NO_TAG, bufferOffset: 512 },
      pattern(8),
    );
    expect(senseOf(initiator.takeOne())).toBe("5/21/00");
  });

  it("takes unsolicited data of a command that waits for its turn", () => {
    const world = new World();
    const initiator = world.logIn({ InitialR2T: "No" });
    const data = pattern(1024);
    const fields = { cmdSN: 101, final: false };
    const initiatorTaskTag = initiator.write(0, 2, fields, data.subarray(0, 512));
    const rest = { initiatorTaskTag, targetTransferTag: NO_TAG, bufferOffset: 512 };
    initiator.dataOut(rest, data.subarray(512));
    expect(world.device.arrived).toEqual([]);
    initiator.read(0, 1, { cmdSN: 100 });
    expect(initiator.take().map(({ status }) => status)).toEqual([0, 0]);
    expect(world.device.bytes.subarray(0, 1024)).toEqual(data);
  });

  it("fails a command whose data stays away, after timeoutsMs.dataOut without progress", () => {
    const world = new World();
    const initiator = world.logIn({ ImmediateData: "No", InitialR2T: "Yes" });
    const initiatorTaskTag = initiator.write(0, 2);
    const { targetTransferTag } = initiator.takeOne() as never;
    world.advance(2000);
    const fields = { initiatorTaskTag, targetTransferTag };
    initiator.dataOut({ ...fields, final: false }, pattern(512));
    world.advance(2999);
    expect(initiator.take()).toEqual([]);
    world.advance(1);
    expect(senseOf(initiator.takeOne())).toBe("b/4b/06");
    initiator.dataOut({ ...fields, dataSN: 1, bufferOffset: 512 }, pattern(512));
    expect(initiator.take()).toEqual([]);
    expect(initiator.closed).toBe(null);
  });

  it("[RFC7143 7.13, 11.17.1] rejects data for a Target Transfer Tag that was never given", () => {
    const initiator = new World().logIn();
    initiator.dataOut({ initiatorTaskTag: 9, targetTransferTag: 99 }, pattern(512));
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("drops data without a task: its command may have been ignored", () => {
    const initiator = new World().logIn();
    initiator.dataOut({ initiatorTaskTag: 9, targetTransferTag: NO_TAG }, pattern(512));
    expect(initiator.take()).toEqual([]);
  });

  it("solicits no more than the target has room for, and goes on as tasks end", () => {
    const world = new World();
    const initiator = world.logIn({ ImmediateData: "No", InitialR2T: "Yes" });
    world.device.isSlow = true;
    const large = { expectedDataTransferLength: 32 * 2 ** 20 };
    const tags = [initiator.write(0, 65535, large), initiator.write(0, 65535, large)];
    const asked = initiator.take();
    expect(new Set(asked.map((r2t) => r2t["initiatorTaskTag"]))).toEqual(new Set([tags[0]]));
    world.device.abort(world.device.tasks[0] as never);
    world.settle();
    expect(initiator.take()[0]).toMatchObject({ initiatorTaskTag: tags[1], bufferOffset: 0 });
    initiator.disconnect();
    expect(world.target.solicitedBytes).toBe(0);
  });
});

describe("the Data-Out phase above ErrorRecoveryLevel 0", () => {
  const DATA = pattern(4096);
  /** What the specs' dataOut timeout of 3000 ms leaves for each attempt. */
  const PATIENCE_MS = 3000 / (1 + limits.dataRecoveriesMax);

  function begin(keys: Keys = {}): { world: World; initiator: Initiator } {
    const world = new World();
    const all = { ErrorRecoveryLevel: "1", ImmediateData: "No", InitialR2T: "Yes", ...keys };
    return { world, initiator: world.logIn(all) };
  }

  it("[RFC7143 7.9, 11.8] asks again for what follows a gap in DataSN", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(0, 8);
    const { targetTransferTag } = initiator.takeOne() as never;
    const tags = { initiatorTaskTag, targetTransferTag };
    initiator.dataOut({ ...tags, final: false }, DATA.subarray(0, 1024));
    const behind = { ...tags, dataSN: 2, bufferOffset: 2048 };
    initiator.dataOut({ ...behind, final: false }, DATA.subarray(2048, 3072));
    expect(initiator.take()).toEqual([]);
    initiator.dataOut({ ...behind, dataSN: 3, bufferOffset: 3072 }, DATA.subarray(3072));
    expect(initiator.answers).toMatchObject([
      { r2tSN: 1, bufferOffset: 1024, desiredDataTransferLength: 3072 },
    ]);
    expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0, expDataSN: 2 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
    expect(PoisonedChunk.heldCount).toBe(0);
  });

  it("[RFC7143 7.9] asks again when the data was unsolicited", () => {
    const { world, initiator } = begin({ InitialR2T: "No" });
    const initiatorTaskTag = initiator.write(0, 8, { final: false });
    const tags = { initiatorTaskTag, targetTransferTag: NO_TAG };
    initiator.dataOut({ ...tags, dataSN: 1, bufferOffset: 512 }, DATA.subarray(512));
    expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0, expDataSN: 1 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it("drops what comes for an R2T that another one has replaced", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(0, 8);
    const { targetTransferTag } = initiator.takeOne() as never;
    const tags = { initiatorTaskTag, targetTransferTag };
    initiator.dataOut({ ...tags, dataSN: 1, bufferOffset: 512 }, DATA.subarray(512));
    initiator.dataOut({ ...tags, final: false }, pattern(512, 9));
    expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it("[RFC7143 11.4.7.2, 11.7.6] still fails a command whose data is at the wrong place", () => {
    const { initiator } = begin();
    const initiatorTaskTag = initiator.write(0, 8);
    const { targetTransferTag } = initiator.takeOne() as never;
    initiator.dataOut({ initiatorTaskTag, targetTransferTag, bufferOffset: 4 }, DATA);
    expect(senseOf(initiator.takeOne())).toBe("b/47/05");
  });

  it("[RFC7143 7.9] sends an R2T again for which nothing comes, and gives up in the end", () => {
    const { world, initiator } = begin();
    initiator.write(0, 8);
    const r2t = initiator.takeOne();
    for (let count = 0; count < limits.dataRecoveriesMax; count++) {
      world.advance(PATIENCE_MS - 1);
      expect(initiator.take()).toEqual([]);
      world.advance(1);
      expect(initiator.takeOne()).toEqual(r2t);
    }
    world.advance(PATIENCE_MS);
    expect(senseOf(initiator.takeOne())).toBe("b/4b/06");
    expect(world.nowMs).toBe(3000);
    expect(world.device.tasks).toEqual([]);
  });

  it("takes the data of an R2T that was sent again once", () => {
    const { world, initiator } = begin();
    initiator.write(0, 8);
    world.advance(PATIENCE_MS);
    const [first, again] = initiator.take();
    expect(again).toEqual(first);
    sendBurst(initiator, first as Answer, DATA);
    expect(initiator.takeOne()).toMatchObject({ status: 0, expDataSN: 1 });
    sendBurst(initiator, again as Answer, DATA);
    expect(initiator.take()).toEqual([]);
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it("[RFC7143 7.1.4.1] asks by a new R2T for the rest of a sequence that has no end", () => {
    const { world, initiator } = begin();
    const initiatorTaskTag = initiator.write(0, 8);
    const { targetTransferTag } = initiator.takeOne() as never;
    const tags = { initiatorTaskTag, targetTransferTag };
    initiator.dataOut({ ...tags, final: false }, DATA.subarray(0, 512));
    world.advance(PATIENCE_MS);
    expect(initiator.answers).toMatchObject([{ r2tSN: 1, bufferOffset: 512 }]);
    expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });

  it.each(["its end does not come", "its end has a wrong DataSN"])(
    "[RFC7143 7.9] has nothing to ask again of a sequence that is whole, but that %s",
    (what) => {
      const { world, initiator } = begin({ MaxBurstLength: "2048" });
      const initiatorTaskTag = initiator.write(0, 8);
      const { targetTransferTag } = initiator.takeOne() as never;
      const tags = { initiatorTaskTag, targetTransferTag };
      initiator.dataOut({ ...tags, final: false }, DATA.subarray(0, 2048));
      if (what === "its end does not come") world.advance(PATIENCE_MS);
      else initiator.dataOut({ ...tags, dataSN: 2, bufferOffset: 2048 }, Buffer.alloc(0));
      expect(initiator.answers).toMatchObject([{ r2tSN: 1, bufferOffset: 2048 }]);
      expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0 });
      expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
    },
  );

  it("[RFC7143 7.1.4.1] asks by R2T for unsolicited data that has no end", () => {
    const { world, initiator } = begin({ InitialR2T: "No" });
    initiator.write(0, 8, { final: false });
    world.advance(PATIENCE_MS);
    expect(initiator.answers).toMatchObject([{ r2tSN: 0, bufferOffset: 0 }]);
    expect(answerR2ts(initiator, DATA)).toMatchObject({ status: 0 });
    expect(DATA.equals(world.device.bytes.subarray(0, 4096))).toBe(true);
  });
});

describe("Data-Out in any order", () => {
  it("[RFC7143 13.18, 13.19] is written to its place, and no buffer is kept for it", () => {
    const negotiation = {
      ...config.negotiation,
      ...{ dataPduInOrder: false, dataSequenceInOrder: false, errorRecoveryLevel: 0 },
    };
    const world = new World({ negotiation });
    const order = { DataPDUInOrder: "No", DataSequenceInOrder: "No", MaxOutstandingR2T: "4" };
    const keys = { ImmediateData: "No", InitialR2T: "Yes", MaxBurstLength: "1024", ...order };
    const initiator = world.logIn(keys);
    const initiatorTaskTag = initiator.write(1, 6);
    const data = pattern(6 * 512);
    for (const { targetTransferTag, bufferOffset } of initiator.take().reverse()) {
      [bufferOffset + 512, bufferOffset].forEach((at: number, dataSN) => {
        const fields = { initiatorTaskTag, targetTransferTag, bufferOffset: at, dataSN };
        initiator.dataOut({ ...fields, final: dataSN === 1 }, data.subarray(at, at + 512));
      });
    }
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Response", status: 0 });
    expect(world.device.bytes.subarray(512, 7 * 512)).toEqual(data);
  });
});
