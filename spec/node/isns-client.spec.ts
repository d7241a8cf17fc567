import * as net from "node:net";
import { IsnsClient } from "../../lib/node/isns-client";
import type { Log } from "../../lib/node/log";

/** A server that notes function IDs and whole requests, and answers with a status, or not at all. */
class FakeServer {
  readonly functions: number[] = [];
  readonly requests: Buffer[] = [];
  status: number | null = 0;
  readonly #server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (request) => {
      this.functions.push(request.readUInt16BE(2));
      this.requests.push(request);
      if (this.status === null) return void socket.end("noise of another protocol");
      const answer = Buffer.alloc(16);
      request.copy(answer, 0, 0, 12);
      answer.writeUInt16BE(request.readUInt16BE(2) | 0x8000, 2);
      answer.writeUInt16BE(4, 4);
      answer.writeUInt32BE(this.status, 12);
      socket.write(answer);
    });
  });

  async listen(port = 0): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(port, "127.0.0.1", done));
    return (this.#server.address() as net.AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise((done) => this.#server.close(done));
  }
}

const REGISTER = 1;
const DEREGISTER = 4;

let server: FakeServer;
let port: number;
let lines: string[];
let client: IsnsClient;

beforeEach(async () => {
  server = new FakeServer();
  port = await server.listen();
  lines = [];
  const write = (level: string, text: string): void => void lines.push(`${level} ${text}`);
  client = new IsnsClient({
    server: { host: "127.0.0.1", port },
    registration: {
      ...{ entityIdentifier: "iqn.a:b", iscsiName: "iqn.a:b", alias: null },
      portals: [{ host: "0.0.0.0", port: 3260, groupTag: 1 }],
    },
    isWhole: true,
    log: { write, trace: () => undefined } as unknown as Log,
  });
});
afterEach(async () => {
  await client.stop();
  await server.close().catch(() => undefined);
});

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo() && waited < 4000; waited += 10) {
    await new Promise((next) => setTimeout(next, 10));
  }
  expect(isSo()).toBe(true);
}

describe("the iSNS client", () => {
  it("[RFC4171 5.6.5] registers at the start, and deregisters at the stop", async () => {
    client.start();
    await until(() => lines.length > 0);
    expect(lines).toEqual([`info iSNS 127.0.0.1:${port}: registered`]);
    await client.stop();
    expect(server.functions).toEqual([REGISTER, DEREGISTER]);
  });

  it("registers a portal at all addresses by the one it reaches the server from", async () => {
    client.start();
    await until(() => lines.length > 0);
    const loopback = Buffer.from("00000000000000000000ffff7f000001", "hex");
    expect(server.requests[0]?.includes(loopback)).toBe(true);
  });

  it("tries again when the server refuses, says so once, and deregisters nothing", async () => {
    server.status = 5;
    client.start();
    await until(() => server.functions.length === 2);
    expect(lines).toEqual([
      `warn iSNS 127.0.0.1:${port}: not registered: it refuses with status 5`,
    ]);
    await client.stop();
    expect(server.functions).toEqual([REGISTER, REGISTER]);
  });

  it("registers when a server is there at last", async () => {
    await server.close();
    client.start();
    await until(() => lines.some((line) => line.includes("ECONNREFUSED")));
    server = new FakeServer();
    await server.listen(port);
    await until(() => lines.some((line) => line.endsWith("registered")));
    expect(server.functions).toEqual([REGISTER]);
  });

  it("does not take another protocol for an answer", async () => {
    server.status = null;
    client.start();
    await until(() => lines.length > 0);
    expect(lines[0]).toContain("not registered: it speaks no iSNS");
  });

  it("ends also when the server is gone by then", async () => {
    client.start();
    await until(() => lines.length > 0);
    await server.close();
    await client.stop();
    expect(lines[1]).toContain("warn iSNS");
  });
});
