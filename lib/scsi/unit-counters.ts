/** What a controller counts of a unit since it began, for the log pages. It decides nothing. */
import { type CommandRow, verify10, verify12, verify16 } from "node-scsi-cdb";
import type { Job } from "../block/job";

const VERIFIES: ReadonlySet<number> = new Set([verify10.opcode, verify12.opcode, verify16.opcode]);

export class UnitCounters {
  /** Jobs whose blocks could not be read or written, by the kind of command they were done for. */
  readErrors = 0;
  writeErrors = 0;
  verifyErrors = 0;
  /** Times that the unit was started after it had been stopped. */
  starts = 0;

  /** A job of a command with this row did not end "ok". */
  jobFailed({ op, status }: Job, row: Pick<CommandRow, "opcode"> | undefined): void {
    if (status !== "medium-error") return;
    if (row !== undefined && VERIFIES.has(row.opcode)) this.verifyErrors++;
    else if (op === "read") this.readErrors++;
    else this.writeErrors++;
  }
}
