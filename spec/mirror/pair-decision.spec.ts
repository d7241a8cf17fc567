import type { Side } from "../../lib/mirror/config";
import { decide } from "../../lib/mirror/pair-decision";
import type { Descriptor } from "../../lib/mirror/pair-decision";
import type { Members, PairRecord } from "../../lib/mirror/pair-record";
import { membersOf } from "../../lib/mirror/pair-record";
import { PAIR_STATES } from "../../lib/mirror/pair-state";

const PAIR_A = new Uint8Array(16).fill(1);
const PAIR_B = new Uint8Array(16).fill(2);

function record(fields: Partial<PairRecord> = {}): PairRecord {
  return {
    pairId: PAIR_A,
    epoch: 5,
    members: "both",
    role: "main",
    state: "PAIR",
    isConsistent: true,
    generation: 9,
    ...fields,
  };
}

function side(number: Side, fields: Partial<Descriptor> = {}): Descriptor {
  return {
    side: number,
    firstMain: 1,
    survivor: 1,
    options: "symmetric",
    blockSize: 512,
    blockCount: 1000,
    isNew: false,
    isDamaged: false,
    record: null,
    wish: "none",
    wishSource: null,
    ...fields,
  };
}

const MAIN = record();
const SUB = record({ role: "sub" });

describe("what two sides decide", () => {
  it("makes a pair of two new copies without copying, with the configured main", () => {
    const decision = decide(
      side(1, { isNew: true, firstMain: 2 }),
      side(2, { isNew: true, firstMain: 2 }),
    );
    expect(decision).toEqual({ is: "join", main: 2, copy: "none", isNewPair: true, epoch: 1 });
  });

  it.each([1, 2] as const)("copies everything from side %d when the other is new", (source) => {
    const decision = decide(side(1, { isNew: source === 2 }), side(2, { isNew: source === 1 }));
    expect(decision).toMatchObject({ is: "join", main: source, copy: "all", isNewPair: true });
  });

  it("does not choose between two copies with data that were never a pair", () => {
    expect(decide(side(1), side(2))).toEqual({
      is: "refused",
      mayGoOn: true,
      why:
        "both sides have data and were never a pair: " +
        "say `pair create` at the side whose data is to be kept",
    });
  });

  it.each([
    ["size", { blockCount: 999 }, /differ in size/, true],
    ["options", { options: "sub-relay" }, /configured differently \(symmetric; sub-relay\)/, true],
    ["main", { firstMain: 2 }, /different mains/, true],
    ["survivor", { survivor: 2 }, /different survivors/, false],
    ["name", { side: 1 }, /both sides are configured as side 1/, false],
  ] as const)("[A25] refuses sides of different %s", (_, fields, why, mayGoOn) => {
    const decision = decide(side(1, { record: MAIN }), side(2, { record: SUB, ...fields }));
    expect(decision).toEqual({ is: "refused", why: expect.stringMatching(why), mayGoOn });
  });

  it("[M7] refuses sides of different pairs", () => {
    const other = record({ pairId: PAIR_B, role: "sub" });
    expect(decide(side(1, { record: MAIN }), side(2, { record: other }))).toMatchObject({
      is: "refused",
      why: expect.stringMatching(/different pairs: say `pair create`/),
    });
  });

  it("[M6] follows the recorded main in the same epoch", () => {
    expect(decide(side(1, { record: SUB }), side(2, { record: MAIN }))).toEqual({
      is: "join",
      main: 2,
      copy: "map",
      isNewPair: false,
      epoch: 6,
    });
  });

  it("[W5] follows the side that was alone in the newer epoch", () => {
    const alone = record({ epoch: 6, members: "second", state: "SSWS" });
    expect(decide(side(1, { record: MAIN }), side(2, { record: alone }))).toMatchObject({
      is: "join",
      main: 2,
      copy: "map",
      epoch: 7,
    });
  });

  it("[22] never takes half a copy for the source, whatever else is recorded", () => {
    const half = record({ isConsistent: false, epoch: 9 });
    const whole = record({ role: "sub", epoch: 2 });
    expect(decide(side(1, { record: half }), side(2, { record: whole }))).toMatchObject({
      main: 2,
    });
    const both = decide(side(1, { record: half }), side(2, { record: { ...half, role: "sub" } }));
    expect(both).toMatchObject({ why: expect.stringMatching(/both copies are halves/) });
  });

  it("does not choose between two sides that both went on alone, until somebody does", () => {
    const first = side(1, { record: record({ members: "first", epoch: 6 }) });
    const second = side(2, { record: record({ members: "second", epoch: 7 }) });
    expect(decide(first, second)).toMatchObject({
      is: "refused",
      why: "both sides went on alone: say `pair resync` with the side whose changes are to be kept",
    });
    const wish = { wish: "resync", wishSource: 1 } as const;
    expect(decide(first, { ...second, ...wish })).toMatchObject({ main: 1, copy: "map", epoch: 8 });
  });

  it("leaves a split as it is until somebody asks for a resync", () => {
    const first = side(1, { record: record({ members: "first", state: "PSUS", epoch: 6 }) });
    const second = side(2, {
      record: record({ members: "first", state: "SSUS", epoch: 6, role: "sub" }),
    });
    expect(decide(first, second)).toEqual({ is: "suspended", main: 1, epoch: 6 });
    expect(decide(first, { ...second, wish: "resync" })).toMatchObject({ is: "join", main: 1 });
  });

  it("[O-04] follows the newer record when an exchange of roles was interrupted", () => {
    const swapped = record({ role: "main", epoch: 6 });
    expect(decide(side(1, { record: MAIN }), side(2, { record: swapped }))).toMatchObject({
      main: 2,
    });
  });

  it("copies everything to a new disk, unless the lost one may have had newer data", () => {
    const fresh = side(2, { isNew: true });
    expect(decide(side(1, { record: MAIN }), fresh)).toMatchObject({
      main: 1,
      copy: "all",
      isNewPair: false,
    });
    const survivor = { survivor: 2 } as const;
    expect(decide(side(1, { record: MAIN, ...survivor }), { ...fresh, ...survivor })).toMatchObject(
      {
        is: "refused",
        why: expect.stringMatching(/side 1 may lack what the lost copy had/),
      },
    );
  });

  it("refuses a side whose record cannot be read, and a `pair create` mends it", () => {
    const damaged = side(2, { isDamaged: true });
    expect(decide(side(1, { record: MAIN }), damaged)).toMatchObject({
      why: expect.stringMatching(/side 2 knew of its pair cannot be read/),
    });
    const wishing = side(1, { record: MAIN, wish: "create" });
    expect(decide(wishing, damaged)).toMatchObject({ is: "join", main: 1, copy: "all" });
  });

  it("does nothing when each side is asked to keep its own copy", () => {
    expect(decide(side(1, { wish: "create" }), side(2, { wish: "create" }))).toMatchObject({
      is: "refused",
      why: expect.stringMatching(/ask one side only/),
    });
  });
});

