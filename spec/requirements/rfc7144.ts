/**
 * What RFC 7144 asks of a target, in our words: by clause, or by the name of what it adds where the
 * specs name that.
 */
import type { Clause } from "./clauses";

export const RFC7144: readonly Clause[] = [
  ["4.2.1", "The functions it adds are carried out, where iSCSIProtocolLevel 2 was negotiated"],
  ["iSCSIProtocolLevel", "Without level 2 nothing of it is used"],
  ["PRI", "Command priority comes with a SCSI Command"],
  ["QUERY ASYNCHRONOUS EVENT", "Its response brings the Additional Response Information"],
  ["QUERY TASK", "It tells whether the task is there, and ends nothing"],
];
