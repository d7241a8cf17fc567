import { Prng } from "../../lib/base/prng";
import { limits } from "../../lib/base/limits";
import type { ControlAnswer, ControlMessage } from "../../lib/mirror/control";
import { Control } from "../../lib/mirror/control";
import type { PairView } from "../../lib/mirror/pair-view";

/** One side: what it applied, and actions whose end is in the spec's hands. */
class ControlSide {
  readonly pair = { role: "main", standing: "mirrored" } as {
    -readonly [K in keyof PairView]: PairView[K];
  };
  readonly sent: ControlMessage[] = [];
  readonly applied: string[] = [];
  readonly ends: (() => void)[] = [];
  readonly drops: string[] = [];
  readonly control: Control;
  isSlow = false;
  /** Whether it can keep what it applies. */
  keeps = true;
  /** Whether this side's early writes have settled; who waits for them. */
  isSettled = true;
  readonly settling: (() => void)[] = [];

  constructor(side: 1 | 2) {
    let count = side;
    this.pair.role = side === 1 ? "main" : "sub";
    this.control = new Control({
      volume: 0,
      pair: this.pair,
      unitState: {
        apply: (_volume, action, done) => {
          const name = textOf(action);
          this.applied.push(name);
          const end = (): void => done(bytesOf(`${this.keeps ? name : "not kept"} at ${side}`));
          if (this.isSlow) this.ends.push(end);
          else end();
        },
        agree: (own, others) => (textOf(others).startsWith("not kept") ? others : own),
        snapshot: () => bytesOf(this.applied.join(",")),
        restore: (_volume, snapshot) => {
          const text = textOf(snapshot);
          this.applied.splice(0, this.applied.length, ...(text === "" ? [] : text.split(",")));
        },
      },
      whenSettled: (then) => (this.isSettled ? then() : void this.settling.push(then)),
      send: (message) => this.sent.push(message as ControlMessage),
      drop: (reason) => this.drops.push(reason),
      nextNumber: () => (count += 2),
    });
  }

  become(fields: Partial<Pick<PairView, "role" | "standing" | "isConsistent">>): void {
    Object.assign(this.pair, fields);
    this.control.standingChanged();
  }

