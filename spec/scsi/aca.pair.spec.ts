/** ACA conditions and QERR where a unit has two controllers: it has one task set all the same. */
import { Status, read10, testUnitReady } from "node-scsi-cdb";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task } from "../../lib/scsi/task";
import type { Bench } from "./support/bench";
import { setControl } from "./support/control-page";
import { Pair, attentions } from "./support/pair";

const READY = Buffer.concat([testUnitReady.encode({})], 16);
const READ = Buffer.concat([read10.encode({ lba: 1, blockCount: 1 })], 16);
const FAULT = Buffer.concat([read10.encode({ lba: 100_000, blockCount: 1 })], 16);
const ACA_FAULT = Buffer.from(FAULT);
ACA_FAULT[9] = 0x04;

function pairWith(settings: Parameters<typeof setControl>[0] = {}): Pair {
  const pair = new Pair();
  setControl(settings, pair.here, pair.there);
  return pair;
}

/** Statuses of a new command of a at its controller and of b at the other. */
function answers({ here, there, a, b }: Pair): number[] {
  return [here.send(a, READY).status, there.send(b, READY).status];
}

function faultedAt(bench: Bench, nexus: Nexus): boolean {
  return bench.unit.aca.isFaulted(nexus.name);
}

const { GOOD, BUSY, ACA_ACTIVE, CHECK_CONDITION } = Status;

describe("an ACA condition of a nexus at one controller", () => {
  it("[SAM-5 5.9.4] keeps the nexuses of both out of the one task set", () => {
    const pair = pairWith();
    expect(pair.here.send(pair.a, ACA_FAULT).status).toBe(CHECK_CONDITION);
    expect(answers(pair)).toEqual([ACA_ACTIVE, BUSY]);
    pair.here.manage(pair.a, "clear-aca");
    expect(answers(pair)).toEqual([GOOD, GOOD]);
  });

  it("[SAM-5 5.9.4] leaves the nexuses of the other alone where each has a task set", () => {
    const pair = pairWith({ tst: 1 });
    pair.here.send(pair.a, ACA_FAULT);
    expect(answers(pair)).toEqual([ACA_ACTIVE, GOOD]);
  });

  it("[SAM-5 8.5] blocks tasks at the other, and lets them go on", () => {
    const pair = pairWith();
    const { here, there, a, b } = pair;
    const read = there.send(b, READ);
    here.send(a, ACA_FAULT);
    there.device.finishAll();
    expect(there.ended).toEqual([]);
    here.manage(a, "clear-aca");
    expect(there.ended).toEqual([read]);
  });

  it("[SAM-5 7.4] is not cleared from the other", () => {
    const { here, there, a, b } = pairWith();
    here.send(a, ACA_FAULT);
    expect(there.manage(b, "clear-aca")).toEqual(["function-complete"]);
    expect([here, there].map((bench) => faultedAt(bench, a))).toEqual([true, true]);
  });

  it("[SAM-5 5.9.5] ends with its nexus, and with the controller that had it", () => {
    const { here, there, a, b } = pairWith();
    here.send(a, ACA_FAULT);
    here.target.nexusLost(a);
    expect(there.send(b, READY).status).toBe(GOOD);
    const other = here.nexus("other");
    here.send(other, ACA_FAULT);
    expect(there.send(b, READY).status).toBe(BUSY);
    there.target.dismissAbsent(0);
    expect(there.send(b, READY).status).toBe(GOOD);
  });

  it("[SAM-5 5.9.5] does not end where its nexus is when the other controller has gone", () => {
    const { here, a } = pairWith();
    here.send(a, ACA_FAULT);
    here.target.dismissAbsent(0);
    expect(faultedAt(here, a)).toBe(true);
  });

  it("of two that fail at once the second comes after the first has been dealt with", () => {
    const pair = pairWith();
    const { here, there, a, b, share } = pair;
    share.isHeld = true;
    const tasks = [here.send(a, ACA_FAULT), there.send(b, ACA_FAULT)];
    const ended = (): Task[] => [...here.ended, ...there.ended];
    expect(ended()).toEqual([]);
    share.settle();
    expect(ended()).toEqual([tasks[0]]);
    here.manage(a, "clear-aca");
    expect(ended()).toEqual(tasks);
    expect(answers(pair)).toEqual([BUSY, ACA_ACTIVE]);
    const [one, other] = pair.states();
    expect(one).toBe(other);
  });

  it("is void when a reset comes first, and its task is aborted", () => {
    const pair = pairWith();
    const { here, there, a, b, share } = pair;
    share.isHeld = true;
    there.manage(b, "logical-unit-reset");
    const task = here.send(a, ACA_FAULT);
    share.settle();
    expect([task.isAborted, faultedAt(here, a), faultedAt(there, a)]).toEqual([true, false, false]);
  });

  it("does not come about where the unit cannot be changed; the status does", () => {
    const { here, a, share } = pairWith();
    share.isAvailable = false;
    expect(here.send(a, ACA_FAULT).status).toBe(CHECK_CONDITION);
    expect([here.ended.length, faultedAt(here, a)]).toEqual([1, false]);
  });

  it("[G-17] is known to a controller that was away, and blocks its tasks", () => {
    const pair = pairWith();
    const { here, there, a, b, share } = pair;
    const read = there.send(b, READ);
    share.benches.splice(1);
    here.send(a, ACA_FAULT);
    expect(there.send(b, READY).status).toBe(GOOD);
    there.target.restore(0, here.target.snapshot(0));
    share.benches.push(there);
    expect(answers(pair)).toEqual([ACA_ACTIVE, BUSY]);
    there.device.finishAll();
    expect(there.ended).not.toContain(read);
    here.manage(a, "clear-aca");
    expect(there.ended).toContain(read);
  });
});

describe("QERR where a unit has two controllers", () => {
  it.each([
    [0b01, 0, true],
    [0b01, 1, false],
    [0b11, 0, false],
  ])("[SPC-4 QERR] of %i with TST %i aborts the other's tasks: %p", (qerr, tst, isAborted) => {
    const pair = pairWith({ qerr, tst });
    const { here, there, a, b } = pair;
    const reads = [here.send(a, READ), there.send(b, READ)];
    const fault = here.send(a, FAULT);
    expect(here.ended).toEqual([]);
    for (const bench of [here, there]) bench.device.finishAll();
    expect(reads.map((read) => read.isAborted)).toEqual([true, isAborted]);
    expect([here.ended.at(-1), fault.status]).toEqual([fault, CHECK_CONDITION]);
    expect(attentions(there, b)).toEqual(
      isAborted ? ["COMMANDS CLEARED BY ANOTHER INITIATOR"] : [],
    );
    const [one, other] = pair.states();
    expect(one).toBe(other);
  });
});
