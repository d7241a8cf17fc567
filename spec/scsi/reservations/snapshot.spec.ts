import { limits } from "../../../lib/base/limits";
import { Prng } from "../../../lib/base/prng";
import { Reservation } from "../../../lib/scsi/reservation";
import { encodePersistent } from "../../../lib/scsi/reservations/snapshot";
import { Action, Replica, describeOutcome, nexusOf } from "../support/persistent";

const SEED = 51_500;
const NAMES = ["a", "b", "c", "d"];
const ACTIONS = Object.values(Action);

/** Does something at random, on every replica the same. */
function act(prng: Prng, replicas: readonly Replica[]): void {
  const action = prng.pick(ACTIONS);
  const nexus = nexusOf(prng.pick(NAMES), prng.pick([1, 2]));
  const { registrations } = (replicas[0] as Replica).reservation;
  const own = Number.parseInt(registrations.keyOf(nexus.name) ?? "0", 16);
  const fields = {
    key: prng.chance(0.9) ? own : prng.below(4),
    newKey: prng.below(4),
    type: prng.pick([1, 3, 5, 6, 7, 8, 0]),
    flags: prng.pick([0, 0, 0, 1, 4]),
  };
  const [first, ...others] = replicas.map((replica) =>
    describeOutcome(replica.apply(action, nexus, fields)),
  );
  for (const other of others) expect(other).toBe(first);
}

describe("a snapshot", () => {
  it(`restores all of it, and what follows is the same (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    const seen = new Set<string>();
    for (let round = 0; round < 100; round++) {
      const replica = new Replica([1, 2]);
      for (let count = prng.below(20); count >= 0; count--) act(prng, [replica]);
      const copy = new Replica([1, 2]);
      expect(copy.reservation.restore(replica.reservation.snapshot())).toBe(true);
      expect(copy.state).toBe(replica.state);
      seen.add(replica.state.replace(/.*\| (.*) \|.*/, "$1"));
      for (let count = 0; count < 20; count++) act(prng, [replica, copy]);
      expect(copy.reservation.snapshot()).toEqual(replica.reservation.snapshot());
    }
    // Held by nobody, by one, and by all.
    for (const held of [/free/, /[ab]2? holds 1/, /all holds/]) {
      expect([...seen].some((each) => held.test(each))).toBe(true);
    }
  });

  it("of an SPC-2 reservation restores it, over what was there", () => {
    const { name } = nexusOf("b");
    const reservation = new Reservation();
    reservation.reserve(name);
    const other = new Replica();
    other.send(Action.REGISTER, "a", { newKey: 1 });
    expect(other.reservation.restore(reservation.snapshot())).toBe(true);
    expect(other.reservation.holdsSpc2(name)).toBe(true);
    expect(other.reservation.registrations.count).toBe(0);
  });

  it("of as many registrations as there may be is no longer than a parameter list", () => {
    const replica = new Replica();
    for (let count = 0; count < limits.registrationsMax; count++) {
      const nexus = nexusOf(`${"x".repeat(180)}${count}`);
      replica.apply(Action.REGISTER, nexus, { newKey: 1 });
    }
    const bytes = replica.reservation.snapshot();
    expect(bytes.length).toBeLessThan(limits.registrationsMax * 300);
    expect(new Reservation().restore(bytes)).toBe(true);
  });
});

describe("what a loss of power leaves", () => {
  it("[SPC-4 5.13.6, 6.15.2] is nothing without APTPL; with it all but PRGENERATION", () => {
    const replica = new Replica();
    replica.send(Action.REGISTER, "a", { newKey: 1, flags: 1 });
    replica.send(Action.RESERVE, "a", { key: 1, type: 5 });
    const { registrations } = replica.reservation;
    const copy = new Replica();
    expect(copy.reservation.restore(encodePersistent(registrations))).toBe(true);
    expect(copy.state).toBe("a=1 | a holds 5 | generation 0");
    expect(copy.reservation.registrations.persistsPowerLoss).toBe(true);
    replica.send(Action.REGISTER, "b", { newKey: 2 });
    expect(encodePersistent(registrations)).toHaveLength(0);
  });
});

describe("bytes that are no snapshot", () => {
  function held(type: number): Replica {
    const replica = new Replica();
    replica.send(Action.REGISTER, "a", { newKey: 1 });
    replica.send(Action.REGISTER, "b", { newKey: 2 });
    replica.send(Action.RESERVE, "b", { key: 2, type });
    return replica;
  }

  /** The snapshot of two registrations, with something else at `at`. */
  function changed(type: number, at: number, ...values: number[]): Uint8Array {
    const bytes = Buffer.from(held(type).reservation.snapshot());
    bytes.set(values, at);
    return bytes;
  }

  const KEY_AT = 13;
  const NAME_AT = 23;
  /** The letter that tells the second nexus from the first. */
  const SECOND_AT = NAME_AT + nexusOf("a").name.length + 10 + "iqn.2000-01.spec:".length;

  it.each<[string, Uint8Array]>([
    ["nothing", Buffer.alloc(0)],
    ["another version", changed(1, 0, 1)],
    ["a type that is none", changed(1, 1, 2)],
    ["no type but a holder", changed(1, 1, 0)],
    ["more registrations than there are", changed(1, 2, 0, 3)],
    ["fewer registrations than there are", changed(1, 2, 0, 1)],
    ["more registrations than there may be", changed(1, 2, 0xff, 0xff)],
    ["a holder beyond the registrations", changed(1, 8, 0, 3)],
    ["no holder where one must be", changed(1, 8, 0, 0)],
    ["one holder where all hold", changed(7, 8, 0, 1)],
    ["a bit beside PTPL_A", changed(1, 10, 2)],
    ["a registration without a key", changed(1, KEY_AT, 0, 0, 0, 0, 0, 0, 0, 0)],
    ["a name that is none of a nexus", changed(1, NAME_AT, 0x20)],
    ["a name that is no UTF-8", changed(1, NAME_AT, 0xff)],
    ["one nexus twice", changed(1, SECOND_AT, 0x61)],
    ["something behind the end", Buffer.concat([changed(1, 0, 2), Buffer.of(0)])],
  ])("%s change nothing", (_what, bytes) => {
    const replica = held(5);
    const before = replica.state;
    expect(replica.reservation.restore(bytes)).toBe(false);
    expect(replica.state).toBe(before);
  });

  it("are cut off at every byte", () => {
    const bytes = changed(1, 0, 2);
    expect(new Reservation().restore(bytes)).toBe(true);
    for (let end = 0; end < bytes.length; end++) {
      expect(new Reservation().restore(bytes.subarray(0, end))).toBe(false);
    }
  });

  it("hold an SPC-2 reservation among registrations", () => {
    const spc2 = new Reservation();
    spc2.reserve(nexusOf("b").name);
    const [alone, among] = [spc2.snapshot(), held(1).reservation.snapshot()];
    const bytes = Buffer.concat([among.subarray(0, 11), alone.subarray(11), among.subarray(13)]);
    expect(new Reservation().restore(bytes)).toBe(false);
  });

  it(`never throw, and what is taken is its own snapshot (seed ${SEED})`, () => {
    const prng = new Prng(SEED);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(held(prng.pick([1, 7])).reservation.snapshot());
      for (let count = prng.below(4); count >= 0; count--) {
        bytes[prng.below(bytes.length)] = prng.below(256);
      }
      const reservation = new Reservation();
      if (!reservation.restore(bytes)) continue;
      expect(Buffer.from(reservation.snapshot())).toEqual(bytes);
    }
  });
});
