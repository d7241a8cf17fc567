/** The sense of a job that did not end "ok": how blocks fail, in SCSI's words. */
import {
  LOGICAL_UNIT_IS_IN_PROCESS_OF_BECOMING_READY,
  LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION,
  LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE,
  MISCOMPARE_DURING_VERIFY_OPERATION,
  NO_ADDITIONAL_SENSE_INFORMATION,
  SPACE_ALLOCATION_FAILED_WRITE_PROTECT,
  type Sense,
  type SenseCode,
  SenseKey,
  UNRECOVERED_READ_ERROR,
  WRITE_ERROR,
  withKey,
} from "node-scsi-cdb";
import { assert, unreachable } from "../base/assert";
import type { Job, JobStatus } from "../block/job";

/** The device gave the job up though nobody aborted the task: the initiator may try again. */
const ABORTED = withKey(SenseKey.ABORTED_COMMAND, NO_ADDITIONAL_SENSE_INFORMATION);

/** How a job ends that has a sense: "reserved" has a status of its own, RESERVATION CONFLICT. */
type Failure = Exclude<JobStatus, "ok" | "reserved">;

function codeOf(status: Failure, isRead: boolean): SenseCode {
  switch (status) {
    case "medium-error":
      return isRead ? UNRECOVERED_READ_ERROR : WRITE_ERROR;
    case "no-space":
      return SPACE_ALLOCATION_FAILED_WRITE_PROTECT;
    case "not-ready":
      return LOGICAL_UNIT_IS_IN_PROCESS_OF_BECOMING_READY;
    case "deciding":
      return LOGICAL_UNIT_NOT_ACCESSIBLE_ASYMMETRIC_ACCESS_STATE_TRANSITION;
    case "unavailable":
      return LOGICAL_UNIT_NOT_ACCESSIBLE_TARGET_PORT_IN_UNAVAILABLE_STATE;
    case "miscompare":
      return MISCOMPARE_DURING_VERIFY_OPERATION;
    case "aborted":
      return ABORTED;
    default:
      return unreachable(status);
  }
}

/** What is known of where it failed; undefined: nothing. */
function informationOf(job: Job, status: Failure): number | undefined {
  if (status === "miscompare") return job.miscompareAt;
  return status === "medium-error" && job.blockCount === 1 ? job.lba : undefined;
}

/**
 * INFORMATION is the failing block where it is known: a job does not tell which of its blocks
 * failed, so it is known of a job of one block only. After a miscompare it is the offset of the
 * first byte that differs. [SBC-4 4.18 Information field] [SBC-3 COMPARE AND WRITE]
 */
export function senseOfJob(job: Job, status: Exclude<JobStatus, "ok">): Sense {
  assert(status !== "reserved", "a reservation conflict is a status, no sense");
  const code = codeOf(status, job.op === "read");
  const information = informationOf(job, status);
  return information === undefined ? { code } : { code, information };
}
