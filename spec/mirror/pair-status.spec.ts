import type { Role, Side } from "../../lib/mirror/config";
import type { PairState } from "../../lib/mirror/pair-state";
import { accessStatesOf } from "../../lib/mirror/pair-status";
import type { Standing } from "../../lib/mirror/pair-view";

type Example = "communication" | "sub-relay" | "symmetric";

function states(
  side: Side,
  of: { role: Role; state: PairState; standing: Standing; example?: Example },
): string {
  const access = accessStatesOf({ side, example: "symmetric", ...of });
  return `${access.get(1)}, ${access.get(2)}`;
}

describe("what hosts are told of the two paths", () => {
  it("[17] is the same at both sides while they are mirrored", () => {
    for (const example of ["communication", "sub-relay", "symmetric"] as const) {
      for (const state of ["PAIR", "COPY"] as const) {
        for (const main of [1, 2] as const) {
          const of = { state, standing: "mirrored", example } as const;
          const one = states(1, { ...of, role: main === 1 ? "main" : "sub" });
          const other = states(2, { ...of, role: main === 2 ? "main" : "sub" });
          expect(one).toBe(other);
        }
      }
    }
  });

  it.each([
    ["symmetric", "PAIR", "active-optimized, active-optimized"],
    ["sub-relay", "PAIR", "active-optimized, active-non-optimized"],
    ["communication", "PAIR", "active-optimized, active-non-optimized"],
    ["symmetric", "COPY", "active-optimized, active-non-optimized"],
  ] as const)("in example %s and state %s is %s", (example, state, expected) => {
    expect(states(1, { role: "main", state, standing: "mirrored", example })).toBe(expected);
  });

  it.each([
    ["alone", "unavailable, active-optimized"],
    ["blocked", "active-optimized, unavailable"],
    ["deciding", "transitioning, transitioning"],
  ] as const)("at side 2 that is %s is %s", (standing, expected) => {
    expect(states(2, { role: "main", state: "PSUE", standing })).toBe(expected);
  });
});
