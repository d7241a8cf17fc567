import type { Lease } from "../../lib/base/lease";
import type { Link } from "../../lib/mirror/link";
import type { LinkEffect } from "../../lib/mirror/link-events";
import type { LinkMessage } from "../../lib/mirror/messages";
import { bytesOf, greeting } from "./support/frames";
import {
  broughtUp,
  alone,
  checkedMessage,
  DATA,
  give,
  message,
  sessionIn,
} from "./support/link-alone";
import { ChunkLease, heard, LinkPair, linkOf } from "./support/link-pair";

describe("a link", () => {
  it("[G-14] is up when both sides have heard each other, whatever path came first", () => {
    const orders: [202 | 203, "out" | "in"][][] = [];
    const ends: [202 | 203, "out" | "in"][] = [
      [202, "out"],
      [202, "in"],
      [203, "out"],
      [203, "in"],
    ];
    const permute = (rest: typeof ends, chosen: typeof ends): void => {
      if (rest.length === 0) orders.push(chosen);
      for (const end of rest) {
        permute(
          rest.filter((other) => other !== end),
          [...chosen, end],
        );
      }
    };
    permute(ends, []);
    expect(orders).toHaveLength(24);
    for (const order of orders) {
      const { pair, links, heard } = LinkPair.ofLinks({ delayMs: 5 });
      for (const [path, end] of order) {
        expect(heard.map(({ events }) => events)).toEqual([[], []]);
        pair.raise(path, end);
        pair.run(200);
      }
      expect(heard.map(({ events }) => events)).toEqual([["up"], ["up"]]);
      expect(links.map((link) => link.isUp)).toEqual([true, true]);
    }
  });

  it("says nothing on one path alone, and wants nothing of the clock", () => {
    const { link, effects } = alone();
    link.handle({ type: "path-up", path: "out" }, 0);
    link.time(99_999);
    expect(effects()).toEqual([]);
    expect(link.nextDeadline()).toBe(Infinity);
    expect(link.leaseUntilMs).toBe(-Infinity);
  });

  it("carries messages both ways in their order", () => {
    const { pair, links, heard } = LinkPair.ofLinks({ delayMs: 5 });
    pair.connect();
    pair.run(50);
    for (let kind = 0; kind < 100; kind++) {
      links[kind % 2]?.send(message(kind));
      if (kind % 10 === 0) pair.run(1);
    }
    pair.run(50);
    const kinds = heard.map(({ messages }) =>
      messages.map((one) => ("kind" in one ? one.kind : 0)),
    );
    expect(kinds[1]).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index));
    expect(kinds[0]).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index + 1));
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("carries data whether it is checked or not (%s, %s)", (first, second) => {
    const both = [heard(), heard()] as const;
    const links = [
      linkOf(1, both[0], { hasChecksums: first }),
      linkOf(2, both[1], { hasChecksums: second }),
    ] as const;
    const pair = new LinkPair(links);
    pair.connect();
    pair.run(50);
    const data = Buffer.from(DATA);
    const relay = { type: "relay-data", volume: 0, relayId: 1, data: [data], checksum: 0 } as const;
    links[0].send(message());
    links[1].send(relay);
    data.writeUInt8(data.readUInt8(0) ^ 1, 0);
    pair.run(50);
    expect(both[1].messages).toEqual([message()]);
    const isChecked = first && second;
    expect(both[0].messages).toEqual(isChecked ? [] : [relay]);
    expect(both[0].events).toEqual(
      isChecked
        ? ["up", "down: the data of its relay-data, 17 bytes, is not what it sent"]
        : ["up"],
    );
  });

  it("gives a message's lease while its handler runs, to hold it longer", () => {
    const leases: (Lease | null)[] = [];
    const kept: Uint8Array[] = [];
    const told = heard();
    const keeping = {
      ...told,
      message: (one: LinkMessage, lease: Lease | null): void => {
        lease?.hold();
        leases.push(lease);
        if ("data" in one) kept.push(...one.data);
      },
    };
    const links = [linkOf(1, heard()), linkOf(2, keeping)] as const;
    const pair = new LinkPair(links, { splitSeed: 4 });
    pair.connect();
    pair.run(50);
    const data = Buffer.alloc(60_000, "abc");
    links[0].send(message(1, [data]));
    pair.run(50);
    expect(Buffer.concat(kept)).toEqual(data);
    for (const lease of leases) lease?.release();
    expect(pair.leases.filter((lease) => lease.holds > 0)).toEqual([]);
    expect(Buffer.concat(kept)).not.toEqual(data);
  });

  it("takes another session each time", () => {
    const { link, effects, session } = broughtUp();
    for (const path of ["out", "in"] as const) link.handle({ type: "path-down", path }, 1);
    for (const path of ["out", "in"] as const) link.handle({ type: "path-up", path }, 2);
    const second = sessionIn(effects());
    expect(second).toBeGreaterThan(0);
    expect(second).not.toBe(session);
  });
});

