import { explore } from "./explore";
import { isLinearizable } from "./one-block";
import { EXCLUSION_ROWS, RELAYING_ROWS } from "./rows";

describe("a history of one block", () => {
  it.each([
    ["AaM1", true, "a read after a write sees it"],
    ["AaM0", false, "a read after a write does not see what was before"],
    ["AM0a", true, "a read during a write may see what was before"],
    ["AM1S5a", false, "what was seen is not unseen"],
    ["BM2eS5", false, "not even of a write that failed"],
    ["BeS5", true, "a write that failed may be nowhere"],
    ["BeS7", true, "or be there"],
    ["ABabM1S6", true, "either of two writes at once may be the last"],
    ["ABabM1S7", false, "but for everybody the same"],
  ])("%s is %p: %s", (history, expected) => {
    expect(isLinearizable(history)).toBe(expected);
  });
});

describe("Fig. 17 in every order of events", () => {
  it.each(EXCLUSION_ROWS)("$row: $says: $faults", ({ model, stateCount, faults }) => {
    const verdict = explore(model);
    expect([...verdict.faults.keys()].sort()).toEqual([...faults].sort());
    expect(verdict.stateCount).toBe(stateCount);
  });
});

describe("the first and second example in every order of events", () => {
  it.each(RELAYING_ROWS)("$row: $says: $faults", ({ model, stateCount, faults }) => {
    const verdict = explore(model);
    expect([...verdict.faults.keys()].sort()).toEqual([...faults].sort());
    expect(verdict.stateCount).toBe(stateCount);
  });
});
