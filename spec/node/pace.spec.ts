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

describe("Pace", () => {
  it("runs in place as long as operations are quick", () => {
    const pace = new Pace();
    expect(pace.isFast(run(pace, { startMs: 0, ms: 0.005, count: 1000 }))).toBe(true);
  });

  it("leaves the event loop after one operation that is very slow", () => {
    const pace = new Pace();
    const nowMs = run(pace, { startMs: 0, ms: 25, count: 1 });
    expect([pace.isFast(nowMs), pace.isFast(nowMs + 49), pace.isFast(nowMs + 50)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("leaves the event loop after some operations that are rather slow", () => {
    const pace = new Pace();
    expect(pace.isFast(run(pace, { startMs: 0, ms: 0.15, count: 150 }))).toBe(true);
    expect(pace.isFast(run(pace, { startMs: 10, ms: 0.15, count: 250 }))).toBe(false);
  });

  it("forgives a slow operation now and then", () => {
    const pace = new Pace();
    let nowMs = 0;
    for (let round = 0; round < 50; round++) {
      nowMs = run(pace, { startMs: nowMs, ms: 4, count: 1 });
      nowMs = run(pace, { startMs: nowMs, ms: 0.005, count: 100 });
      expect(pace.isFast(nowMs)).toBe(true);
    }
  });

  it("allows large operations the time of their copying", () => {
    const pace = new Pace();
    for (let at = 0; at < 100; at++) {
      pace.measured({ op: "read", startMs: at, endMs: at + 0.25, length: 512 * 1024 });
      pace.measured({ op: "write", startMs: at, endMs: at + 0.4, length: 128 * 1024 });
    }
    expect(pace.isFast(100)).toBe(true);
  });

  it("stays away twice as long after each relapse, up to a bound", () => {
    const pace = new Pace();
    const awayMs: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 8; round++) {
      nowMs = run(pace, { startMs: nowMs, ms: 25, count: 1 });
      const leftMs = nowMs;
      while (!pace.isFast(nowMs)) nowMs++;
      awayMs.push(nowMs - leftMs);
    }
    expect(awayMs).toEqual([50, 100, 200, 400, 800, 800, 800, 800]);
  });
});