describe("the end of a link", () => {
  const ways: [string, (pair: LinkPair, links: readonly [Link, Link]) => void][] = [
    ["both ends lose 202", (pair) => pair.cut(202)],
    ["both ends lose 203", (pair) => pair.cut(203)],
    ["side 1 loses 202", (pair) => pair.lower(202, "out")],
    ["side 2 loses 202", (pair) => pair.lower(202, "in")],
    ["side 1 loses 203", (pair) => pair.lower(203, "in")],
    ["side 2 loses 203", (pair) => pair.lower(203, "out")],
    ["202 carries nothing", (pair) => pair.silence(202, true)],
    ["203 carries nothing", (pair) => pair.silence(203, true)],
    ["side 1 drops it", (_, links) => links[0].drop("enough")],
    ["side 2 drops it", (_, links) => links[1].drop("enough")],
    ["side 1 hears rubbish", (pair) => pair.inject(203, Buffer.alloc(64))],
    ["side 2 hears rubbish", (pair) => pair.inject(202, Buffer.alloc(64))],
  ];

  it.each(ways)("[G-14] is the end of both paths at both sides when %s", (_, end) => {
    const { pair, links, heard } = LinkPair.ofLinks({ delayMs: 5 });
    pair.connect();
    pair.run(500);
    end(pair, links);
    pair.run(3000);
    for (const { events } of heard) {
      expect(events).toEqual(["up", expect.stringMatching(/^down: /)]);
    }
    expect(links.map((link) => [link.isUp, link.leaseUntilMs, link.backlog])).toEqual([
      [false, -Infinity, 0],
      [false, -Infinity, 0],
    ]);
    pair.silence(202, false);
    pair.silence(203, false);
    pair.connect();
    pair.run(3000);
    for (const { events } of heard) expect(events.slice(2)).toEqual(["up"]);
  });

  it.each(ways)("releases everything given to send exactly once when %s", (_, end) => {
    const { pair, links } = LinkPair.ofLinks({ delayMs: 5 });
    const counts: number[] = [];
    const send = (link: Link): void => {
      const index = counts.push(0) - 1;
      link.send(message(), () => void (counts[index] = (counts[index] as number) + 1));
    };
    const both = (): void => links.forEach((link) => send(link));
    both();
    expect(counts).toEqual([1, 1]);
    pair.connect();
    pair.run(500);
    both();
    pair.run(2);
    both();
    end(pair, links);
    both();
    pair.run(3000);
    both();
    expect(counts).toEqual(counts.map(() => 1));
  });

  it("[G-14] names the path that was lost by the patent's number", () => {
    for (const [number, side] of [
      [202, 0],
      [203, 1],
    ] as const) {
      const { pair, heard } = LinkPair.ofLinks();
      pair.connect();
      pair.run(50);
      pair.lower(number, "out");
      expect(heard[side]?.events).toEqual(["up", `down: path ${number} was lost`]);
    }
  });

  it("closes what is left, and listens to it no more", () => {
    const { link, told, effects } = broughtUp();
    link.handle({ type: "path-down", path: "out" }, 1);
    expect(effects()).toEqual([{ type: "path-close", path: "in" }]);
    give(link, checkedMessage(), 1);
    link.handle({ type: "path-sent", count: 1 }, 1);
    expect(told.messages).toEqual([]);
    expect(effects()).toEqual([]);
  });

  it("does not close the path that came after the one to close", () => {
    const { link, effects } = broughtUp();
    link.drop("enough");
    link.handle({ type: "path-down", path: "out" }, 1);
    link.handle({ type: "path-up", path: "out" }, 1);
    expect(effects()).toEqual([{ type: "path-close", path: "in" }]);
  });

  it("may be asked for by who handles a message: nothing more comes of the chunk", () => {
    const told = heard();
    const link: Link = linkOf(1, {
      ...told,
      message: (one) => {
        told.message(one, null);
        link.drop("enough of it");
        link.drop("more than enough");
      },
    });
    link.handle({ type: "path-up", path: "in" }, 0);
    link.handle({ type: "path-up", path: "out" }, 0);
    const sent: LinkEffect[] = [];
    link.drain((effect) => sent.push(effect));
    const hello = bytesOf(greeting({ echo: sessionIn(sent) }));
    give(link, Buffer.concat([hello, checkedMessage(1), checkedMessage(2)]));
    expect(told.messages).toEqual([message(1)]);
    expect(told.events).toEqual(["up", "down: enough of it"]);
  });

  it("leaves the data of the message that is being handled as it is", () => {
    const told = heard();
    const link: Link = linkOf(1, {
      ...told,
      message: (one) => {
        link.drop("enough of it");
        told.message(one, null);
      },
    });
    link.handle({ type: "path-up", path: "in" }, 0);
    link.handle({ type: "path-up", path: "out" }, 0);
    const sent: LinkEffect[] = [];
    link.drain((effect) => sent.push(effect));
    give(link, bytesOf(greeting({ echo: sessionIn(sent) })));
    const whole = message(1, [Buffer.alloc(20_000, "abc")]);
    const bytes = bytesOf(whole, { checksData: true });
    const leases = [bytes.subarray(0, 9000), bytes.subarray(9000)].map((part) => {
      const lease = new ChunkLease(Buffer.from(part));
      link.handle({ type: "path-bytes", chunk: lease.bytes, lease }, 0);
      lease.release();
      return lease;
    });
    expect(told.messages).toEqual([whole]);
    expect(leases.map((lease) => lease.holds)).toEqual([0, 0]);
  });

  it("comes when the out path takes too little", () => {
    const { link, told } = broughtUp();
    const data = [Buffer.alloc(8 * 2 ** 20), Buffer.alloc(8 * 2 ** 20)];
    let releases = 0;
    for (let count = 0; count < 9; count++) link.send(message(1, data), () => releases++);
    expect(link.nextDeadline()).toBe(-Infinity);
    link.time(1);
    expect(told.events[1]).toMatch(/^down: 1509\d+ bytes were not taken by path 202$/);
    expect(releases).toBe(9);
  });
});
