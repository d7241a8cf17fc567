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
    ["read", "aborted", "b NO ADDITIONAL SENSE INFORMATION"],
  ])("[SBC-4 4.18] %s with %s is %s", (op, status, expected) => {
    expect(senseOf(op, status)).toBe(expected);
  });

  it("[SBC-4 4.18] tells the block when it can be only one", () => {
    expect(senseOf("read", "medium-error", 1)).toBe("3 UNRECOVERED READ ERROR at 77");
  });
});
