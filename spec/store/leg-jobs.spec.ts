import { limits } from "../../lib/base/limits";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job, type JobOp } from "../../lib/block/job";
import { LegJobs } from "../../lib/store/leg-jobs";

describe("LegJobs", () => {
  const begun: Job[] = [];
  const ends: string[] = [];
  let completions: CompletionQueue;
  let jobs: LegJobs;

  beforeEach(() => {
    begun.length = 0;
    ends.length = 0;
    completions = new CompletionQueue();
    jobs = new LegJobs(completions, (job) => begun.push(job));
  });

  function enter(op: JobOp, lba: number, blockCount: number): Job {
    const onDone = ({ status }: Job): void => void ends.push(`${op} ${lba} ${status}`);
    const job = new Job({ op, lba, blockCount, onDone });
    jobs.enter(job);
    return job;
  }

  it("begins what overlaps one after the other, readers and flushes with others", () => {
    const first = enter("write", 0, 8);
    const second = enter("read", 4, 8);
    const third = enter("read", 0, 8);
    const flush = enter("flush", 0, 0);
    expect(begun).toEqual([first, flush]);
    jobs.leave(first, "ok");
    expect(begun).toEqual([first, flush, second, third]);
    expect(ends).toEqual(["write 0 ok"]);
  });

  it("ends what waits and is aborted, and begins what waited for that", () => {
    enter("read", 0, 8);
    const second = enter("write", 4, 8);
    const third = enter("read", 8, 8);
    expect(begun).toHaveLength(1);
    jobs.abort(second, true);
    expect(begun[1]).toBe(third);
    expect(ends).toEqual([]);
    completions.run();
    expect(ends).toEqual(["write 4 aborted"]);
  });

  it("does nothing with no blocks", () => {
    enter("write", 4, 0);
    completions.run();
    expect([begun, ends]).toEqual([[], ["write 4 ok"]]);
  });

  it("answers not-ready to more jobs than a unit can have", () => {
    const max = 8 * limits.tasksPerUnitMax;
    for (let count = 0; count < max; count++) enter("flush", 0, 0);
    expect(begun).toHaveLength(max);
    enter("write", 1, 1);
    completions.run();
    expect(ends).toEqual(["write 1 not-ready"]);
    jobs.leave(begun[0] as Job, "ok");
    enter("write", 2, 1);
    expect(begun).toHaveLength(max + 1);
  });
});
