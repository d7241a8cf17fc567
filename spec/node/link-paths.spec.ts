import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
import { Prng } from "../../lib/base/prng";
import type { LinkInput } from "../../lib/mirror/link-events";
import type { LinkAddress } from "../../lib/node/formats";
import { LinkPaths } from "../../lib/node/link-paths";
import { linkSecurityOf } from "../../lib/node/link-security";
import type { PairValues } from "../../lib/node/settings-table";

type Secured = Pick<PairValues, "linkKey" | "linkCert" | "linkPrivateKey" | "linkCa">;

const NOTHING: Secured = { linkKey: null, linkCert: null, linkPrivateKey: null, linkCa: null };
const KEY: Secured = { ...NOTHING, linkKey: "the key of both sides" };
let directory: string;

/** A key and a certificate that an authority signed, by its name. */
function certificate(name: string, authority: string): void {
  const at = (file: string): string => join(directory, file);
  const openssl = (...args: string[]): unknown =>
    execFileSync("openssl", args, { stdio: "ignore" });
  const subject = ["-subj", `/CN=${name}`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  if (!fs.existsSync(at(`${authority}.pem`))) {
    const files = ["-keyout", at(`${authority}.key`), "-out", at(`${authority}.pem`)];
    openssl("req", "-x509", ...key, "-subj", `/CN=${authority}`, ...files);
  }
  openssl("req", ...key, ...subject, "-keyout", at(`${name}.key`), "-out", at(`${name}.csr`));
  const signer = ["-CA", at(`${authority}.pem`), "-CAkey", at(`${authority}.key`)];
  const files = ["-in", at(`${name}.csr`), "-out", at(`${name}.pem`)];
  openssl("x509", "-req", ...files, ...signer, "-CAcreateserial");
}

function certificates(name: string, authority = "authority"): Secured {
  if (!fs.existsSync(join(directory, `${name}.pem`))) certificate(name, authority);
  const [linkCert, linkPrivateKey, linkCa] = [`${name}.pem`, `${name}.key`, "authority.pem"].map(
    (file) => join(directory, file),
  ) as [string, string, string];
  return { linkKey: null, linkCert, linkPrivateKey, linkCa };
}

beforeAll(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
});
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** One side: its paths, and what they told. */
class End {
  readonly inputs: LinkInput[] = [];
  readonly reports: string[] = [];
  /** All bytes of the in path. */
  received = Buffer.alloc(0);
  readonly paths: LinkPaths;

  private constructor(paths: LinkPaths, reports: string[]) {
    this.paths = paths;
    this.reports = reports;
  }

  static async open(listen: LinkAddress, peer: LinkAddress, secured: Secured): Promise<End> {
    const reports: string[] = [];
    const report = (_: string, text: string): unknown => reports.push(text);
    const security = linkSecurityOf(secured as PairValues);
    const end = new End(await LinkPaths.open({ listen, peer, security, report }), reports);
    all.add(end);
    return end;
  }

  start(): void {
    this.paths.start((input) => {
      this.inputs.push(input);
      if (input.type === "path-bytes") this.received = Buffer.concat([this.received, input.chunk]);
    });
  }

  count(type: LinkInput["type"], path?: string): number {
    return this.inputs.filter((input) => {
      return (
        input.type === type && (path === undefined || ("path" in input && input.path === path))
      );
    }).length;
  }

  send(...chunks: Uint8Array[]): void {
    this.paths.perform({ type: "path-send", chunks });
  }
}

const all = new Set<End>();
afterEach(() => {
  for (const end of all) end.paths.close();
  all.clear();
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((next) => setTimeout(next, 2));
}

async function freePort(): Promise<LinkAddress> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return { kind: "tcp", host: "127.0.0.1", port };
}

let sockets = 0;
function freePath(): LinkAddress {
  return { kind: "unix", path: join(directory, `${++sockets}.sock`) };
}

async function pair(
  secured: readonly [Secured, Secured],
  place: () => LinkAddress | Promise<LinkAddress> = freePort,
): Promise<[End, End, LinkAddress]> {
  const [first, second] = [await place(), await place()];
  const one = await End.open(first, second, secured[0]);
  const two = await End.open(second, first, secured[1]);
  return [one, two, first];
}

async function up(...ends: readonly End[]): Promise<void> {
  for (const end of ends) {
    await until(() => end.count("path-up", "in") > 0 && end.count("path-up", "out") > 0);
  }
}

describe.each<
  [string, () => readonly [Secured, Secured], () => LinkAddress | Promise<LinkAddress>]
