import { Prng } from "../../lib/base/prng";
import { Deadlines, Timers } from "../../lib/iscsi/timers";

/** Runs everything due and tells whose timers ran out. */
function runOut(deadlines: Deadlines, nowMs: number): string[] {
  const names: string[] = [];
  for (let timers = deadlines.due(nowMs); timers !== null; timers = deadlines.due(nowMs)) {
    const name = timers.expired(nowMs);
    if (name !== null) names.push(`${timers.connection} ${name}`);
    deadlines.requeue(timers);
  }
  return names;
}

describe("timers", () => {
  it("run out when they are due, all of one connection too", () => {
    const deadlines = new Deadlines();
    const timers = new Timers(1, deadlines);
    timers.set("nop", 20);
    timers.set("login", 10);
    timers.set("data-out", 10);
    expect(deadlines.next()).toBe(10);
    expect(runOut(deadlines, 10).sort()).toEqual(["1 data-out", "1 login"]);
    expect(deadlines.next()).toBe(20);
    expect(runOut(deadlines, 20)).toEqual(["1 nop"]);
    expect(deadlines.next()).toBe(Infinity);
  });

  it("do not run out when they were moved on or cleared", () => {
    const deadlines = new Deadlines();
    const moved = new Timers(1, deadlines);
    const cleared = new Timers(2, deadlines);
    moved.set("nop", 10);
    moved.set("nop", 30);
    cleared.set("nop", 10);
    cleared.clearAll();
    expect(runOut(deadlines, 10)).toEqual([]);
    expect(deadlines.next()).toBe(30);
  });

  it("of many connections come in the order of time (seed 7)", () => {
    const prng = new Prng(7);
    const deadlines = new Deadlines();
    const due = Array.from({ length: 200 }, (_, connection) => {
      const atMs = prng.below(1000);
      new Timers(connection, deadlines).set("nop", atMs);
      return atMs;
    });
    const seen: number[] = [];
    while (deadlines.next() < Infinity) {
      const nowMs = deadlines.next();
      for (const name of runOut(deadlines, nowMs)) seen.push(due[parseInt(name)] as number);
    }
    expect(seen).toEqual(due.sort((a, b) => a - b));
  });
});