/** Every descriptor that differs in what the decision looks at. */
function* descriptorsOf(number: Side): Generator<Descriptor> {
  const members: Members[] = ["both", "first", "second"];
  for (const wish of ["none", "create", "resync"] as const) {
    for (const wishSource of wish === "none" ? [null] : ([null, 1, 2] as const)) {
      const wished = { wish, wishSource };
      yield side(number, { ...wished, isNew: true });
      yield side(number, wished);
      yield side(number, { ...wished, isDamaged: true });
      for (const state of PAIR_STATES) {
        for (const member of members) {
          for (const role of ["main", "sub"] as const) {
            for (const epoch of [0, 5, 6]) {
              const isConsistent = state !== "COPY";
              yield side(number, {
                ...wished,
                record: record({ state, members: member, role, epoch, isConsistent }),
              });
            }
          }
        }
      }
    }
  }
}

describe("over all descriptors", () => {
  it("both sides decide the same, and rise above both epochs", () => {
    const seconds = [...descriptorsOf(2)];
    let count = 0;
    const wrong: unknown[] = [];
    for (const first of descriptorsOf(1)) {
      for (const second of seconds) {
        if (first.wish !== "none" && second.wish !== "none") continue;
        count++;
        const one = decide(first, second);
        const other = decide(second, first);
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        const epochs = [first.record?.epoch ?? 0, second.record?.epoch ?? 0];
        const isAbove = one.is !== "join" || one.epoch > Math.max(...epochs);
        if (!isSame || !isAbove) wrong.push({ first, second, one, other });
      }
    }
    expect(wrong.slice(0, 2)).toEqual([]);
    expect(count).toBeGreaterThan(100_000);
  });

  it("[22] nobody overwrites a side that went on alone later, unless an operator says so", () => {
    const wrong: unknown[] = [];
    for (const first of descriptorsOf(1)) {
      for (const second of descriptorsOf(2)) {
        if (first.wish !== "none" || second.wish !== "none") continue;
        const decision = decide(first, second);
        if (decision.is !== "join") continue;
        const [source, target] = decision.main === 1 ? [first, second] : [second, first];
        const isAlone = target.record?.members === membersOf(target.side);
        const isNewer = (target.record?.epoch ?? 0) > (source.record?.epoch ?? 0);
        if (isAlone && isNewer && target.record?.isConsistent) wrong.push({ source, target });
        if (source.record !== null && !source.record.isConsistent) wrong.push({ source, target });
      }
    }
    expect(wrong.slice(0, 2)).toEqual([]);
  });
});
