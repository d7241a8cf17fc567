/** Whatever happens in whatever order, two controllers end with one state, and nothing is kept. */
import {
  modeSelect6,
  persistentReserveOutPreemptAndAbort,
  persistentReserveOutRegister,
  persistentReserveOutReserve,
  preventAllowMediumRemoval,
  read10,
  release6,
  reserve6,
  sanitizeBlockErase,
  startStopUnit,
  testUnitReady,
  write10,
} from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task } from "../../lib/scsi/task";
import type { TaskManagementFunction, TaskManagementResponse } from "../../lib/scsi/transport";
import type { Bench } from "./support/bench";
import { Pair } from "./support/pair";

/** SWP, nothing, TST with QERR, TAS with QERR, SWP with TAS in the Control mode page. */
const LISTS = ["00100800", "00100000", "20120000", "00120040", "00100840"].map((settings) =>
  Buffer.from(`00000000${"0a0a"}${settings}${"0000ffff0000"}`, "hex"),
);
const NACA = 0x04;
const list = { parameterListLength: 24 };
const CDBS = [
  testUnitReady.encode({}),
  read10.encode({ lba: 1, blockCount: 1 }),
  write10.encode({ lba: 1, blockCount: 1 }),
  modeSelect6.encode({ pf: true, parameterListLength: 16 }),
  startStopUnit.encode({}),
  startStopUnit.encode({ start: true }),
  startStopUnit.encode({ loej: true }),
  startStopUnit.encode({ loej: true, start: true }),
  preventAllowMediumRemoval.encode({ prevent: 0 }),
  preventAllowMediumRemoval.encode({ prevent: 1 }),
  sanitizeBlockErase.encode({}),
  sanitizeBlockErase.encode({ immed: true }),
  reserve6.encode({}),
  release6.encode({}),
  persistentReserveOutRegister.encode(list),
  persistentReserveOutReserve.encode({ ...list, type: 5 }),
  persistentReserveOutPreemptAndAbort.encode({ ...list, type: 5 }),
];
const FUNCTIONS: readonly TaskManagementFunction[] = [
  "abort-task",
  "abort-task-set",
  "clear-task-set",
  "clear-aca",
  "clear-aca",
  "logical-unit-reset",
  "target-warm-reset",
  "i-t-nexus-reset",
];

/** A story of `steps` steps from a seed. */
class Story {
  readonly #prng: Prng;
  readonly #pair = new Pair({ profile: { removable: true } });
  /** Two nexuses at each controller. */
  readonly #nexuses: { bench: Bench; name: string; nexus: Nexus }[];
  readonly #sent: Task[] = [];
  readonly #responses: TaskManagementResponse[][] = [];

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    const { here, there, share } = this.#pair;
    this.#nexuses = [here, there, here, there].map((bench, index) => {
      const name = `host${index}`;
      return { bench, name, nexus: bench.nexus(name) };
    });
    share.isHeld = true;
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) this.#step();
    this.#settle();
    const { here, there, share } = this.#pair;
    const ended = [...here.ended, ...there.ended];
    expect(new Set(ended).size).toBe(ended.length);
    expect(ended.length).toBe(this.#sent.length);
    expect(this.#responses.filter(({ length }) => length !== 1)).toEqual([]);
    expect(share.answers.filter(([one, other]) => one !== other)).toEqual([]);
    for (const lun of [0, 5]) {
      const [one, other] = this.#pair.states(lun);
      expect(one).toBe(other);
    }
    expect(share.answers.length).toBeGreaterThan(steps / 15);
  }

  #step(): void {
    const dice = this.#prng.below(100);
    if (dice < 45) this.#send();
    else if (dice < 60) this.#finish();
    else if (dice < 67) this.#prng.pick([this.#pair.here, this.#pair.there]).tick();
    else if (dice < 92) this.#pair.share.step();
    else if (dice < 97) this.#manage();
    else this.#returnAnew();
  }

  #send(): void {
    const prng = this.#prng;
    const { bench, nexus } = prng.pick(this.#nexuses);
    const lun = prng.pick([0, 0, 0, 5]);
    const cdb = prng.pick(CDBS);
    const bytes = Buffer.concat([cdb], 16);
    if (prng.chance(0.1)) bytes[cdb.length - 1] = NACA;
    const attribute = prng.pick(["simple", "simple", "simple", "simple", "aca"] as const);
    const task = bench.send(nexus, bytes, { lun, attribute });
    this.#sent.push(task);
    if (bench.receiving.pop() !== task) return;
    bench.bring(task, this.#dataFor(task));
  }

  #dataFor(task: Task): Uint8Array {
    const prng = this.#prng;
    if (task.dataOutLength === 16) return prng.pick(LISTS);
    const data = Buffer.alloc(task.dataOutLength);
    if (data.length !== 24) return data;
    data[7] = prng.below(3);
    data[15] = prng.below(3);
    return data;
  }

  #finish(): void {
    const { device } = this.#prng.pick([this.#pair.here, this.#pair.there]);
    if (device.jobs.length > 0) device.finish("ok", this.#prng.below(device.jobs.length));
  }

  #manage(): void {
    const { bench, nexus } = this.#prng.pick(this.#nexuses);
    const referencedTag = 1 + this.#prng.below(this.#sent.length + 1);
    const name = this.#prng.pick(FUNCTIONS);
    const lun = this.#prng.pick([0, 5]);
    this.#responses.push(bench.manage(nexus, name, { lun, referencedTag }));
  }

  #returnAnew(): void {
    const entry = this.#prng.pick(this.#nexuses);
    entry.bench.target.nexusLost(entry.nexus);
    entry.nexus = entry.bench.nexus(entry.name);
  }

  /** Whoever has a condition to deal with clears it. */
  #clearAca(): void {
    for (const { bench, nexus } of this.#nexuses) {
      for (const lun of [0, 5]) {
        if (bench.target.unitAt(lun)?.aca.isFaulted(nexus.name) !== true) continue;
        this.#responses.push(bench.manage(nexus, "clear-aca", { lun }));
      }
    }
  }

  #settle(): void {
    const { here, there, share } = this.#pair;
    for (let round = 0; round < 10 * this.#sent.length; round++) {
      here.tick();
      there.tick();
      here.device.finishAll();
      there.device.finishAll();
      share.step();
      if (round % 10 === 0) this.#clearAca();
    }
  }
}

describe("two controllers under random load", () => {
  it.each(Array.from({ length: 30 }, (_, index) => 2000 + index))(
    "[G-17] have one state in the end, and every task has ended once (seed %i)",
    (seed) => new Story(seed).run(600),
  );
});
