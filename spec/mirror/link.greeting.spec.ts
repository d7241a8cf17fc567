import { bytesOf, greeting } from "./support/frames";
import { alone, broughtUp, give, message, sessionIn } from "./support/link-alone";
import { heard, linkOf } from "./support/link-pair";

describe("a greeting", () => {
  function answered(fields: Parameters<typeof greeting>[0]): string[] {
    const { link, told, effects } = alone();
    link.handle({ type: "path-up", path: "out" }, 0);
    link.handle({ type: "path-up", path: "in" }, 0);
    effects();
    give(link, bytesOf(greeting(fields)));
    expect(effects().map((effect) => effect.type)).toEqual(["path-close", "path-close"]);
    return told.events;
  }

  it.each([
    [{ side: 1 }, /^refused: both ends say that they are side 1/],
    [{ versionMin: 3, versionMax: 4 }, /^refused: it speaks versions 3 to 4 .* this side 2 to 2$/],
    [{ leaseMs: 2000 }, /^refused: its lease is 2000 ms and this side's 1000 ms/],
    [{ echo: 12345 }, /^refused: it answered a greeting that is not this side's last/],
  ])("is refused: %j", (fields, reason) => {
    expect(answered(fields)).toEqual([expect.stringMatching(reason)]);
  });

  it("is refused when a link is led to itself", () => {
    const told = heard();
    const link = linkOf(1, told);
    link.handle({ type: "path-up", path: "out" }, 0);
    link.handle({ type: "path-up", path: "in" }, 0);
    link.drain((effect) => {
      if (effect.type === "path-send") give(link, Buffer.concat(effect.chunks));
    });
    expect(told.events).toEqual([expect.stringMatching(/^refused: both ends say/)]);
  });

  it("is waited for as long as a lease", () => {
    const { link, told, effects } = alone();
    link.handle({ type: "path-up", path: "out" }, 0);
    link.handle({ type: "path-up", path: "in" }, 50);
    expect(link.nextDeadline()).toBe(1050);
    link.time(1049);
    expect(told.events).toEqual([]);
    link.time(1050);
    expect(told.events).toEqual(["refused: the other side did not answer the greeting in 1000 ms"]);
    expect(effects().slice(0, 2)).toEqual([
      { type: "path-close", path: "out" },
      { type: "path-close", path: "in" },
    ]);
  });

  it("comes before everything else, and once", () => {
    for (const frame of [message(), { type: "heartbeat", number: 1, echo: 0 }] as const) {
      const { link, told } = alone();
      link.handle({ type: "path-up", path: "in" }, 0);
      give(link, bytesOf(frame));
      expect(told.events).toEqual([`refused: it sent ${frame.type} before its greeting`]);
    }
    const { link, told, session } = broughtUp();
    give(link, bytesOf(greeting({ echo: session })));
    expect(told.events).toEqual(["up", "down: it greeted again"]);
    for (const fields of [{}, { session: 78, echo: 1 }]) {
      const greeted = alone();
      greeted.link.handle({ type: "path-up", path: "in" }, 0);
      give(greeted.link, bytesOf(greeting()));
      give(greeted.link, bytesOf(greeting(fields)));
      expect(greeted.told.events).toEqual(["refused: it greeted again"]);
    }
  });

  it.each([
    ["rubbish", Buffer.alloc(24, 1)],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: disk\r\n\r\n")],
    ["TLS", Buffer.from(`160301020001${"00".repeat(40)}`, "hex")],
  ])("that is %s closes the path it came on", (_, bytes) => {
    const { link, told, effects } = alone();
    link.handle({ type: "path-up", path: "in" }, 0);
    give(link, bytes);
    give(link, bytes);
    expect(told.events).toEqual([
      expect.stringMatching(/^refused: it does not speak the protocol/),
    ]);
    expect(effects()).toEqual([{ type: "path-close", path: "in" }]);
  });

  it("that has begun is forgotten with its path", () => {
    const { link, told, effects } = alone();
    link.handle({ type: "path-up", path: "in" }, 0);
    give(link, bytesOf(greeting()));
    link.handle({ type: "path-down", path: "in" }, 0);
    link.handle({ type: "path-up", path: "in" }, 0);
    give(link, bytesOf(greeting({ session: 99 })));
    link.handle({ type: "path-up", path: "out" }, 0);
    give(link, bytesOf(greeting({ session: 99, echo: sessionIn(effects()) })));
    expect(told.events).toEqual(["up"]);
  });
});
