import {
  encodeSense,
  receiveCopyFailureDetailsLid1,
  receiveCopyOperatingParameters,
  reserve6,
} from "node-scsi-cdb";
import { limits } from "../../../lib/base/limits";
import { makeNexus } from "../support/bench";
import { CopyBench, blocks, listOf, target } from "../support/copy-bench";

const UNKNOWN = "5/24/00 cdb 2.7";

function list(listIdentifier: number, blockCount: number, sourceLba = 0): Buffer {
  const segment = blocks({ destination: 1, blockCount, sourceLba });
  const first = blocks({ destination: 1, blockCount: 1 });
  return listOf([target(0), target(1)], [first, segment], { listIdentifier });
}

function details(bench: CopyBench, listIdentifier: number, allocationLength = 512): string {
  const cdb = receiveCopyFailureDetailsLid1.encode({ listIdentifier, allocationLength });
  const { text, data } = bench.check(cdb);
  return text ?? data.toString("hex");
}

describe("RECEIVE COPY STATUS (LID1)", () => {
  it("[SPC-4 6.25] tells how far a copy is while it goes on", () => {
    const bench = new CopyBench();
    const task = bench.begin(list(7, 5000));
    expect(bench.status(7)).toBe("00" + "0001" + "00" + "00000000");
    for (let jobs = 0; jobs < 4; jobs++) bench.step();
    // One block of the first segment, and a portion of the second.
    expect(bench.status(7)).toBe("00" + "0002" + "00" + "00100200");
    bench.completions.run();
    expect(bench.outcomeOf(task).status).toBe(0);
  });

  it("ReceiveCopyResults.CopyStatus: tells once that one has ended", () => {
    const bench = new CopyBench();
    expect(bench.status(7)).toBe(UNKNOWN);
    bench.copy(list(7, 3));
    expect(bench.status(7)).toBe("01" + "0002" + "00" + "00000800");
    expect(bench.status(7)).toBe(UNKNOWN);
  });

  it("counts in kibibytes what 32 bits do not hold in bytes", () => {
    const bench = new CopyBench();
    bench.begin(list(7, 1));
    const operation = bench.unit(0).copies.find(bench.begin(list(8, 1)), 7);
    if (operation === null) throw new Error("the copy is known");
    operation.bytesWritten = 2 ** 32 - 1;
    expect(bench.status(7)).toMatch(/00ffffffff$/);
    operation.bytesWritten = 2 ** 32;
    expect(bench.status(7)).toMatch(/0100400000$/);
  });

  it("is of the nexus that the copy came by, and not of the others", () => {
    const bench = new CopyBench();
    const other = bench.logIn(makeNexus("b"));
    bench.copy(list(7, 1));
    expect(bench.status(7, other)).toBe(UNKNOWN);
    expect(bench.status(7)).toMatch(/^01/);
  });

  it("[SPC-4 5.17.4.2] a list identifier that is in use is refused until the copy has ended", () => {
    const bench = new CopyBench();
    bench.begin(list(7, 5000));
    const second = bench.begin(list(7, 1));
    expect(bench.outcomeOf(second).text).toBe("5/00/16");
    bench.completions.run();
    expect(bench.copy(list(7, 1)).status).toBe(0);
  });

  it("copies with list identifiers have their bound", () => {
    const bench = new CopyBench();
    const task = bench.begin(list(0, 5000));
    for (let id = 1; id < limits.copyOperationsMax; id++) {
      bench.unit(0).copies.begin(task, id);
    }
    expect(bench.outcomeOf(bench.begin(list(200, 1))).text).toBe("5/55/03");
  });

  it("tells of a copy that was aborted that it ended with errors", () => {
    const bench = new CopyBench();
    const task = bench.begin(list(7, 5000));
    const request = { function: "abort-task", nexus: bench.nexus, lun: 0 } as const;
    bench.target.taskManagementReceived({ ...request, referencedTag: task.tag, onDone: () => {} });
    bench.completions.run();
    expect(bench.status(7)).toMatch(/^02/);
    expect(details(bench, 7)).toBe("00000038" + "00".repeat(52) + "40" + "00" + "0000");
  });
});

describe("RECEIVE COPY FAILURE DETAILS (LID1)", () => {
  it("[SPC-4 6.23] has the status and the sense of the copy, once", () => {
    const bench = new CopyBench();
    const { sense } = bench.copy(list(7, 1, 1 << 20));
    if (sense === null) throw new Error("the copy fails");
    const data = Buffer.from(encodeSense(sense, "fixed")).toString("hex");
    expect(bench.status(7)).toMatch(/^02/);
    // Cut short it has not been told.
    expect(details(bench, 7, 60)).toHaveLength(120);
    expect(details(bench, 7)).toBe("0000004a" + "00".repeat(52) + "02" + "00" + "0012" + data);
    expect(details(bench, 7)).toBe(UNKNOWN);
  });

  it("[SPC-4 6.23] is discarded by an allocation length of 0", () => {
    const bench = new CopyBench();
    bench.copy(list(7, 1, 1 << 20));
    expect(details(bench, 7, 0)).toBe("");
    expect(details(bench, 7)).toBe("00000000");
    expect(bench.status(7)).toMatch(/^02/);
  });

  it("has nothing of a copy that went well, and is refused for one under way", () => {
    const bench = new CopyBench();
    bench.begin(list(7, 5000));
    const cdb = receiveCopyFailureDetailsLid1.encode({ listIdentifier: 7, allocationLength: 99 });
    expect(bench.outcomeOf(bench.send(cdb)).text).toBe(UNKNOWN);
    bench.completions.run();
    expect(details(bench, 7)).toBe("00000000");
    expect(details(bench, 8)).toBe(UNKNOWN);
  });
});

describe("RECEIVE COPY OPERATING PARAMETERS", () => {
  it("[SPC-4 6.22] ReceiveCopyResults.OpParams: what one copy may have, and which descriptors", () => {
    const cdb = receiveCopyOperatingParameters.encode({ allocationLength: 512 });
    const { data } = new CopyBench().check(cdb);
    expect(data.toString("hex")).toBe(
      ["0000002b", "01000000", "0010" + "0040", "00000a00", "10000000"].join("") +
        ["00".repeat(14), "0800" + "40" + "000000", "000000" + "03" + "020ae4"].join(""),
    );
  });

  it("[SPC-4 table 66] is refused while another nexus holds the unit reserved", () => {
    const bench = new CopyBench();
    bench.check(reserve6.encode({}), { nexus: bench.logIn(makeNexus("b")) });
    const cdb = receiveCopyOperatingParameters.encode({ allocationLength: 512 });
    expect(bench.check(cdb).status).toBe(0x18);
  });
});
