/**
 * Reads the guest's kernel log for complaints about the disk or the connection. A run in which the
 * kernel complains has failed even if every program in it was content; what a scenario provokes on
 * purpose it allows by step and reason.
 */
import { stepMark } from "./protocol";

export interface Complaint {
  /** The step that ran at the time; "" before the first. */
  readonly step: string;
  readonly line: string;
}

export interface Allowance {
  /** The steps it is good for, by the whole name. */
  readonly steps: RegExp;
  readonly lines: RegExp;
  readonly because: string;
}

/**
 * Each is a reason to look; together they cover sd, scsi, iscsi, the file systems and the kernel's
 * own alarms.
 */
const complaints: readonly RegExp[] = [
  /Sense Key/,
  /Add\. Sense/,
  /tag#\d+ .*FAILED/,
  /\bI\/O error/i,
  /rejecting I\/O/,
  /detected conn error/,
  /[Uu]nsupported/,
  /time[d -]?out\b/i,
  /reservation conflict/,
  /task abort|(target|host|bus) reset/i,
  /\bsd \S+ .*failed/i,
  /No Caching mode page|Asking for cache data failed|Assuming drive cache/,
  /Incorrect number of segments|not a multiple of|Invalid .*(transfer size|block size)/i,
  /EXT4-fs (error|warning)|EXT4-fs .*(recover|unmounted without)/,
  /XFS .*(error|corrupt|shut|recovery)/i,
  /JBD2: .*(error|failed)/i,
  /\b(BUG|WARNING|Oops|Kernel panic|Call Trace|general protection|segfault)\b/i,
  /soft lockup|blocked for more than|Out of memory|oom-kill/i,
];

/** The lines of a console log that complain and are not allowed; a log without steps complains. */
export function findComplaints(log: string, allowed: readonly Allowance[] = []): Complaint[] {
  if (!stepMark.test(log)) return [{ step: "", line: "the log has no steps: it is not complete" }];
  const found: Complaint[] = [];
  let step = "";
  for (const line of log.split(/\r?\n/)) {
    const mark = stepMark.exec(line);
    if (mark !== null) {
      step = mark[1]!;
      continue;
    }
    if (!complaints.some((pattern) => pattern.test(line))) continue;
    if (!allowed.some(({ steps, lines }) => covers(steps, step) && lines.test(line)))
      found.push({ step, line });
  }
  return found;
}

function covers(steps: RegExp, step: string): boolean {
  return new RegExp(`^(?:${steps.source})$`).test(step);
}
