import { Job, type JobOp, type JobStatus } from "../../lib/block/job";
import { senseOfJob } from "../../lib/scsi/job-sense";

function senseOf(op: JobOp, status: Exclude<JobStatus, "ok">, blockCount = 8): string {
  const job = new Job({ op, lba: 77, blockCount, onDone: () => {} });
  const { code, information } = senseOfJob(job, status);
  return `${code.key.toString(16)} ${code.text}${information === undefined ? "" : ` at ${information}`}`;
}

describe("a job that did not end well", () => {
  it.each<[JobOp, Exclude<JobStatus, "ok">, string]>([
    ["read", "medium-error", "3 UNRECOVERED READ ERROR"],
    ["write", "medium-error", "3 WRITE ERROR"],
    ["write-same", "medium-error", "3 WRITE ERROR"],
    ["flush", "medium-error", "3 WRITE ERROR"],
    ["write", "no-space", "7 SPACE ALLOCATION FAILED WRITE PROTECT"],
    ["read", "not-ready", "2 LOGICAL UNIT IS IN PROCESS OF BECOMING READY"],
    ["write", "deciding", "2 LOGICAL UNIT NOT ACCESSIBLE, ASYMMETRIC ACCESS STATE TRANSITION"],
    ["read", "unavailable", "2 LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE"],
    ["read", "aborted", "b NO ADDITIONAL SENSE INFORMATION"],
  ])("[SBC-4 4.18] %s with %s is %s", (op, status, expected) => {
    expect(senseOf(op, status)).toBe(expected);
  });

  it("[SBC-4 4.18] tells the block when it can be only one", () => {
    expect(senseOf("read", "medium-error", 1)).toBe("3 UNRECOVERED READ ERROR at 77");
  });

  it("[SBC-3 COMPARE AND WRITE] tells the offset of the first byte that differs", () => {
    const job = new Job({ op: "compare-and-write", lba: 77, blockCount: 8, onDone: () => {} });
    job.miscompareAt = 0;
    expect(senseOfJob(job, "miscompare").information).toBe(0);
    job.miscompareAt = 1027;
    expect(senseOfJob(job, "miscompare")).toMatchObject({
      code: { key: 0xe, text: "MISCOMPARE DURING VERIFY OPERATION" },
      information: 1027,
    });
  });

  it("a job stopped by a reservation has no sense: it has a status of its own", () => {
    expect(() => senseOf("write", "reserved")).toThrow("assertion failed");
  });
});