  propose(name: string): { answer: string | null } {
    const result: { answer: string | null } = { answer: null };
    this.control.propose(bytesOf(name), (answer: ControlAnswer) => {
      expect(result.answer).toBe(null);
      result.answer = answer === "unavailable" ? answer : textOf(answer);
    });
    return result;
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

describe("Control", () => {
  let main = new ControlSide(1);
  let sub = new ControlSide(2);

  const deliver = (from: ControlSide): void => {
    const message = from.sent.shift();
    if (message !== undefined) (from === main ? sub : main).control.receive(message);
  };
  const settle = (): void => {
    while (main.sent.length + sub.sent.length > 0) {
      deliver(main);
      deliver(sub);
    }
  };
  const loseLink = (): void => {
    for (const side of [main, sub]) {
      side.sent.length = 0;
      side.control.linkDown();
      side.become({ standing: "deciding" });
    }
  };

  beforeEach(() => {
    main = new ControlSide(1);
    sub = new ControlSide(2);
  });

  it("[4.9] answers the main side's action when both sides have applied it", () => {
    const result = main.propose("a");
    expect(main.applied).toEqual(["a"]);
    deliver(main);
    expect([sub.applied, result.answer]).toEqual([["a"], null]);
    deliver(sub);
    expect(result.answer).toBe("a at 1");
  });

  it("[4.9] answers the sub side's action with what the main side made of it", () => {
    const result = sub.propose("b");
    expect(sub.applied).toEqual([]);
    settle();
    expect([main.applied, sub.applied, result.answer]).toEqual([["b"], ["b"], "b at 1"]);
  });

  it("answers what both sides agree on, where the other could not keep it", () => {
    sub.keeps = false;
    const results = [main.propose("a"), sub.propose("b")];
    settle();
    expect(results.map(({ answer }) => answer)).toEqual(["not kept at 2", "not kept at 2"]);
  });

  it("[invariant 14] waits for all that an action ends, on either side", () => {
    sub.isSlow = true;
    const result = main.propose("a");
    settle();
    expect(result.answer).toBe(null);
    sub.ends.shift()?.();
    settle();
    expect(result.answer).toBe("a at 1");
  });

  it("is applied at the sub side behind the writes that its hosts were told to be done", () => {
    sub.isSettled = false;
    const results = [main.propose("a"), sub.propose("b")];
    settle();
    expect([sub.applied, results.map(({ answer }) => answer)]).toEqual([[], [null, null]]);
    sub.isSettled = true;
    while (sub.settling.length > 0) {
      sub.settling.shift()?.();
      settle();
    }
    expect(sub.applied).toEqual(["a", "b"]);
    expect(results.map(({ answer }) => answer)).toEqual(["a at 1", "b at 1"]);
  });

  it("is not applied late by a sub side that has lost the other meanwhile", () => {
    sub.isSettled = false;
    main.propose("a");
    settle();
    loseLink();
    sub.settling.shift()?.();
    expect(sub.applied).toEqual([]);
  });

  it("[4.9] begins one action when the one before it has ended everywhere", () => {
    main.propose("a");
    const second = main.propose("b");
    expect(main.applied).toEqual(["a"]);
    settle();
    expect([main.applied, sub.applied, second.answer]).toEqual([["a", "b"], ["a", "b"], "b at 1"]);
  });

  it("[U12] of a side that is alone asks nobody", () => {
    main.become({ standing: "alone" });
    const result = main.propose("a");
    expect([result.answer, main.sent]).toEqual(["a at 1", []]);
  });

  it("is refused on a side that is blocked, and waits where the pair decides", () => {
    loseLink();
    const waiting = main.propose("a");
    sub.become({ standing: "blocked" });
    const refused = sub.propose("b");
    expect([waiting.answer, refused.answer]).toEqual([null, "unavailable"]);
    main.become({ standing: "alone" });
    expect(waiting.answer).toBe("a at 1");
  });

  it("[U12] is done where this side goes on without the other's word", () => {
    const result = main.propose("a");
    loseLink();
    expect(result.answer).toBe(null);
    main.become({ standing: "alone" });
    expect(result.answer).toBe("a at 1");
    expect(main.propose("b").answer).toBe("b at 1");
  });

  it('is "unavailable" where the other side goes on, and of no effect on it later', () => {
    const ofMain = main.propose("a");
    const ofSub = sub.propose("b");
    loseLink();
    main.become({ standing: "blocked" });
    sub.become({ standing: "alone", role: "main" });
    expect([ofMain.answer, ofSub.answer]).toEqual(["unavailable", "b at 2"]);
    expect(sub.applied).toEqual(["b"]);
  });

  it("is not applied twice by a side that goes on in the middle of its own action", () => {
    const result = sub.propose("b");
    deliver(sub);
    deliver(main);
    expect(sub.applied).toEqual(["b"]);
    loseLink();
    sub.become({ standing: "alone", role: "main" });
    expect([sub.applied, result.answer]).toEqual([["b"], "b at 2"]);
  });

  it("is answered by a side that goes on when all that it ends there has ended", () => {
    sub.isSlow = true;
    const result = sub.propose("b");
    deliver(sub);
    deliver(main);
    loseLink();
    sub.become({ standing: "alone", role: "main" });
    expect(result.answer).toBe(null);
    for (const end of sub.ends.splice(0)) end();
    expect([sub.applied, result.answer]).toEqual([["b"], "b at 2"]);
  });

  it("[O-05] is brought into the new order when the roles are exchanged", () => {
    main.isSlow = true;
    const first = main.propose("a");
    const ofSub = sub.propose("b");
    const ofMain = main.propose("c");
    deliver(sub);
    let isQuiet = false;
    main.control.quiesce(() => (isQuiet = true));
    expect(isQuiet).toBe(false);
    for (const end of main.ends.splice(0)) end();
    settle();
    expect([isQuiet, first.answer, main.applied, sub.applied]).toEqual([
      ...[true, "a at 1"],
      ...[["a"], ["a"]],
    ]);
    main.isSlow = false;
    sub.become({ role: "main" });
    main.become({ role: "sub" });
    settle();
    expect([ofSub.answer, ofMain.answer]).toEqual(["b at 2", "c at 2"]);
    expect(main.applied).toEqual(sub.applied);
    expect([...main.applied].sort()).toEqual(["a", "b", "c"]);
  });

  it("[invariant 13] begins nowhere while only one side knows of its new role", () => {
    const crossing = sub.propose("a");
    let isQuiet = false;
    main.control.quiesce(() => (isQuiet = true));
    const ofMain = main.propose("b");
    expect(isQuiet).toBe(true);
    sub.become({ role: "main" });
    deliver(sub);
    expect([main.applied, main.drops]).toEqual([[], []]);
    main.become({ role: "sub" });
    settle();
    expect([crossing.answer, ofMain.answer]).toEqual(["a at 2", "b at 2"]);
    expect([main.applied, sub.applied]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("goes on under the old order when the roles stay as they are", () => {
    main.control.quiesce(() => undefined);
    const result = main.propose("a");
    expect(result.answer).toBe(null);
    main.become({});
    settle();
    expect(result.answer).toBe("a at 1");
  });

  it('is "unavailable" where the other side\'s state has replaced what was begun', () => {
    const result = main.propose("a");
    loseLink();
    main.control.restore(sub.control.snapshot());
    main.become({ standing: "mirrored", role: "sub" });
    expect([result.answer, main.applied]).toEqual(["unavailable", []]);
  });

  it("is left as it is by a change that is none of standing or role", () => {
    const result = main.propose("a");
    main.become({ isConsistent: true });
    expect(result.answer).toBe(null);
    settle();
    expect(result.answer).toBe("a at 1");
  });

  it("[invariant 23] is refused when too many wait", () => {
    loseLink();
    const results = Array.from({ length: limits.mirrorControlsMax + 1 }, (_, index) =>
      main.propose(`${index}`),
    );
    expect(results.filter(({ answer }) => answer === "unavailable")).toHaveLength(1);
    expect(main.control.pendingCount).toBe(limits.mirrorControlsMax);
  });

  it("hands its state over as a whole", () => {
    main.propose("a");
    sub.control.restore(main.control.snapshot());
    expect(sub.applied).toEqual(["a"]);
  });

  it("ends the link where the other side would not apply what is applied here", () => {
    main.propose("a");
    sub.pair.standing = "blocked";
    settle();
    expect(main.drops).toHaveLength(1);
  });

  it("[invariant 13] is applied in one order on both sides, from seeds", () => {
    for (let seed = 1; seed <= 100; seed++) {
      main = new ControlSide(1);
      sub = new ControlSide(2);
      main.isSlow = sub.isSlow = true;
      const prng = new Prng(seed);
      const results: { answer: string | null }[] = [];
      for (let moves = 0; moves < 400; moves++) {
        const side = prng.pick([main, sub]);
        const move = prng.below(4);
        if (move === 0 && results.length < 20) results.push(side.propose(`${results.length}`));
        else if (move === 1) side.ends.splice(0, 1)[0]?.();
        else deliver(side);
        const [shorter, longer] = [main.applied, sub.applied].sort((a, b) => a.length - b.length);
        expect(longer?.slice(0, shorter?.length)).toEqual(shorter);
      }
      while (main.ends.length + sub.ends.length + main.sent.length + sub.sent.length > 0) {
        settle();
        for (const end of [...main.ends.splice(0), ...sub.ends.splice(0)]) end();
      }
      expect(results.every(({ answer }) => answer !== null)).toBe(true);
    }
  });
});
