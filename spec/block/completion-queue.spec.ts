import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job, type JobStatus } from "../../lib/block/job";

describe("a completion queue", () => {
  it("ends jobs in `run` and not before, with their status, also those that end meanwhile", () => {
    const queue = new CompletionQueue();
    const ended: string[] = [];
    const inner = new Job({
      op: "flush",
      lba: 0,
      blockCount: 0,
      onDone: (job) => ended.push(job.status),
    });
    const outer = new Job({
      op: "flush",
      lba: 0,
      blockCount: 0,
      onDone: (job) => {
        ended.push(job.status);
        queue.push(inner, "ok");
      },
    });
    queue.push(outer, "medium-error");
    expect([queue.isEmpty, ended]).toEqual([false, []]);
    queue.run();
    expect([queue.isEmpty, ended]).toEqual([true, ["medium-error", "ok"]]);
  });

  const read = (length: number, ended: JobStatus[]): Job =>
    new Job({
      op: "read",
      lba: 0,
      blockCount: 1,
      data: [new Uint8Array(length)],
      onDone: (job) => ended.push(job.status),
    });

  it("calls what is no job in its turn, among the jobs", () => {
    const queue = new CompletionQueue();
    const ended: string[] = [];
    queue.push(read(1, ended as JobStatus[]), "no-space");
    queue.later(() => ended.push("called"));
    queue.push(read(1, ended as JobStatus[]), "ok");
    expect(ended).toEqual([]);
    queue.run();
    expect([queue.isEmpty, ended]).toEqual([true, ["no-space", "called", "ok"]]);
  });

  it("performs a deferred job in its turn and ends it, unless that will push it later", () => {
    const queue = new CompletionQueue();
    const ended: JobStatus[] = [];
    const late = read(1, ended);
    queue.push(read(1, ended), "ok");
    queue.defer(read(1, ended), () => "no-space");
    queue.defer(late, () => null);
    expect(ended).toEqual([]);
    queue.run();
    expect([queue.isEmpty, ended]).toEqual([true, ["ok", "no-space"]]);
    queue.push(late, "medium-error");
    queue.run();
    expect(ended).toEqual(["ok", "no-space", "medium-error"]);
  });

  it("stops after a portion of bytes, and goes on from there", () => {
    const queue = new CompletionQueue();
    const ended: JobStatus[] = [];
    for (let index = 0; index < 4; index++) queue.push(read(100, ended), "ok");
    queue.run(150);
    expect([queue.isEmpty, ended.length]).toEqual([false, 2]);
    queue.run(1);
    expect([queue.isEmpty, ended.length]).toEqual([false, 3]);
    queue.run();
    expect([queue.isEmpty, ended.length]).toEqual([true, 4]);
  });
});
