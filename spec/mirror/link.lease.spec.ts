import { bytesOf } from "./support/frames";
import { broughtUp, checkedMessage, give, message } from "./support/link-alone";
import { LinkPair, TIMING } from "./support/link-pair";

describe("the lease of a link", () => {
  const beat = (number: number, echo: number): Buffer =>
    bytesOf({ type: "heartbeat", number, echo });

  it("[W2] begins with the HELLO that was answered, and goes on with echoed heartbeats", () => {
    const { link } = broughtUp();
    expect(link.leaseUntilMs).toBe(TIMING.leaseMs);
    link.time(100);
    link.time(200);
    give(link, beat(1, 0), 210);
    expect(link.leaseUntilMs).toBe(1000);
    give(link, beat(2, 2), 220);
    expect(link.leaseUntilMs).toBe(1100);
    give(link, beat(3, 3), 230);
    expect(link.leaseUntilMs).toBe(1200);
  });

  it("[W2] is at most as old as two delays and a heartbeat while all is well", () => {
    const { pair, links } = LinkPair.ofLinks({ delayMs: 40 });
    pair.connect();
    pair.run(500);
    for (let nowMs = 500; nowMs < 3000; nowMs += 10) {
      for (const { leaseUntilMs } of links) {
        expect(leaseUntilMs).toBeGreaterThanOrEqual(pair.nowMs + 1000 - 2 * 40 - 2 * 100);
        expect(leaseUntilMs).toBeLessThanOrEqual(pair.nowMs + 1000 - 2 * 40);
      }
      pair.run(10);
    }
  });

  it("[W7] ends the link at both sides when one direction fails alone", () => {
    for (const [number, deaf] of [
      [202, 1],
      [203, 0],
    ] as const) {
      const { pair, heard } = LinkPair.ofLinks({ delayMs: 5 });
      pair.connect();
      pair.run(1000);
      pair.silence(number, true);
      pair.run(TIMING.leaseMs + 200);
      expect(heard[deaf]?.events[1]).toMatch(/^down: (no heartbeat came|path 20[23] was lost)/);
      expect(heard[1 - deaf]?.events[1]).toMatch(/^down: (no heartbeat of this|path 20[23] was)/);
    }
  });

  it("[W2] lets nothing be acted upon that may be older, and ends the link over it", () => {
    const { link, told } = broughtUp();
    give(link, checkedMessage(1), 999);
    give(link, checkedMessage(2), 1000);
    expect(told.messages).toEqual([message(1)]);
    expect(told.events).toEqual([
      "up",
      "down: what it sent is stale: no heartbeat came for 1000 ms",
    ]);
  });

  it("[W2] counts what stands behind a fresh echo in a stream that was late", () => {
    const { link, told } = broughtUp();
    link.time(900);
    give(link, Buffer.concat([beat(1, 2), checkedMessage(1)]), 1500);
    expect(told.messages).toEqual([message(1)]);
    give(link, Buffer.concat([checkedMessage(2), beat(2, 2)]), 1900);
    expect(told.messages).toHaveLength(1);
    expect(told.events[1]).toMatch(/^down: what it sent is stale/);
  });

  it("ends a link whose heartbeats are out of order", () => {
    const { link, told } = broughtUp();
    give(link, beat(2, 0));
    expect(told.events).toEqual(["up", "down: its heartbeat 2 came after 0"]);
  });

  it("[G-15] is not given to an answer that came too late", () => {
    const { pair, heard } = LinkPair.ofLinks({ delayMs: 600 });
    pair.connect();
    pair.run(5000);
    for (const { events } of heard) expect(events.join()).not.toContain("up");
  });

  it.each([0, 1, 50, 200])("[G-15] lasts with delays of %i ms each way", (delayMs) => {
    const { pair, heard } = LinkPair.ofLinks({ delayMs });
    pair.connect();
    pair.run(20_000);
    expect(heard.map(({ events }) => events)).toEqual([["up"], ["up"]]);
  });
});
