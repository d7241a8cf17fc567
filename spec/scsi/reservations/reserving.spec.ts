import { PERSISTENT_TYPES } from "../../../lib/scsi/reservations/rules";
import { Action, Replica } from "../support/persistent";

const { REGISTER, RESERVE, RELEASE, CLEAR } = Action;
const CODES = PERSISTENT_TYPES.map(({ code }) => code);

/** Unregistered a; b, c and d registered with keys 2, 3 and 4; b has reserved if a type is given. */
function registered(type?: number): Replica {
  const replica = new Replica();
  replica.send(REGISTER, "b", { newKey: 2 });
  replica.send(REGISTER, "c", { newKey: 3 });
  replica.send(REGISTER, "d", { newKey: 4 });
  if (type !== undefined) replica.send(RESERVE, "b", { key: 2, type });
  return replica;
}

const isOfAll = (type: number): boolean => type >= 7;
const held = (type: number): string => (isOfAll(type) ? `all holds ${type}` : `b holds ${type}`);

describe.each(CODES)("RESERVE of type %i", (type) => {
  const state = `b=2 c=3 d=4 | ${held(type)} | generation 3`;

  it("[SPC-4 5.13.9] reserves for a registered nexus, and counts no generation", () => {
    const replica = registered();
    expect(replica.send(RESERVE, "b", { key: 2, type })).toBe("good");
    expect(replica.state).toBe(state);
  });

  it.each([
    ["an unregistered nexus", "a", 0],
    ["an unregistered nexus with somebody's key", "a", 2],
    ["a registered nexus with another's key", "b", 3],
    ["a registered nexus without a key", "b", 0],
  ])("[SPC-4 6.16.3] conflicts for %s", (_who, from, key) => {
    const replica = registered();
    expect(replica.send(RESERVE, from, { key, type })).toBe("conflict");
    expect(replica.state).toBe("b=2 c=3 d=4 | free | generation 3");
  });

  it("[SPC-4 5.13.9] may be repeated by a holder, and by nobody else", () => {
    const replica = registered(type);
    expect(replica.send(RESERVE, "b", { key: 2, type })).toBe("good");
    expect(replica.send(RESERVE, "c", { key: 3, type })).toBe(isOfAll(type) ? "good" : "conflict");
    expect(replica.send(RESERVE, "a", { key: 2, type })).toBe("conflict");
    expect(replica.state).toBe(state);
  });

  it.each(CODES.filter((other) => other !== type))(
    "[SPC-4 5.13.9] conflicts for a holder that wants type %i instead",
    (other) => {
      const replica = registered(type);
      expect(replica.send(RESERVE, "b", { key: 2, type: other })).toBe("conflict");
      expect(replica.state).toBe(state);
    },
  );
});

describe("RESERVE of what there is not", () => {
  it.each([0, 2, 4, 9, 15])("[SPC-4 6.15.3.4] refuses TYPE %i, and points at it", (type) => {
    expect(registered().send(RESERVE, "b", { key: 2, type })).toBe("5/24/00 cdb 2.3");
  });

  it.each([1, 2, 15])("[SPC-4 6.16.1] refuses SCOPE %i, and points at it", (scope) => {
    expect(registered().send(RESERVE, "b", { key: 2, type: 1, scope })).toBe("5/24/00 cdb 2.7");
  });

  it("[SPC-4 table 66] conflicts before that with somebody's reservation", () => {
    expect(registered(1).send(RESERVE, "c", { key: 3, type: 0 })).toBe("conflict");
  });
});

describe.each(CODES)("RELEASE of type %i", (type) => {
  const told = type >= 5 ? ", c d: reservations released" : "";
  const state = `b=2 c=3 d=4 | ${held(type)} | generation 3`;
  const free = "b=2 c=3 d=4 | free | generation 3";

  it(`[SPC-4 5.13.11.2.2] by the holder: good${told}`, () => {
    const replica = registered(type);
    expect(replica.send(RELEASE, "b", { key: 2, type })).toBe(`good${told}`);
    expect(replica.state).toBe(free);
  });

  it("[SPC-4 5.13.11.2.2] by another registrant releases only what all registrants hold", () => {
    const replica = registered(type);
    const released = isOfAll(type) ? "good, b d: reservations released" : "good";
    expect(replica.send(RELEASE, "c", { key: 3, type })).toBe(released);
    expect(replica.state).toBe(isOfAll(type) ? free : state);
  });

  it("[SPC-4 table 66] conflicts for the unregistered and for a wrong key", () => {
    const replica = registered(type);
    expect(replica.send(RELEASE, "a", { type })).toBe("conflict");
    expect(replica.send(RELEASE, "b", { key: 3, type })).toBe("conflict");
    expect(replica.state).toBe(state);
  });

  it("[SPC-4 5.13.11.2.2] of another scope or type by the holder is an invalid release", () => {
    const replica = registered(type);
    for (const other of [0, ...CODES.filter((code) => code !== type)]) {
      expect(replica.send(RELEASE, "b", { key: 2, type: other })).toBe("5/26/04");
    }
    expect(replica.send(RELEASE, "b", { key: 2, type, scope: 1 })).toBe("5/26/04");
    expect(replica.state).toBe(state);
  });

  it("[SPC-4 5.13.11.2.2] of nothing is good", () => {
    const replica = registered();
    expect(replica.send(RELEASE, "b", { key: 2, type })).toBe("good");
    expect(replica.state).toBe(free);
  });
});

describe("CLEAR", () => {
  it.each([undefined, ...CODES])("[SPC-4 5.13.11.2.7] removes all there is (type %p)", (type) => {
    const replica = registered(type);
    const answer = "good, b d: reservations preempted";
    expect(replica.send(CLEAR, "c", { key: 3, type: 15, scope: 15 })).toBe(answer);
    expect(replica.state).toBe(" | free | generation 4");
  });

  it("[SPC-4 table 66] conflicts for the unregistered and for a wrong key", () => {
    const replica = registered(1);
    expect(replica.send(CLEAR, "a", {})).toBe("conflict");
    expect(replica.send(CLEAR, "c", { key: 2 })).toBe("conflict");
    expect(replica.state).toBe("b=2 c=3 d=4 | b holds 1 | generation 3");
  });

  it("[SPC-4 5.13.11.2.7] by the only registrant tells nobody", () => {
    const replica = new Replica();
    replica.send(REGISTER, "a", { newKey: 1 });
    expect(replica.send(CLEAR, "a", { key: 1 })).toBe("good");
  });
});
