/** The clock of the running target: the core is told the time and never asks. */
import { performance } from "node:perf_hooks";

/** Milliseconds that never go back; no relation to the calendar. */
export function monotonicMs(): number {
  return performance.now();
}

/** What the calendar said when `monotonicMs` was 0. */
export function calendarMsAtZero(): number {
  return calendarMs() - monotonicMs();
}

/** Milliseconds since 1970. */
export function calendarMs(): number {
  return Date.now();
}
