import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";

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
});
