import {
  modeSelect6,
  persistentReserveOutRegister,
  persistentReserveOutReserve,
  preventAllowMediumRemoval,
  reserve6,
  setIdentifyingInformation,
  setTimestamp,
  sanitizeBlockErase,
  startStopUnit,
} from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import { diskCommands } from "../../lib/scsi/commands/index";
import type { Nexus } from "../../lib/scsi/nexus";
import { Bench, makeNexus } from "./support/bench";
import { HeldDevice } from "./support/held-device";
import { attentions } from "./support/pair";

const SWP_LIST = Buffer.from("00000000" + "0a0a00100800" + "0000ffff0000", "hex");

function bench(): Bench {
  return new Bench({ commands: diskCommands, device: new HeldDevice({ volatileCache: true }) });
}

function run(one: Bench, nexus: Nexus, cdb: Uint8Array, data?: Uint8Array): void {
  const task = one.send(nexus, Buffer.concat([cdb], 16));
  if (one.receiving.pop() === task) one.bring(task, data);
  expect(task.status).toBe(0);
}

function protect(one: Bench, nexus: Nexus, sp = false): void {
  run(one, nexus, modeSelect6.encode({ pf: true, sp, parameterListLength: 16 }), SWP_LIST);
}

function identify(one: Bench, nexus: Nexus): void {
  run(one, nexus, setIdentifyingInformation.encode({ parameterListLength: 3 }), Buffer.from("abc"));
}

function setClock(one: Bench, nexus: Nexus): void {
  const list = Buffer.from("000000000012345678000000", "hex");
  run(one, nexus, setTimestamp.encode({ parameterListLength: 12 }), list);
}

function persist(one: Bench, nexus: Nexus): void {
  const list = Buffer.alloc(24);
  list[15] = 7;
  const parameterListLength = list.length;
  run(one, nexus, persistentReserveOutRegister.encode({ parameterListLength }), list);
  list[7] = 7;
  run(one, nexus, persistentReserveOutReserve.encode({ parameterListLength, type: 5 }), list);
}

/** An operation code that no row has, in a CDB with NACA. */
function faultWithNaca(one: Bench, nexus: Nexus): void {
  one.send(nexus, Buffer.from([0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0]));
}

/** Takes over at one what another has. */
function restore(one: Bench, from: Bench): boolean {
  return one.target.restore(0, from.target.snapshot(0));
}

type Story = (one: Bench, nexus: Nexus) => void;

const STORIES: readonly { name: string; tell: Story }[] = [
  { name: "nothing", tell: () => {} },
  { name: "mode pages", tell: protect },
  { name: "identifying information", tell: identify },
  { name: "saved mode pages", tell: (one, nexus) => protect(one, nexus, true) },
  { name: "a timestamp", tell: setClock },
  { name: "RESERVE", tell: (one, nexus) => run(one, nexus, reserve6.encode({})) },
  { name: "a persistent reservation", tell: persist },
  {
    name: "an eject",
    tell: (one, nexus) => run(one, nexus, startStopUnit.encode({ loej: true, noFlush: true })),
  },
  { name: "an ACA condition", tell: faultWithNaca },
  {
    name: "a medium whose removal is prevented",
    tell: (one, nexus) => run(one, nexus, preventAllowMediumRemoval.encode({ prevent: 1 })),
  },
  {
    name: "a SANITIZE that runs",
    tell: (one, nexus) => run(one, nexus, sanitizeBlockErase.encode({ immed: true })),
  },
  { name: "a reset", tell: (one, nexus) => void one.manage(nexus, "logical-unit-reset") },
];

