import { Task, type TaskAttribute } from "../../lib/scsi/task";
import { TaskSet } from "../../lib/scsi/task-set";
import { makeNexus } from "./support/bench";

const nexus = makeNexus("a");

const ATTRIBUTES: Readonly<Record<string, TaskAttribute>> = {
  S: "simple",
  O: "ordered",
  H: "head-of-queue",
  U: "untagged",
};

function makeTask(attribute: TaskAttribute, tag: number): Task {
  const fields = { nexus, lun: 0, tag, attribute, cdb: new Uint8Array(16) };
  return new Task({ ...fields, dataInMax: 0, dataOutMax: 0 });
}

/**
 * Plays a story, a step a line: `+O2` task 2 arrives as ORDERED, `-2` it leaves; then the tasks
 * that are enabled.
 */
function play(story: string): { told: string[]; seen: string[] } {
  const set = new TaskSet();
  const lines = story.trim().split("\n");
  const seen = lines.map((line) => {
    const [step = ""] = line.trim().split(/\s+/);
    if (step.startsWith("+")) {
      set.add(makeTask(ATTRIBUTES[step[1] as string] as TaskAttribute, Number(step.slice(2))));
    } else {
      const [leaving] = set.select(({ tag }) => tag === Number(step.slice(1)));
      if (leaving !== undefined) set.remove(leaving);
      while (set.next(() => false) !== null);
    }
    const enabled = set.select(() => true).filter(({ state }) => state === "enabled");
    return [step, ...enabled.map(({ task }) => task.tag)].join(" ");
  });
  return { told: lines.map((line) => line.trim().replace(/\s+/g, " ")), seen };
}

describe("a task set", () => {
  it.each([
    ["[SAM-5 8.6.2] SIMPLE tasks run together", "+S1 1 \n +U2 1 2 \n +S3 1 2 3 \n -2 1 3"],
    [
      "[SAM-5 8.6.3] an ORDERED task waits for all older ones, and younger ones wait for it",
      `+S1 1
       +S2 1 2
       +O3 1 2
       +S4 1 2
       -1  2
       -2  3
       -3  4`,
    ],
    [
      "[SAM-5 8.6.3] ORDERED tasks run one by one",
      `+O1 1
       +O2 1
       +O3 1
       -1  2
       -2  3`,
    ],
    [
      "[SAM-5 8.6.4] a HEAD OF QUEUE task runs at once and stops nobody that runs",
      `+S1 1
       +O2 1
       +H3 1 3
       +H4 1 3 4`,
    ],
    [
      "[SAM-5 8.6.4] no other task starts while a HEAD OF QUEUE task runs",
      `+H1 1
       +S2 1
       +O3 1
       -1  2
       -2  3`,
    ],
    [
      "an ORDERED task waits for a younger HEAD OF QUEUE task",
      `+S1 1
       +O2 1
       +H3 1 3
       -1  3
       -3  2`,
    ],
    [
      "a dormant task that leaves lets go whom it held",
      `+S1 1
       +O2 1
       +S3 1
       -2  1 3`,
    ],
    [
      "a dormant task that leaves does not let go whom another holds",
      `+S1 1
       +O2 1
       +O3 1
       +S4 1
       -3  1
       -1  2
       -2  4`,
    ],
  ])("%s", (_title, story) => {
    const { told, seen } = play(story);
    expect(seen).toEqual(told);
  });

  it("[SAM-5 5.9.3] runs at once what is let in under an ACA condition, whoever goes first", () => {
    const set = new TaskSet();
    for (const [index, attribute] of (["ordered", "head-of-queue", "simple"] as const).entries()) {
      set.add(makeTask(attribute, index));
    }
    expect(set.add(makeTask("aca", 9), true).state).toBe("enabled");
    expect(set.add(makeTask("ordered", 10), true).state).toBe("enabled");
  });

  it("[SAM-5 8.5] enables no dormant task that an ACA condition blocks", () => {
    const set = new TaskSet();
    const first = set.add(makeTask("ordered", 1));
    const second = set.add(makeTask("ordered", 2));
    set.remove(first);
    expect(set.next((one) => one === second)).toBeNull();
    expect(set.next(() => false)).toBe(second);
  });

  it("lets a task leave once", () => {
    const set = new TaskSet();
    const execution = set.add(makeTask("simple", 1));
    set.remove(execution);
    expect(() => set.remove(execution)).toThrow("leaves its task set once");
  });
});
