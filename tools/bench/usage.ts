/** What a process has used, as Linux counts it: processor time of all its threads, peak memory. */
import { readFileSync, writeFileSync } from "node:fs";

/** /proc counts in hundredths of a second whatever the kernel's own tick. [proc(5)] */
const TICK_US = 10_000;
/** Fields of /proc/PID/stat after the command's closing parenthesis. [proc(5)] */
const UTIME = 11;
const STIME = 12;

/** Processor time in microseconds, user and system, of all threads, ended ones included. */
export function processorTimeUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_US;
}

/** The most resident memory in bytes since the start or the last `forgetPeak`. */
export function peakBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/** Lets the peak begin again at what is resident now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
