import { Claim, Exclusion } from "../../lib/mirror/exclusion";

/** A claim of blocks start…end - 1 that notes its name when it is granted after a wait. */
function makerOf(granted: string[]) {
  return (name: string, start: number, end: number, kind: "shared" | "urgent" | "" = ""): Claim =>
    new Claim({ start, end }, { isShared: kind === "shared", isUrgent: kind === "urgent" }, () =>
      granted.push(name),
    );
}

describe("Exclusion", () => {
  const granted: string[] = [];
  const claim = makerOf(granted);
  let exclusion = new Exclusion();

  beforeEach(() => {
    granted.length = 0;
    exclusion = new Exclusion();
  });

  afterEach(() => exclusion.invariants());

  it("[A1] lets writes of different ranges go on together, adjacent ones too", () => {
    expect(exclusion.acquire(claim("a", 0, 4))).toBe(true);
    expect(exclusion.acquire(claim("b", 4, 8))).toBe(true);
    expect(exclusion.heldCount).toBe(2);
  });

  it("[A7] lets reads share and keeps writes from them", () => {
    expect(exclusion.acquire(claim("a", 0, 4, "shared"))).toBe(true);
    expect(exclusion.acquire(claim("b", 2, 6, "shared"))).toBe(true);
    expect(exclusion.acquire(claim("c", 3, 5))).toBe(false);
  });

  it("[A5] grants in the order of coming when what was waited for is released", () => {
    const held = claim("held", 0, 8);
    const first = claim("first", 0, 2);
    const second = claim("second", 1, 3);
    const third = claim("third", 2, 4);
    exclusion.acquire(held);
    for (const waiting of [first, second, third]) exclusion.acquire(waiting);
    exclusion.release(held);
    expect(granted).toEqual(["first"]);
    exclusion.release(first);
    exclusion.release(second);
    expect(granted).toEqual(["first", "second", "third"]);
  });

  it("[L7] lets nobody who comes later pass one that waits for the same blocks", () => {
    const reader = claim("reader", 0, 1, "shared");
    exclusion.acquire(reader);
    exclusion.acquire(claim("writer", 0, 1));
    expect(exclusion.acquire(claim("late", 0, 1, "shared"))).toBe(false);
    exclusion.release(reader);
    expect(granted).toEqual(["writer"]);
  });

  it("[X-02 L1] puts what the main side ordered before what waits here", () => {
    const held = claim("held", 0, 1);
    exclusion.acquire(held);
    exclusion.acquire(claim("waiting", 0, 1));
    exclusion.acquire(claim("urgent", 0, 1, "urgent"));
    exclusion.release(held);
    expect(granted).toEqual(["urgent"]);
  });

  it("[X-02] grants what the main side ordered at once where others only wait", () => {
    const held = claim("held", 4, 8);
    exclusion.acquire(held);
    exclusion.acquire(claim("waiting", 0, 8));
    expect(exclusion.acquire(claim("urgent", 0, 4, "urgent"))).toBe(true);
  });

  it("takes one that waits out of the line and grants who waited for it", () => {
    const held = claim("held", 0, 1);
    const waiting = claim("waiting", 0, 4);
    exclusion.acquire(held);
    exclusion.acquire(waiting);
    exclusion.acquire(claim("behind", 2, 3));
    exclusion.release(waiting);
    expect(granted).toEqual(["behind"]);
    expect(waiting.state).toBe("idle");
  });

  it("grants however many release as soon as they are told, without a deep stack", () => {
    const count = 50_000;
    let done = 0;
    const held = claim("held", 0, 1);
    exclusion.acquire(held);
    for (let index = 0; index < count; index++) {
      const kind = { isShared: true, isUrgent: false };
      const one: Claim = new Claim({ start: 0, end: 1 }, kind, () => {
        done++;
        exclusion.release(one);
      });
      exclusion.acquire(one);
    }
    exclusion.release(held);
    expect(done).toBe(count);
  });

  it("tells nobody who has been released before being told", () => {
    const held = claim("held", 0, 2);
    const second = claim("second", 1, 2);
    const kind = { isShared: false, isUrgent: false };
    const first = new Claim({ start: 0, end: 1 }, kind, () => exclusion.release(second));
    exclusion.acquire(held);
    exclusion.acquire(first);
    exclusion.acquire(second);
    exclusion.release(held);
    expect(granted).toEqual([]);
    expect(exclusion.heldCount).toBe(1);
  });
});
