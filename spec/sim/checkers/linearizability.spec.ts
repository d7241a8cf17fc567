import { type BlockOperation, explain } from "./linearizability";

/** "1-4 w 5" writes 5 from 1 to 4; "r" reads, "s 3>5" swaps, "d 3" found another; "?": perhaps. */
function parse(line: string): BlockOperation {
  const [span = "", kind = "", what = ""] = line.split(" ");
  const [start = "", end = ""] = span.split("-");
  const [expected = "0", value = "0"] = what.includes(">") ? what.split(">") : [what, what];
  const kinds = { r: "read", w: "write", s: "swap", d: "differs" } as const;
  return {
    kind: kinds[kind[0] as "r"],
    value: Number(value),
    expected: Number(expected),
    start: Number(start),
    end: end === "" ? Infinity : Number(end),
    isOptional: kind.endsWith("?"),
    who: "nobody",
  };
}

function isLinearizable(...lines: string[]): boolean {
  return explain(lines.map(parse), 0) === null;
}

describe("a history of a block", () => {
  it("is explained when a read sees the newest write", () => {
    expect(isLinearizable("1-2 w 5", "3-4 r 5")).toBe(true);
  });

  it("is not when a read sees what was before it", () => {
    expect(isLinearizable("1-2 w 5", "3-4 r 0")).toBe(false);
  });

  it("leaves a read the choice while a write is under way", () => {
    expect(isLinearizable("1-4 w 5", "2-3 r 0")).toBe(true);
    expect(isLinearizable("1-4 w 5", "2-3 r 5")).toBe(true);
  });

  it("lets a comparison find a write that nobody was told of, and nobody else has seen", () => {
    expect(isLinearizable("1-2 w 5", "3-4 w? 6", "5-6 d 5")).toBe(true);
    expect(isLinearizable("1-2 w 5", "5-6 d 5")).toBe(false);
  });

  it("does not let a value that was read be unread", () => {
    expect(isLinearizable("1-8 w 5", "2-3 r 5", "4-5 r 0")).toBe(false);
  });

  it("does not let a write come back after a newer one", () => {
    expect(isLinearizable("1-2 w 5", "3-4 w 6", "5-6 r 6", "7-8 r 5")).toBe(false);
  });

  it("orders writes at once the same way for all", () => {
    const writes = ["1-9 w 5", "2-10 w 6"];
    expect(isLinearizable(...writes, "3-4 r 5", "5-6 r 6")).toBe(true);
    expect(isLinearizable(...writes, "3-4 r 5", "5-6 r 6", "7-8 r 5")).toBe(false);
  });

  it("lets a write of unknown end take effect late or never", () => {
    expect(isLinearizable("1- w? 5", "2-3 r 0", "4-5 r 0")).toBe(true);
    expect(isLinearizable("1- w? 5", "2-3 r 0", "4-5 r 5")).toBe(true);
    expect(isLinearizable("1- w? 5", "2-3 r 5", "4-5 r 0")).toBe(false);
  });

  it("lets an aborted write take effect until its end only", () => {
    expect(isLinearizable("1-3 w? 5", "4-5 r 0")).toBe(true);
    expect(isLinearizable("1-3 w? 5", "4-5 r 5")).toBe(true);
    expect(isLinearizable("1-3 w? 5", "4-5 r 0", "6-7 r 5")).toBe(false);
  });

  it("lets nobody come between the halves of a swap", () => {
    expect(isLinearizable("1-2 w 5", "3-4 s 5>6", "5-6 r 6")).toBe(true);
    expect(isLinearizable("1-2 w 5", "3-9 s 5>6", "4-8 s 5>7")).toBe(false);
    expect(isLinearizable("1-2 w 5", "3-9 s 5>6", "4-8 s 6>7", "10-11 r 7")).toBe(true);
  });

  it("believes a swap that found something else only if there was something else", () => {
    expect(isLinearizable("1-2 w 5", "3-4 d 6")).toBe(true);
    expect(isLinearizable("1-2 w 5", "3-4 d 5")).toBe(false);
  });

  it("believes it of a write that nobody else saw", () => {
    expect(isLinearizable("1-2 w 5", "3-6 w? 6", "4-5 d 5", "7-8 w 7", "9-10 r 7")).toBe(true);
  });

  it("knows values that come twice", () => {
    expect(isLinearizable("1-2 w 5", "3-4 w 0", "5-6 r 0", "7-8 w 5", "9-10 r 5")).toBe(true);
    expect(isLinearizable("1-2 w 5", "3-4 w 0", "5-6 r 5")).toBe(false);
  });
});
