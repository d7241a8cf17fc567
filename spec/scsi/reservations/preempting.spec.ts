import { Action, Replica } from "../support/persistent";

const { REGISTER, RESERVE, PREEMPT, PREEMPT_AND_ABORT } = Action;

/** b=2, c=3, d=3, e=5 and unregistered a; the first of `who` has reserved. */
function registered(reserved?: { readonly by: string; readonly type: number }): Replica {
  const replica = new Replica();
  const keys: Readonly<Record<string, number>> = { b: 2, c: 3, d: 3, e: 5 };
  for (const [name, newKey] of Object.entries(keys)) replica.send(REGISTER, name, { newKey });
  if (reserved === undefined) return replica;
  const { by, type } = reserved;
  expect(replica.send(RESERVE, by, { key: keys[by] as number, type })).toBe("good");
  return replica;
}

const ALL = "b=2 c=3 d=3 e=5";
const byC = (type: number): { by: string; type: number } => ({ by: "c", type });

describe.each([
  ["PREEMPT", PREEMPT, ""],
  ["PREEMPT AND ABORT", PREEMPT_AND_ABORT, ", aborts c d"],
])("%s of the key", (_name, action, aborts) => {
  it.each([1, 3, 5, 6])("[SPC-4 5.13.11.2.4.3] of the holder takes its type %i over", (type) => {
    const replica = registered(byC(type));
    const answer = `good, c d: registrations preempted${aborts}`;
    expect(replica.send(action, "b", { key: 2, newKey: 3, type })).toBe(answer);
    expect(replica.state).toBe(`b=2 e=5 | b holds ${type} | generation 5`);
  });

  it.each([
    [1, 3, "b holds 3"],
    [5, 1, "b holds 1"],
    [6, 8, "all holds 8"],
    [3, 7, "all holds 7"],
  ])(
    "[SPC-4 5.13.11.2.4.3] of the holder makes type %i into %i, which the others are told",
    (before, type, held) => {
      const replica = registered(byC(before));
      const answer = `good, c d: registrations preempted, e: reservations released${aborts}`;
      expect(replica.send(action, "b", { key: 2, newKey: 3, type })).toBe(answer);
      expect(replica.state).toBe(`b=2 e=5 | ${held} | generation 5`);
    },
  );

  it.each([
    ["another's than the holder's", { by: "e", type: 1 }, "e holds 1"],
    ["some of all registrants", { by: "c", type: 8 }, "all holds 8"],
    ["somebody while nobody holds", undefined, "free"],
  ])("[SPC-4 5.13.11.2.5] of %s removes registrations alone", (_whose, reserved, held) => {
    const replica = registered(reserved);
    const answer = `good, c d: registrations preempted${aborts}`;
    // SCOPE and TYPE are ignored then.
    const fields = { key: 2, newKey: 3, type: 0, scope: 15 };
    expect(replica.send(action, "b", fields)).toBe(answer);
    expect(replica.state).toBe(`b=2 e=5 | ${held} | generation 5`);
  });

  it.each([
    ["nobody has", 2, 9],
    ["the nexus has not", 3, 5],
  ])("[SPC-4 5.13.11.2.5] that %s conflicts", (_case, key, newKey) => {
    for (const reserved of [undefined, byC(1), byC(8)]) {
      const replica = registered(reserved);
      expect(replica.send(action, "b", { key, newKey, type: 1 })).toBe("conflict");
      expect(replica.state).toMatch(/^b=2 c=3 d=3 e=5 .* generation 4$/);
    }
  });

  it("[SPC-4 table 66] conflicts for an unregistered nexus", () => {
    const replica = registered(byC(1));
    for (const key of [0, 2, 3]) {
      expect(replica.send(action, "a", { key, newKey: 3, type: 1 })).toBe("conflict");
    }
    expect(replica.state).toBe(`${ALL} | c holds 1 | generation 4`);
  });

  it("[SPC-4 table 72] zero is refused unless all registrants hold", () => {
    for (const reserved of [undefined, byC(1), byC(5)]) {
      const replica = registered(reserved);
      expect(replica.send(action, "b", { key: 2, type: 1 })).toBe("5/26/00 data 8.7");
    }
  });

  it.each([
    [{ type: 2 }, "5/24/00 cdb 2.3"],
    [{ type: 1, scope: 1 }, "5/24/00 cdb 2.7"],
  ])("[SPC-4 6.16.1] of the holder refuses %j", (fields, answer) => {
    const replica = registered(byC(1));
    expect(replica.send(action, "b", { key: 2, newKey: 3, ...fields })).toBe(answer);
    expect(replica.state).toBe(`${ALL} | c holds 1 | generation 4`);
  });
});

describe("PREEMPT of all registrants", () => {
  it("[SPC-4 table 72] by zero removes all others and reserves anew", () => {
    const replica = registered(byC(7));
    const answer = "good, c d e: registrations preempted";
    expect(replica.send(PREEMPT, "b", { key: 2, type: 3 })).toBe(answer);
    expect(replica.state).toBe("b=2 | b holds 3 | generation 5");
  });

  it("[SPC-4 5.13.11.2.6] and ABORT by zero ends the tasks of every registered nexus", () => {
    const replica = registered(byC(7));
    const answer = "good, c d e: registrations preempted, aborts b c d e";
    expect(replica.send(PREEMPT_AND_ABORT, "b", { key: 2, type: 7 })).toBe(answer);
    expect(replica.state).toBe("b=2 | all holds 7 | generation 5");
  });

  it("[SPC-4 table 71] by the one key of all of them releases what they held", () => {
    const replica = new Replica();
    for (const name of ["a", "b"]) replica.send(REGISTER, name, { newKey: 1 });
    replica.send(RESERVE, "a", { key: 1, type: 8 });
    const answer = "good, b: registrations preempted";
    expect(replica.send(PREEMPT, "a", { key: 1, newKey: 1, type: 8 })).toBe(answer);
    expect(replica.state).toBe(" | free | generation 3");
  });
});

describe("a nexus that preempts its own key", () => {
  it("[SPC-4 5.13.11.2.4.3] as the holder stays registered and holds the new reservation", () => {
    const replica = registered(byC(1));
    const answer = "good, d: registrations preempted, b e: reservations released";
    expect(replica.send(PREEMPT, "c", { key: 3, newKey: 3, type: 6 })).toBe(answer);
    expect(replica.state).toBe("b=2 c=3 e=5 | c holds 6 | generation 5");
  });

  it("[SPC-4 5.13.11.2.5] as any other loses its registration and is not told", () => {
    const replica = registered({ by: "b", type: 1 });
    const answer = "good, d: registrations preempted";
    expect(replica.send(PREEMPT, "c", { key: 3, newKey: 3 })).toBe(answer);
    expect(replica.state).toBe("b=2 e=5 | b holds 1 | generation 5");
  });

  it("[SPC-4 5.13.11.2.4.3] takes over where the holder has the same key", () => {
    const replica = registered({ by: "d", type: 3 });
    const answer = "good, d: registrations preempted";
    expect(replica.send(PREEMPT, "c", { key: 3, newKey: 3, type: 3 })).toBe(answer);
    expect(replica.state).toBe("b=2 c=3 e=5 | c holds 3 | generation 5");
  });
});
