import { MemoryLink } from "../../lib/node/link-memory";
import type { Lease } from "../../lib/base/lease";
import type { Side } from "../../lib/mirror/config";
import type { LinkInput } from "../../lib/mirror/link-events";

const chunk = (text: string): Uint8Array => Buffer.from(text);

describe("the link inside one process", () => {
  let link: MemoryLink;
  let inputs: Record<Side, LinkInput[]>;
  /** What a side does in its turn. */
  let onInput: (side: Side, input: LinkInput) => void;
  let isInTurn: boolean;

  const types = (side: Side): string[] =>
    inputs[side].map((input) => ("path" in input ? `${input.type} ${input.path}` : input.type));
  const texts = (side: Side): string[] =>
    inputs[side].flatMap((input) =>
      input.type === "path-bytes" ? [Buffer.from(input.chunk).toString()] : [],
    );
  const sentCounts = (side: Side): number[] =>
    inputs[side].flatMap((input) => (input.type === "path-sent" ? [input.count] : []));

  function deliver(side: Side, input: LinkInput): void {
    expect(isInTurn).toBe(false);
    isInTurn = true;
    inputs[side].push(input);
    onInput(side, input);
    isInTurn = false;
    link.pump();
  }
  const send = (side: Side, ...chunks: string[]): void =>
    link.perform(side, { type: "path-send", chunks: chunks.map(chunk) });

  beforeEach(() => {
    jest.useFakeTimers();
    inputs = { 1: [], 2: [] };
    onInput = () => undefined;
    isInTurn = false;
    link = new MemoryLink();
    link.start({ 1: (input) => deliver(1, input), 2: (input) => deliver(2, input) });
    jest.runAllTicks();
    jest.advanceTimersByTime(0);
  });
  afterEach(() => {
    link.close();
    jest.useRealTimers();
  });

  it("brings both paths up at both sides", () => {
    for (const side of [1, 2] as const) {
      expect(types(side).sort()).toEqual(["path-up in", "path-up out"]);
    }
  });

  it("hands over what is sent in order, as it is, after the turn", () => {
    const views = [chunk("a"), chunk("b")];
    link.perform(1, { type: "path-send", chunks: views });
    send(1, "c");
    expect(texts(2)).toEqual([]);
    link.pump();
    expect(texts(2)).toEqual(["a", "b", "c"]);
    const first = inputs[2].find((input) => input.type === "path-bytes");
    expect(first?.chunk).toBe(views[0]);
    expect(sentCounts(1)).toEqual([1, 1]);
  });

  it("runs no turn within another, though both sides answer each other", () => {
    onInput = (side, input) => {
      if (input.type === "path-bytes" && input.chunk.length < 20) {
        send(side, `${Buffer.from(input.chunk).toString()}x`);
      }
    };
    send(1, "x");
    link.pump();
    expect(texts(2).at(-1)).toHaveLength(19);
    expect(texts(1).at(-1)).toHaveLength(20);
  });

  it("leaves sockets and timers their turn when two sides do not stop talking", () => {
    onInput = (side, input) => {
      if (input.type === "path-bytes") send(side, "again");
    };
    send(1, "go");
    link.pump();
    const before = texts(1).length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(100);
    jest.advanceTimersByTime(0);
    expect(texts(1).length).toBeGreaterThan(before);
  });

  describe("when the receiver holds what came", () => {
    let leases: Lease[];
    beforeEach(() => {
      leases = [];
      onInput = (_, input) => {
        if (input.type !== "path-bytes" || input.lease === null) return;
        input.lease.hold();
        leases.push(input.lease);
      };
    });

    it("confirms a send when its last byte is released, and sends in their order", () => {
      send(1, "a", "b");
      send(1, "c");
      link.pump();
      expect(sentCounts(1)).toEqual([]);
      leases[2]?.release();
      leases[0]?.release();
      link.pump();
      expect(sentCounts(1)).toEqual([]);
      leases[1]?.release();
      link.pump();
      expect(sentCounts(1)).toEqual([2]);
    });

    it("takes a closed path down at its sender only when all is released", () => {
      send(1, "a");
      link.pump();
      link.perform(2, { type: "path-close", path: "in" });
      link.pump();
      expect(types(2)).toContain("path-down in");
      expect(types(1)).not.toContain("path-down out");
      leases[0]?.release();
      link.pump();
      expect(types(1)).toContain("path-down out");
      expect(sentCounts(1)).toEqual([]);
    });
  });

  it.each([
    ["its sender", 1, "out"],
    ["its receiver", 2, "in"],
  ] as const)(
    "[G-14] closes one path for %s, drops what was on it and opens it again",
    (_, side, path) => {
      send(1, "lost");
      link.perform(side, { type: "path-close", path });
      link.perform(side, { type: "path-close", path });
      send(1, "too late");
      link.pump();
      send(2, "other path");
      link.pump();
      expect([texts(1), texts(2)]).toEqual([["other path"], []]);
      const downs = [types(1), types(2)].map((all) => all.filter((one) => /down/.test(one)));
      expect(downs).toEqual([["path-down out"], ["path-down in"]]);
      jest.advanceTimersByTime(201);
      expect([types(1).at(-1), types(2).at(-1)]).toEqual(["path-up out", "path-up in"]);
      send(1, "again");
      link.pump();
      expect(texts(2)).toEqual(["again"]);
    },
  );

  it("delivers nothing after its end", () => {
    send(1, "a");
    link.close();
    link.pump();
    expect(texts(2)).toEqual([]);
  });
});
