import { limits } from "../../lib/base/limits";
import { scsiResponse } from "../../lib/iscsi/pdus/scsi-command";
import { SentDataIn } from "../../lib/iscsi/sent-data-in";
import { Transfer } from "../../lib/iscsi/transfer";
import { KeptBytes, Unacknowledged } from "../../lib/iscsi/unacknowledged";
import { Task } from "../../lib/scsi/task";

const MIB = 1024 * 1024;
const nexus = { id: 1, name: "", initiatorName: "", initiatorPort: "", relativeTargetPort: 1 };

/** Data of a read, all of it sent or less; `releases` tells how its buffer was given back. */
function dataOf(length: number, releases: string[], sent = length): SentDataIn {
  const bhs = Buffer.alloc(48);
  const fields = {
    connection: null as never,
    bhs,
    isImmediate: false,
    expectedLength: length,
    dataOut: null,
    refusal: null,
    bidirectionalReadLength: 0,
  };
  const task = new Task({
    ...{ nexus, lun: 0, tag: 1, attribute: "simple", cdb: Buffer.alloc(16) },
    ...{ dataInMax: length, dataOutMax: 0, transport: new Transfer(fields) },
  });
  task.dataIn = [Buffer.alloc(length)];
  task.release = (how) => releases.push(how);
  return new SentDataIn(task, {
    length: sent,
    targetTransferTag: 5,
    segmentMax: MIB,
    burstMax: MIB,
  });
}

/** Something that begins at StatSN `statSN`. */
function begin(statSN: number, bytes = new KeptBytes()): Unacknowledged {
  return new Unacknowledged({ statSN, bytes });
}

function keep(unacknowledged: Unacknowledged, dataIn: SentDataIn | null = null): number {
  const statSN = unacknowledged.end;
  const bhs = scsiResponse.encode({ initiatorTaskTag: statSN });
  unacknowledged.keep({ statSN, bhs, data: [], dataLength: 0, dataIn });
  return statSN;
}

