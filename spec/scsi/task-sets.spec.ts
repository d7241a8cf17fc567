import { Task, type TaskAttribute } from "../../lib/scsi/task";
import type { Execution } from "../../lib/scsi/execution";
import type { Nexus } from "../../lib/scsi/nexus";
import { TaskSets } from "../../lib/scsi/task-sets";
import { makeNexus } from "./support/bench";

let tag = 0;

function makeTask(nexus: Nexus, attribute: TaskAttribute = "simple"): Task {
  const fields = { nexus, lun: 0, tag: ++tag, attribute, cdb: new Uint8Array(16) };
  return new Task({ ...fields, dataInMax: 0, dataOutMax: 0 });
}

/** Sets by a TST that can change, with whom an ACA condition blocks. */
class Scene {
  readonly a = makeNexus("a");
  readonly b = makeNexus("b");
  isOnePerNexus = true;
  readonly blocked = new Set<Execution>();
  readonly sets = new TaskSets({
    isOnePerNexus: () => this.isOnePerNexus,
    isBlocked: (execution) => this.blocked.has(execution),
  });

  add(nexus: Nexus, attribute?: TaskAttribute): Execution {
    return this.sets.add(makeTask(nexus, attribute), false) as Execution;
  }
}

describe("the task sets of a unit", () => {
  it("[SPC-4 TST] enable tasks by the order of their own set alone", () => {
    const scene = new Scene();
    const { a, b, sets } = scene;
    const first = [scene.add(a, "ordered"), scene.add(b, "ordered")];
    const second = [scene.add(a, "ordered"), scene.add(b, "ordered")];
    expect(first.map(({ state }) => state)).toEqual(["enabled", "enabled"]);
    expect(sets.next()).toBeNull();
    sets.remove(first[1] as Execution);
    expect([sets.next(), sets.next()]).toEqual([second[1], null]);
  });

  it("[SAM-5 8.5] enable nothing that is blocked, and the others all the same", () => {
    const scene = new Scene();
    const { a, b, sets } = scene;
    const first = [scene.add(a, "ordered"), scene.add(b, "ordered")];
    const second = [scene.add(a), scene.add(b)] as [Execution, Execution];
    for (const execution of first) sets.remove(execution);
    scene.blocked.add(second[0]);
    expect([sets.next(), sets.next()]).toEqual([second[1], null]);
  });

  it("tell all tasks of the unit, and how many they are", () => {
    const scene = new Scene();
    const { a, b, sets } = scene;
    const own = [scene.add(a), scene.add(b)];
    scene.isOnePerNexus = false;
    const shared = scene.add(a);
    expect(sets.size).toBe(3);
    expect(new Set(sets.select(() => true))).toEqual(new Set([...own, shared]));
    expect(sets.select(({ nexus }) => nexus === a).length).toBe(2);
    for (const execution of [...own, shared]) sets.remove(execution);
    expect([sets.size, sets.select(() => true).length]).toEqual([0, 0]);
  });

  it("know a task that is in one of them", () => {
    const scene = new Scene();
    const execution = scene.add(scene.a);
    expect(scene.sets.get(execution.task)).toBe(execution);
    scene.sets.remove(execution);
    expect(scene.sets.get(execution.task)).toBeNull();
  });
});
