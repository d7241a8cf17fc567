/** The sense of a job that did not end "ok": how blocks fail, in SCSI's words. */
import {
  LOGICAL_UNIT_IS_IN_PROCESS_OF_BECOMING_READY,
  NO_ADDITIONAL_SENSE_INFORMATION,
  SPACE_ALLOCATION_FAILED_WRITE_PROTECT,
  type Sense,
  type SenseCode,
  SenseKey,
  UNRECOVERED_READ_ERROR,
  WRITE_ERROR,
  withKey,
} from "node-scsi-cdb";
import { unreachable } from "../base/assert";
import type { Job, JobStatus } from "../block/job";

/** The device gave the job up though nobody aborted the task: the initiator may try again. */
const ABORTED = withKey(SenseKey.ABORTED_COMMAND, NO_ADDITIONAL_SENSE_INFORMATION);

function codeOf(status: Exclude<JobStatus, "ok">, isRead: boolean): SenseCode {
  switch (status) {
    case "medium-error":
      return isRead ? UNRECOVERED_READ_ERROR : WRITE_ERROR;
    case "no-space":
      return SPACE_ALLOCATION_FAILED_WRITE_PROTECT;
    case "not-ready":
      return LOGICAL_UNIT_IS_IN_PROCESS_OF_BECOMING_READY;
    case "aborted":
      return ABORTED;
    default:
      return unreachable(status);
  }
}

/**
 * INFORMATION is the failing block where it is known: a job does not tell which of its blocks
 * failed, so it is known of a job of one block only. [SBC-4 4.18 Information field]
 */
export function senseOfJob(job: Job, status: Exclude<JobStatus, "ok">): Sense {
  const code = codeOf(status, job.op === "read");
  const isKnown = status === "medium-error" && job.blockCount === 1;
  return isKnown ? { code, information: job.lba } : { code };
}
