import type { Effect, Input } from "../../lib/controller/events";
import { Turn, type Driven } from "../../lib/node/turn";

/** A controller that notes what happens to it and wants one effect per input. */
class Noted implements Driven {
  readonly notes: string[] = [];
  deadlineMs = Infinity;
  /** How many more times it has not finished. */
  portions = 0;
  #effects: Effect[] = [];

  handle(input: Input): void {
    this.notes.push(`handle ${input.type}`);
    this.#effects.push({ type: "pause", connection: 1 });
  }
  drain(sink: (effect: Effect) => void): void {
    for (const effect of this.#effects.splice(0)) sink(effect);
  }
  get isBusy(): boolean {
    return this.portions-- > 0;
  }
  nextDeadline(): number {
    return this.deadlineMs;
  }
}

describe("Turn", () => {
  let driven: Noted;
  let turn: Turn;
  let onEffect: () => void;

  beforeEach(() => {
    jest.useFakeTimers();
    driven = new Noted();
    onEffect = () => undefined;
    turn = new Turn({
      driven,
      now: () => performance.now(),
      perform: (effect) => {
        driven.notes.push(effect.type);
        onEffect();
      },
      afterTurn: () => driven.notes.push("end"),
    });
  });
  afterEach(() => jest.useRealTimers());

  it("handles an input and then does what the controller wants", () => {
    turn.deliver({ type: "time" });
    expect(driven.notes).toEqual(["handle time", "pause", "end"]);
  });

  it("takes an input that comes during a turn after it, never inside it", () => {
    onEffect = () => {
      onEffect = () => undefined;
      turn.deliver({ type: "stop" });
      driven.notes.push("back");
    };
    turn.deliver({ type: "time" });
    expect(driven.notes).toEqual(["handle time", "pause", "back", "handle stop", "pause", "end"]);
  });

  it("goes on until the controller rests, with what has come meanwhile first", () => {
    driven.portions = 1;
    onEffect = () => {
      onEffect = () => undefined;
      turn.deliver({ type: "stop" });
    };
    turn.deliver({ type: "disconnected", connection: 1 });
    const handled = driven.notes.filter((note) => note.startsWith("handle"));
    expect(handled).toEqual(["handle disconnected", "handle stop", "handle time"]);
  });

  it("lets others have their turn when jobs alone have kept one going for long", () => {
    driven.portions = 100;
    onEffect = () => void jest.advanceTimersByTime(2);
    turn.deliver({ type: "stop" });
    const first = driven.notes.filter((note) => note.startsWith("handle")).length;
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThan(10);
    expect(driven.notes.at(-1)).toBe("end");
    onEffect = () => undefined;
    for (let times = 0; times < 20; times++) jest.advanceTimersByTime(1);
    const all = driven.notes.filter((note) => note.startsWith("handle")).length;
    expect(all).toBeGreaterThan(90);
  });

  it("gives the controller the time at its deadline, and not before", () => {
    driven.deadlineMs = performance.now() + 100;
    turn.deliver({ type: "stop" });
    driven.notes.length = 0;
    driven.deadlineMs = performance.now() + 200;
    jest.advanceTimersByTime(199);
    expect(driven.notes).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(driven.notes[0]).toBe("handle time");
  });

  it("moves its timer forward when the deadline comes nearer", () => {
    driven.deadlineMs = performance.now() + 100;
    turn.deliver({ type: "stop" });
    driven.deadlineMs = performance.now() + 10;
    turn.deliver({ type: "stop" });
    driven.notes.length = 0;
    jest.advanceTimersByTime(10);
    expect(driven.notes[0]).toBe("handle time");
  });

  it("runs one turn for all jobs that end at the same time", () => {
    turn.wake();
    turn.wake();
    expect(driven.notes).toEqual([]);
    jest.advanceTimersByTime(0);
    expect(driven.notes).toEqual(["handle time", "pause", "end"]);
  });

  it("does nothing by itself after close", () => {
    driven.deadlineMs = performance.now() + 5;
    turn.deliver({ type: "stop" });
    turn.close();
    driven.notes.length = 0;
    jest.advanceTimersByTime(50);
    expect(driven.notes).toEqual([]);
  });
});
