import { createConnection, createServer, type AddressInfo } from "node:net";
import { Prng } from "../../../lib/base/prng";
import { DelayLine, SlowLink } from "../../../tools/bench/slow-link";

describe("DelayLine", () => {
  it("gives what it was given in order, none of it before its delay is over", () => {
    const line = new DelayLine<string>(5);
    line.push("a", 100);
    line.push("b", 102);
    expect([line.nextMs, line.shift(104.9), line.shift(105), line.shift(105)]).toEqual([
      105,
      undefined,
      "a",
      undefined,
    ]);
    expect([line.nextMs, line.shift(200), line.shift(200), line.nextMs]).toEqual([
      107,
      "b",
      undefined,
      Infinity,
    ]);
  });
});

describe("SlowLink", () => {
  it("carries all bytes both ways as they are, and an end behind them", async () => {
    const echo = createServer((socket) => socket.pipe(socket));
    await new Promise<void>((done) => echo.listen(0, "127.0.0.1", done));
    const link = await SlowLink.open({ to: (echo.address() as AddressInfo).port, delayMs: 2 });
    const sent = Buffer.from(new Prng(1).bytes(300_000));
    const socket = createConnection({ port: link.port, host: "127.0.0.1" });
    const received: Buffer[] = [];
    socket.write(sent);
    for await (const chunk of socket) {
      received.push(chunk as Buffer);
      if (Buffer.concat(received).length === sent.length) break;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    socket.destroy();
    // The echo ends only when the end has come through.
    await new Promise((done) => echo.close(done));
    link.close();
  });
});
