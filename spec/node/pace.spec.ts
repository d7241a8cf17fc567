import { Pace } from "../../lib/node/pace";

/** Runs operations of `ms` each from `startMs` on; returns when each began. */
function run(pace: Pace, fields: { startMs: number; ms: number; count: number }): number {
  let nowMs = fields.startMs;
  for (let index = 0; index < fields.count; index++) {
    const endMs = nowMs + fields.ms;
    pace.measured({ op: "read", startMs: nowMs, endMs, length: 4096 });
    nowMs += fields.ms;
  }
  return nowMs;
}

function isFastAt(pace: Pace, nowMs: number): boolean {
  return pace.isFast(() => nowMs);
}

describe("Pace", () => {
  it("runs in place as long as operations are quick", () => {
    const pace = new Pace();
    expect(isFastAt(pace, run(pace, { startMs: 0, ms: 0.005, count: 1000 }))).toBe(true);
  });

  it("leaves the event loop after one operation that is very slow", () => {
    const pace = new Pace();
    const nowMs = run(pace, { startMs: 0, ms: 25, count: 1 });
    expect([isFastAt(pace, nowMs), isFastAt(pace, nowMs + 49), isFastAt(pace, nowMs + 50)]).toEqual(
      [false, false, true],
    );
  });

  it("leaves the event loop after some operations that are rather slow", () => {
    const pace = new Pace();
    expect(isFastAt(pace, run(pace, { startMs: 0, ms: 0.15, count: 150 }))).toBe(true);
    expect(isFastAt(pace, run(pace, { startMs: 10, ms: 0.15, count: 250 }))).toBe(false);
  });

  it("forgives a slow operation now and then", () => {
    const pace = new Pace();
    let nowMs = 0;
    for (let round = 0; round < 50; round++) {
      nowMs = run(pace, { startMs: nowMs, ms: 4, count: 1 });
      nowMs = run(pace, { startMs: nowMs, ms: 0.005, count: 100 });
      expect(isFastAt(pace, nowMs)).toBe(true);
    }
  });

  it("allows large operations the time of their copying", () => {
    const pace = new Pace();
    for (let at = 0; at < 100; at++) {
      pace.measured({ op: "read", startMs: at, endMs: at + 0.25, length: 512 * 1024 });
      pace.measured({ op: "write", startMs: at, endMs: at + 0.4, length: 128 * 1024 });
    }
    expect(isFastAt(pace, 100)).toBe(true);
  });

  it("stays away twice as long after each relapse, up to a bound", () => {
    const pace = new Pace();
    const awayMs: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 8; round++) {
      nowMs = run(pace, { startMs: nowMs, ms: 25, count: 1 });
      const leftMs = nowMs;
      while (!isFastAt(pace, nowMs)) nowMs++;
      awayMs.push(nowMs - leftMs);
    }
    expect(awayMs).toEqual([50, 100, 200, 400, 800, 800, 800, 800]);
  });
});