>([
  ["plain TCP", () => [NOTHING, NOTHING], freePort],
  ["a Unix socket", () => [NOTHING, NOTHING], freePath],
  ["TLS with a key", () => [KEY, KEY], freePort],
  ["TLS with a key over a Unix socket", () => [KEY, KEY], freePath],
  ["TLS with certificates", () => [certificates("main"), certificates("sub")], freePort],
])("[G-14] the two paths by %s", (_, secured, place) => {
  it("come up at both sides and carry every byte in order, both ways", async () => {
    const [one, two] = await pair(secured(), place);
    one.start();
    two.start();
    await up(one, two);
    const random = new Prng(1);
    const forth = Array.from({ length: 40 }, () => random.bytes(1 + random.below(70_000)));
    const back = Array.from({ length: 40 }, () => random.bytes(1 + random.below(70_000)));
    for (let at = 0; at < 40; at += 2) {
      one.send(...forth.slice(at, at + 2));
      two.send(...back.slice(at, at + 2));
    }
    await until(() => one.count("path-sent") === 20 && two.count("path-sent") === 20);
    await until(() => two.received.length === Buffer.concat(forth).length);
    await until(() => one.received.length === Buffer.concat(back).length);
    expect(two.received.equals(Buffer.concat(forth))).toBe(true);
    expect(one.received.equals(Buffer.concat(back))).toBe(true);
  });

  it("go down at both sides when one closes them, and come again", async () => {
    const [one, two] = await pair(secured(), place);
    one.start();
    two.start();
    await up(one, two);
    one.paths.perform({ type: "path-close", path: "out" });
    await until(() => one.count("path-down", "out") === 1 && two.count("path-down", "in") === 1);
    await until(() => one.count("path-up", "out") === 2 && two.count("path-up", "in") === 2);
    two.paths.perform({ type: "path-close", path: "in" });
    await until(() => one.count("path-down", "out") === 2 && two.count("path-down", "in") === 2);
    await until(() => one.count("path-up", "out") === 3 && two.count("path-up", "in") === 3);
    expect([one.count("path-down", "in"), two.count("path-down", "out")]).toEqual([0, 0]);
    expect(one.count("path-sent")).toBe(0);
  });
});

describe("the out path", () => {
  it("is tried until somebody listens, and why it is not there is told once", async () => {
    const [first, second] = [await freePort(), await freePort()];
    const one = await End.open(first, second, NOTHING);
    one.start();
    await new Promise((next) => setTimeout(next, 500));
    expect(one.inputs).toEqual([]);
    expect(one.reports).toEqual([expect.stringMatching(/is not connected: nobody listens there$/)]);
    const two = await End.open(second, first, NOTHING);
    two.start();
    await up(one, two);
  });

  it("confirms nothing that was sent when it went down", async () => {
    const [one, two] = await pair([NOTHING, NOTHING]);
    one.start();
    two.start();
    await up(one, two);
    two.paths.close();
    await until(() => one.count("path-down", "out") === 1);
    one.send(Buffer.alloc(10));
    await new Promise((next) => setTimeout(next, 20));
    expect(one.count("path-sent")).toBe(0);
  });
});

describe("[G-15] a link that leaves the process", () => {
  it.each<[string, () => readonly [Secured, Secured]]>([
    ["another key", () => [KEY, { ...NOTHING, linkKey: "the key of another pair" }]],
    ["no key", () => [KEY, NOTHING]],
    ["a certificate instead of the key", () => [KEY, certificates("main")]],
    ["a foreign certificate", () => [certificates("main"), certificates("rogue", "other")]],
  ])("has no path with whoever has %s", async (_, secured) => {
    const [one, two] = await pair(secured());
    one.start();
    two.start();
    two.send(Buffer.from("let me in"));
    await until(() => one.reports.length > 0);
    await new Promise((next) => setTimeout(next, 300));
    expect(one.inputs.filter((input) => "path" in input && input.path === "in")).toEqual([]);
    expect(one.count("path-bytes")).toBe(0);
  });

  it("[G-15] cannot be read on its way", async () => {
    const [first, second] = [await freePort(), await freePort()];
    const tap = await freePort();
    const one = await End.open(first, tap, KEY);
    const two = await End.open(second, first, KEY);
    let seen = Buffer.alloc(0);
    const wire = net.createServer((from) => {
      const to = net.connect(second as net.NetConnectOpts & LinkAddress & { port: number });
      from.on("data", (bytes) => (seen = Buffer.concat([seen, bytes])));
      from.pipe(to).pipe(from);
    });
    await new Promise<void>((resolve) => wire.listen(tap as net.ListenOptions, resolve));
    one.start();
    two.start();
    await up(one, two);
    one.send(Buffer.from("what the host wrote"));
    await until(() => two.received.length === 19);
    wire.close();
    expect(two.received.toString()).toBe("what the host wrote");
    expect(seen.includes("what the host wrote")).toBe(false);
  });
});

