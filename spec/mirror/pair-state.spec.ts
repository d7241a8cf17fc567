import { after, PAIR_STATES, REFUSALS, refusalOf, TRANSITIONS } from "../../lib/mirror/pair-state";
import type { PairEvent, PairState, PairWish } from "../../lib/mirror/pair-state";

/** One row an event; "." where it cannot happen. Columns: the states in their order. */
const EXPECTED: Readonly<Record<PairEvent, string>> = {
  //             SMPL COPY PAIR PSUS PSUE SSUS SSWS
  founded: "      SMPL COPY PAIR PSUS PSUE SSUS SSWS",
  paired: "       PAIR .    .    .    .    .    .",
  joined: "       COPY COPY COPY COPY COPY COPY COPY",
  completed: "    .    PAIR .    .    .    .    .",
  lost: "         PSUE PSUE PSUE .    PSUE .    .",
  "taken-over": " SSWS .    SSWS .    SSWS .    .",
  blocked: "      SMPL PSUE PSUE PSUS PSUE SSUS SSWS",
  split: "        .    PSUS PSUS .    .    .    .",
  left: "         .    SSUS SSUS SSUS SSUS SSUS SSUS",
  failed: "       .    PSUE PSUE .    .    .    .",
  dropped: "      PSUE PSUE PSUE PSUE PSUE SSUS PSUE",
  swapped: "      .    .    PAIR .    .    .    .",
};

const WISHES: readonly PairWish[] = ["create", "alone", "split", "resync", "verify", "swap"];

describe("the states of a pair", () => {
  it.each(Object.keys(EXPECTED) as PairEvent[])('go on after "%s" as listed', (event) => {
    const states = PAIR_STATES.map((state: PairState) => after(state, event) ?? ".");
    expect(states).toEqual(EXPECTED[event].trim().split(/\s+/));
  });

  it("[P-01] have no row but those above", () => {
    const events = PAIR_STATES.flatMap((state) => Object.keys(TRANSITIONS[state]));
    expect([...new Set(events)].sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each([
    ["SMPL", ["create", "alone"]],
    ["COPY", ["split"]],
    ["PAIR", ["split", "resync", "verify", "swap"]],
    ["PSUS", ["create", "resync"]],
    ["PSUE", ["create", "resync"]],
    ["SSUS", ["create", "resync"]],
    ["SSWS", ["create", "resync"]],
  ] as const)("allow in %s an operator to %j", (state, allowed) => {
    expect(WISHES.filter((wish) => refusalOf(state, wish) === null)).toEqual(allowed);
  });

  it("refuse with a sentence that says what to do or to wait for", () => {
    const sentences = PAIR_STATES.flatMap((state) => Object.values(REFUSALS[state]));
    for (const sentence of sentences) expect(sentence).toMatch(/^(there is|the) .*(pair|PAIR)/);
  });
});
