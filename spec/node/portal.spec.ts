import * as net from "node:net";
import type { Input } from "../../lib/controller/events";
import { formatAddress } from "../../lib/node/formats";
import { Portals } from "../../lib/node/portal";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

describe("Portals", () => {
  let portals: Portals;
  let inputs: Input[];
  let client: net.Socket;

  async function until(type: Input["type"]): Promise<void> {
    while (!inputs.some((input) => input.type === type)) await new Promise(setImmediate);
  }
  function start(): void {
    const into = inputs;
    portals.start((input) => into.push(input));
  }
  function connect(): void {
    client = net.connect(portals.addresses[0] as net.NetConnectOpts & { port: number });
    client.on("error", () => undefined);
  }

  beforeEach(async () => {
    inputs = [];
    portals = await Portals.open([LOOPBACK]);
    connect();
  });
  afterEach(() => {
    client.destroy();
    portals.close();
  });

  it("tell who connects, by which portal and at which address", async () => {
    start();
    await until("connected");
    const local = formatAddress(portals.addresses[0] as typeof LOOPBACK);
    const remote = `127.0.0.1:${client.localPort}`;
    expect(inputs[0]).toEqual({ type: "connected", connection: 1, portal: 0, remote, local });
  });

  it("count their portals from where they are among all of the target", async () => {
    const into = inputs;
    portals.start((input) => into.push(input), 2);
    await until("connected");
    expect(inputs[0]).toMatchObject({ portal: 2 });
  });

  it("hold early connections back until the controller is there", async () => {
    await new Promise((resolve) => client.write("early", resolve));
    start();
    await until("bytes");
    expect(inputs.map((input) => input.type)).toEqual(["connected", "bytes"]);
    expect(inputs[1]).toMatchObject({ chunk: Buffer.from("early") });
  });

  it("receive as any socket does where Node takes no buffers of ours", async () => {
    let owner = (client as unknown as { _handle: object })._handle;
    while (!Object.hasOwn(owner, "useUserBuffer")) owner = Object.getPrototypeOf(owner) as object;
    const original = Object.getOwnPropertyDescriptor(owner, "useUserBuffer") as PropertyDescriptor;
    Object.defineProperty(owner, "useUserBuffer", { ...original, value: undefined });
    try {
      await new Promise((resolve) => client.write("plain", resolve));
      start();
      await until("bytes");
    } finally {
      Object.defineProperty(owner, "useUserBuffer", original);
    }
    expect(inputs[1]).toMatchObject({ chunk: Buffer.from("plain"), lease: null });
    client.end();
    await until("disconnected");
  });

  it("write all chunks of an effect in order and tell once when they are taken", async () => {
    start();
    await until("connected");
    const got = new Promise<string>((resolve) => {
      let text = "";
      client.on("data", (chunk) => {
        text += chunk.toString();
        if (text.length === 6) resolve(text);
      });
    });
    const chunks = ["ab", "cd", "ef"].map((part) => Buffer.from(part));
    portals.perform({ type: "send", connection: 1, chunks });
    expect(await got).toBe("abcdef");
    await until("sent");
    expect(inputs.slice(1)).toEqual([{ type: "sent", connection: 1, count: 1 }]);
  });

  it("read nothing between pause and resume", async () => {
    start();
    await until("connected");
    portals.perform({ type: "pause", connection: 1 });
    await new Promise((resolve) => client.write("x", resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(inputs).toHaveLength(1);
    portals.perform({ type: "resume", connection: 1 });
    await until("bytes");
  });

  it("deliver all that was sent before an end, though the other side still sends", async () => {
    start();
    await until("connected");
    const got = new Promise<number>((resolve) => {
      let length = 0;
      client.on("data", (chunk) => (length += chunk.length));
      client.on("end", () => resolve(length));
    });
    client.write(Buffer.alloc(100_000));
    portals.perform({ type: "send", connection: 1, chunks: [Buffer.alloc(1_000_000)] });
    portals.perform({ type: "close", connection: 1, how: "end" });
    expect(await got).toBe(1_000_000);
    await until("disconnected");
  });

  it.each([
    ["the initiator ends", () => client.end()],
    ["the initiator resets", () => client.resetAndDestroy()],
    [
      "the controller resets",
      () => portals.perform({ type: "close", connection: 1, how: "reset" }),
    ],
    ["everything is closed", () => portals.close()],
  ])("tell once that a connection is gone when %s", async (_, act) => {
    start();
    await until("connected");
    act();
    await until("disconnected");
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(inputs.filter((input) => input.type === "disconnected")).toHaveLength(1);
    portals.perform({ type: "resume", connection: 1 });
  });

  it.each([
    ["a port in use", () => portals.addresses[0] as typeof LOOPBACK, "the port is in use."],
    ["a foreign address", () => ({ host: "192.0.2.1", port: 1 }), "has no such address."],
  ])("cannot be opened at %s, and then listen nowhere", async (_, address, words) => {
    const free = net.createServer();
    await new Promise<void>((resolve) => free.listen(LOOPBACK, resolve));
    const { port } = free.address() as net.AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await expect(Portals.open([{ ...LOOPBACK, port }, address()])).rejects.toThrow(words);
    (await Portals.open([{ ...LOOPBACK, port }])).close();
  });
});
