/** Whatever happens in whatever order, each task ends once, after its jobs, and nothing is kept. */
import { Prng } from "../../lib/base/prng";
import type { JobStatus } from "../../lib/block/job";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task, TaskAttribute } from "../../lib/scsi/task";
import type { TaskManagementFunction, TaskManagementResponse } from "../../lib/scsi/transport";
import { control } from "../../lib/scsi/mode-pages/pages";
import { Bench, cdb } from "./support/bench";

const ATTRIBUTES: readonly TaskAttribute[] = [
  ...(["simple", "simple", "simple", "simple", "ordered", "ordered", "head-of-queue"] as const),
  "aca",
];
const STATUSES: readonly JobStatus[] = ["ok", "ok", "ok", "medium-error", "not-ready", "aborted"];
const FUNCTIONS: readonly TaskManagementFunction[] = [
  "abort-task",
  "abort-task",
  "abort-task-set",
  "clear-task-set",
  "clear-aca",
  "clear-aca",
  "clear-aca",
  "logical-unit-reset",
  "target-warm-reset",
  "target-cold-reset",
  "i-t-nexus-reset",
  "query-task",
  "query-asynchronous-event",
];
const OPCODES = [0x00, 0x12, 0x13, 0x28, 0x28, 0x2a, 0x2a, 0x2f, 0x41];
const NACA = 0x04;

/** A story of `steps` steps from a seed. */
class Story {
  readonly #prng: Prng;
  readonly #bench = new Bench({ payloadMax: 16384 });
  readonly #nexuses: Nexus[];
  readonly #sent: Task[] = [];
  readonly #responses: TaskManagementResponse[][] = [];

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    this.#nexuses = ["a", "b", "c"].map((name) => this.#bench.nexus(name, true));
    this.#bench.onEnded = (task) => {
      this.#expectNoJobOf(task);
      if (this.#prng.chance(0.05)) this.#send();
    };
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) this.#step();
    this.#settle();
    const { ended, unit, buffers } = this.#bench;
    expect(new Set(ended).size).toBe(ended.length);
    expect(ended.length).toBe(this.#sent.length);
    expect(this.#responses.filter(({ length }) => length !== 1)).toEqual([]);
    expect([unit.taskCount, buffers.out]).toEqual([0, 0]);
  }

  #step(): void {
    const dice = this.#prng.below(100);
    if (dice < 50) this.#send();
    else if (dice < 65) this.#bring();
    else if (dice < 92) this.#finish();
    else if (dice < 96) this.#manage();
    else if (dice < 98) this.#select();
    else this.#returnAnew();
  }

  #send(): void {
    const prng = this.#prng;
    const bytes = cdb(prng.pick(OPCODES), 1 + prng.below(100), 1 + prng.below(16));
    const isShort = (bytes[0] as number) < 0x20;
    if (isShort) bytes.fill(0, 1);
    if (prng.chance(0.1)) bytes[isShort ? 5 : 9] = NACA;
    const nexus = prng.pick(this.#nexuses);
    const attribute = prng.pick(ATTRIBUTES);
    this.#sent.push(this.#bench.send(nexus, bytes, { attribute, lun: prng.pick([0, 0, 5, 9]) }));
  }

  /** Brings the Data-Out of a task, perhaps of one that has been aborted. */
  #bring(): void {
    const { receiving } = this.#bench;
    const [task] = receiving.splice(this.#prng.below(receiving.length), 1);
    if (task !== undefined) this.#bench.bring(task);
  }

  #finish(): void {
    const { device } = this.#bench;
    if (device.jobs.length === 0) return;
    device.finish(this.#prng.pick(STATUSES), this.#prng.below(device.jobs.length));
  }

  #manage(): void {
    const nexus = this.#prng.pick(this.#nexuses);
    const referencedTag = Math.max(1, this.#sent.length - this.#prng.below(20));
    const lun = this.#prng.pick([0, 5, 9]);
    const name = this.#prng.pick(FUNCTIONS);
    this.#responses.push(this.#bench.manage(nexus, name, { lun, referencedTag }));
  }

  /** Any values of what the Control mode page says of task sets. */
  #select(): void {
    const prng = this.#prng;
    const { modePages } = this.#bench.unit;
    const page = modePages.read(control, "current");
    page[2] = prng.pick([0x00, 0x20]) | prng.pick([0x00, 0x00, 0x10]);
    page[3] = 0x10 | prng.pick([0x00, 0x00, 0x02, 0x06]);
    page[4] = prng.pick([0x00, 0x20, 0x30]);
    page[5] = prng.pick([0x00, 0x40]);
    modePages.write(new Map([[control, page]]));
  }

  #returnAnew(): void {
    const index = this.#prng.below(this.#nexuses.length);
    this.#bench.target.nexusLost(this.#nexuses[index] as Nexus);
    this.#nexuses[index] = this.#bench.nexus("abc"[index] as string, true);
  }

  #settle(): void {
    this.#bench.onEnded = (task) => this.#expectNoJobOf(task);
    const { device, receiving } = this.#bench;
    while (device.jobs.length > 0 || receiving.length > 0 || this.#clearAca()) {
      device.finishAll();
      this.#bring();
    }
  }

  /** True: some nexus had a condition to deal with. */
  #clearAca(): boolean {
    const { target, unit } = this.#bench;
    const units = [unit, target.unitAt(5)];
    const hadAny = units.some((one) => one?.aca.areAny);
    for (const nexus of this.#nexuses) {
      for (const lun of [0, 5]) {
        this.#responses.push(this.#bench.manage(nexus, "clear-aca", { lun }));
      }
    }
    return hadAny;
  }

  #expectNoJobOf(task: Task): void {
    const chunks = new Set([...task.dataIn, ...task.dataOut]);
    const left = this.#bench.device.jobs.filter(({ data }) => data.some((one) => chunks.has(one)));
    expect(left).toEqual([]);
  }
}

describe("a target under random load", () => {
  it.each(Array.from({ length: 30 }, (_, index) => 1000 + index))(
    "ends each task exactly once, answers each function, keeps no buffer (seed %i)",
    (seed) => new Story(seed).run(600),
  );
});