describe("a snapshot", () => {
  it.each(STORIES)("[G-17] of $name is the same again when it has been restored", ({ tell }) => {
    const [from, to] = [bench(), bench()];
    tell(from, from.nexus("a"));
    protect(to, to.nexus("b"));
    for (const [index, tell] of [identify, setClock].entries()) tell(to, to.nexus(`${index}`));
    run(to, to.nexus("c"), reserve6.encode({}));
    expect(restore(to, from)).toBe(true);
    expect(to.target.snapshot(0)).toEqual(from.target.snapshot(0));
    expect(to.unit.isWriteProtected).toBe(from.unit.isWriteProtected);
    expect(to.unit.isMediumPresent).toBe(from.unit.isMediumPresent);
    expect(to.unit.removal.preventing).toEqual(from.unit.removal.preventing);
    expect(to.unit.operation.current).toEqual(from.unit.operation.current);
  });

  it("[G-17] of a stopped unit stops another", () => {
    const [from, to] = [bench(), bench()];
    from.unit.isStopped = true;
    expect(restore(to, from)).toBe(true);
    expect(to.unit.isStopped).toBe(true);
  });

  it("of one unit leaves the others alone", () => {
    const [from, to] = [bench(), bench()];
    protect(from, from.nexus("a"));
    const before = to.target.snapshot(5);
    restore(to, from);
    expect(to.target.snapshot(5)).toEqual(before);
  });

  it.each([1, 2])("that is none is refused, and changes nothing (seed %i)", (seed) => {
    const prng = new Prng(seed);
    const [from, to] = [bench(), bench()];
    persist(from, from.nexus("a"));
    const whole = Buffer.from(from.target.snapshot(0));
    const before = to.target.snapshot(0);
    let refusals = 0;
    for (let length = 0; length < whole.length; length++) {
      expect(to.target.restore(0, whole.subarray(0, length))).toBe(false);
    }
    expect(to.target.snapshot(0)).toEqual(before);
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(whole);
      bytes[prng.below(bytes.length)] = prng.below(256);
      const one = bench();
      const unchanged = one.target.snapshot(0);
      if (one.target.restore(0, bytes)) continue;
      refusals++;
      expect(one.target.snapshot(0)).toEqual(unchanged);
    }
    expect(refusals).toBeGreaterThan(0);
  });
});

describe("who is told of a snapshot taken over", () => {
  it("[G-17] all are, of other mode pages", () => {
    const [from, to] = [bench(), bench()];
    const nexuses = [to.nexus("b"), to.nexus("c")];
    protect(from, from.nexus("a"));
    for (let times = 0; times < 2; times++) restore(to, from);
    expect(nexuses.map((nexus) => attentions(to, nexus))).toEqual([
      ["MODE PARAMETERS CHANGED"],
      ["MODE PARAMETERS CHANGED"],
    ]);
  });

  it("[G-17] nobody is, of what is as it was", () => {
    const [from, to] = [bench(), bench()];
    for (const one of [from, to]) persist(one, one.nexus("a"));
    const b = to.nexus("b");
    restore(to, from);
    expect(attentions(to, b)).toEqual([]);
  });

  it("[G-17] one is that is not registered any more, and one that has lost a reservation", () => {
    const [from, to] = [bench(), bench()];
    const [a, b] = [to.nexus("a"), to.nexus("b")];
    persist(to, a);
    restore(to, from);
    expect(attentions(to, a)).toEqual(["REGISTRATIONS PREEMPTED"]);
    run(to, b, reserve6.encode({}));
    restore(to, from);
    expect([a, b].map((nexus) => attentions(to, nexus))).toEqual([[], ["RESERVATIONS RELEASED"]]);
  });

  it("[G-17] all are, of a medium that is there again", () => {
    const [from, to] = [bench(), bench()];
    const b = to.nexus("b");
    run(to, b, startStopUnit.encode({ loej: true, noFlush: true }));
    restore(to, from);
    expect(attentions(to, b)).toEqual(["NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED"]);
  });

  it("reservations of nexuses that are elsewhere come along", () => {
    const [from, to] = [bench(), bench()];
    const elsewhere = makeNexus("a");
    from.target.nexusEstablished(elsewhere);
    from.unit.unitAttentions.take(elsewhere.id);
    persist(from, elsewhere);
    restore(to, from);
    expect(to.unit.reservation.allowsAccess(elsewhere.name, "write")).toBe(true);
    expect(to.unit.reservation.allowsAccess(makeNexus("b").name, "write")).toBe(false);
  });
});