describe("hostile bytes on the link's port", () => {
  const random = new Prng(7);
  const cases: readonly (readonly [string, Buffer])[] = [
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["noise", Buffer.from(random.bytes(4096))],
    ["zeros", Buffer.alloc(100_000)],
    ["a preamble of another version", Buffer.from("twinlun\x02")],
    ["a broken TLS hello", Buffer.from(`16030100f8010000f40303${"ab".repeat(242)}`, "hex")],
  ];

  it.each([
    ["plain", NOTHING],
    ["TLS", KEY],
  ] as const)("get a closed connection and nothing else: %s", async (_, secured) => {
    const [one, two, place] = await pair([secured, secured]);
    one.start();
    two.start();
    await up(one, two);
    const before = one.inputs.length;
    for (const [, bytes] of cases) {
      const socket = net.connect(place as net.NetConnectOpts & LinkAddress & { port: number });
      let answer = Buffer.alloc(0);
      socket.on("data", (chunk) => (answer = Buffer.concat([answer, chunk])));
      socket.on("error", () => undefined);
      socket.write(bytes);
      await new Promise((resolve) => socket.on("close", resolve));
      // A TLS server may say why in an alert.
      expect(answer.length).toBeLessThan(16);
    }
    expect(one.inputs.length).toBe(before);
    two.send(Buffer.from("still here"));
    await until(() => one.received.toString() === "still here");
  });

  it("and silence end after five seconds", async () => {
    const [one, , place] = await pair([NOTHING, NOTHING]);
    one.start();
    const socket = net.connect(place as net.NetConnectOpts & LinkAddress & { port: number });
    socket.on("error", () => undefined);
    const start = performance.now();
    await new Promise((resolve) => socket.on("close", resolve));
    expect(performance.now() - start).toBeGreaterThan(4500);
    expect(one.count("path-up", "in")).toBe(0);
  }, 10_000);

  it("take no place of the path when there are many of them", async () => {
    const [one, two, place] = await pair([NOTHING, NOTHING]);
    one.start();
    two.start();
    await up(one, two);
    const many = Array.from({ length: 40 }, () => {
      const socket = net.connect(place as net.NetConnectOpts & LinkAddress & { port: number });
      return socket.on("error", () => undefined);
    });
    await until(() => many.filter((socket) => socket.destroyed || socket.closed).length >= 20);
    two.send(Buffer.from("still here"));
    await until(() => one.received.toString() === "still here");
    for (const socket of many) socket.destroy();
  });

  it("that come by the newest of the authenticated connections take the path over", async () => {
    const [one, two, place] = await pair([NOTHING, NOTHING]);
    one.start();
    two.start();
    await up(one, two);
    const socket = net.connect(place as net.NetConnectOpts & LinkAddress & { port: number });
    socket.write(Buffer.from("twinlun\x01new"));
    await until(() => one.received.toString() === "new");
    expect(one.inputs.slice(-3).map(({ type }) => type)).toEqual([
      "path-down",
      "path-up",
      "path-bytes",
    ]);
    socket.destroy();
  });
});

describe("link security", () => {
  it("speaks TLS 1.3 alone", async () => {
    const server = linkSecurityOf(KEY as PairValues).server(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const ciphers = "ECDHE-PSK-CHACHA20-POLY1305";
    const options = { port, host: "127.0.0.1", maxVersion: "TLSv1.2", ciphers } as const;
    const psk = Buffer.alloc(32);
    const socket = tls.connect({ ...options, pskCallback: () => ({ psk, identity: "twinlun" }) });
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toMatch(/protocol version|handshake failure/);
    server.close();
  });

  it.each([
    [{ linkCert: "/none.pem" }, "Setting linkCert is /none.pem, which does not exist."],
    [{ linkCa: "/proc/self/mem" }, /^Setting linkCa is \/proc\/self\/mem, which cannot be read: /],
    [
      { linkPrivateKey: __filename },
      /^Settings linkCert, linkPrivateKey, linkCa do not fit: .*\.$/,
    ],
  ])("refuses files that cannot be used in a sentence: %j", (changes, words) => {
    const files = { ...certificates("main"), ...changes };
    expect(() => linkSecurityOf(files as PairValues)).toThrow(words);
  });
});