describe("what is not acknowledged", () => {
  it("[RFC7143 4.2.2.2] is kept until ExpStatSN is behind it, also where StatSN wraps", () => {
    const unacknowledged = begin(0xfffffffe);
    const statSNs = [keep(unacknowledged), keep(unacknowledged), keep(unacknowledged)];
    expect(statSNs).toEqual([0xfffffffe, 0xffffffff, 0]);
    unacknowledged.acknowledge(0);
    expect(statSNs.map((statSN) => unacknowledged.ofStatSN(statSN)?.statSN)).toEqual([
      undefined,
      undefined,
      0,
    ]);
    expect(unacknowledged).toMatchObject({ begin: 0, end: 1, isComplete: true });
  });

  it("stays when ExpStatSN goes back, or is one that cannot be", () => {
    const unacknowledged = begin(10);
    const statSN = keep(unacknowledged);
    for (const expStatSN of [9, 10, 12, 10 + 2 ** 30]) unacknowledged.acknowledge(expStatSN);
    expect(unacknowledged.ofStatSN(statSN)?.statSN).toBe(10);
    unacknowledged.acknowledge(11);
    expect(unacknowledged.ofStatSN(statSN)).toBe(undefined);
  });

  it("is found by the tag of its command, the last one that had it", () => {
    const unacknowledged = begin(1);
    const bhs = scsiResponse.encode({ initiatorTaskTag: 7 });
    for (const statSN of [1, 2]) {
      unacknowledged.keep({ statSN, bhs, data: [], dataLength: 0, dataIn: null });
    }
    expect(unacknowledged.ofCommand(7)?.statSN).toBe(2);
    expect(unacknowledged.ofCommand(8)).toBe(undefined);
  });

  it("holds no more statuses than the limit: the oldest are forgotten", () => {
    const unacknowledged = begin(1);
    for (let count = 0; count <= limits.keptStatusesMax; count++) keep(unacknowledged);
    expect(unacknowledged.isComplete).toBe(false);
    expect(unacknowledged.ofStatSN(1)).toBe(undefined);
    expect(unacknowledged.ofStatSN(2)?.statSN).toBe(2);
    unacknowledged.acknowledge(2);
    expect(unacknowledged.isComplete).toBe(true);
  });

  it("holds no more bytes than the limit: the oldest are forgotten", () => {
    const bytes = new KeptBytes();
    const unacknowledged = begin(1, bytes);
    const releases: string[] = [];
    const half = limits.keptBytesMax / 2;
    for (let count = 0; count < 3; count++) keep(unacknowledged, dataOf(half, releases));
    expect(bytes.count).toBe(limits.keptBytesMax);
    expect(releases).toEqual(["sent"]);
    expect(unacknowledged.ofStatSN(1)).toBe(undefined);
    unacknowledged.acknowledge(4);
    expect(bytes.count).toBe(0);
    expect(releases).toEqual(["sent", "sent", "sent"]);
  });

  it("takes no room from others: what does not fit beside theirs is not kept", () => {
    const bytes = new KeptBytes();
    const releases: string[] = [];
    const other = begin(1, bytes);
    keep(other, dataOf(limits.keptBytesMax, releases));
    const unacknowledged = begin(1, bytes);
    const statSN = keep(unacknowledged, dataOf(1, releases));
    expect(releases).toEqual(["sent"]);
    expect(unacknowledged.ofStatSN(statSN)).toBe(undefined);
    expect(other.ofStatSN(1)?.statSN).toBe(1);
  });

  it("goes when the session ends", () => {
    const bytes = new KeptBytes();
    const releases: string[] = [];
    const unacknowledged = begin(1, bytes);
    keep(unacknowledged, dataOf(100, releases));
    unacknowledged.clear();
    expect(bytes.count).toBe(0);
    expect(releases).toEqual(["sent"]);
  });

  it("is stuck when nothing is acknowledged from one look to the next", () => {
    const unacknowledged = begin(1);
    expect([unacknowledged.isStuck(), unacknowledged.isStuck()]).toEqual([false, false]);
    keep(unacknowledged);
    keep(unacknowledged);
    expect([unacknowledged.isStuck(), unacknowledged.isStuck()]).toEqual([false, true]);
    unacknowledged.acknowledge(2);
    expect([unacknowledged.isStuck(), unacknowledged.isStuck()]).toEqual([false, true]);
    unacknowledged.acknowledge(3);
    expect(unacknowledged.isStuck()).toBe(false);
  });
});

describe("Data-In that is kept", () => {
  it("counts as much as its buffer, however little of that is sent", () => {
    const bytes = new KeptBytes();
    const unacknowledged = begin(1, bytes);
    keep(unacknowledged, dataOf(100, []));
    expect(bytes.count).toBe(4096);
    keep(unacknowledged, dataOf(4097, [], 1));
    expect(bytes.count).toBe(4096 + 8192);
    unacknowledged.clear();
    expect(bytes.count).toBe(0);
  });

  it("gives its buffer back when nothing of it is on its way and nobody keeps it", () => {
    const releases: string[] = [];
    const dataIn = dataOf(100, releases);
    const [first, second] = [dataIn.hold(), dataIn.hold()];
    first("sent");
    dataIn.letGo("sent");
    expect(releases).toEqual([]);
    second("dropped");
    expect(releases).toEqual(["dropped"]);
  });

  it("[RFC7143 11.7] is cut at segments of whole words and at bursts", () => {
    const dataIn = dataOf(3 * MIB, []);
    expect([dataIn.first, dataIn.end]).toEqual([0, 3]);
    dataIn.acknowledge(1);
    dataIn.cut(700_002);
    const cuts = dataIn.segments(1, dataIn.end - 1).map(({ start, end, final }) => ({
      length: end - start,
      final,
    }));
    const rest = MIB - 700_000;
    expect(cuts).toEqual([
      { length: 700_000, final: false },
      { length: rest, final: true },
      { length: 700_000, final: false },
      { length: rest, final: true },
    ]);
  });
});
