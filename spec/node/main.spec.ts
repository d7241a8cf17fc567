import * as fs from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killAll, MAIN, type Program, ready, run, twinlun } from "./support/program";

const SECRET = "s3cret-s3cret";

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
});
afterEach(() => {
  killAll();
  fs.rmSync(directory, { recursive: true });
});

function serve(...args: string[]): Program {
  return twinlun("serve", "--single", "--listen", "127.0.0.1:0", ...args);
}

describe("twinlun", () => {
  jest.setTimeout(60_000);

  it.each([
    [["--help"], 0, /^Usage: twinlun COMMAND/],
    [["help", "serve"], 0, /^Usage: twinlun COMMAND/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
    [["check-config", "--chap", `host:${SECRET}`], 0, /"host:\*\*\*"/],
  ])("%j answers on standard output", async (args, code, text) => {
    const program = twinlun(...args);
    expect(await program.exit).toBe(code);
    expect(program.output.stdout).toMatch(text);
    expect(program.output.stdout + program.output.stderr).not.toContain(SECRET);
  });

  it.each([
    [
      ["status", "--admin-socket", "/none/a.sock"],
      /^twinlun: Nobody listens at \/none\/a\.sock: .*\n$/,
    ],
    [["pair", "split", "--single"], /^twinlun: There is nobody to ask: .*\n$/],
    [["serve", "--bogus"], "twinlun: Unknown flag --bogus. See twinlun --help.\n"],
    [["check-config", "--block-size", "1"], /^twinlun: Setting blockSize is "1" .*\.\n$/],
    [
      ["serve", "--single", "--listen", "192.0.2.1:1", "--store", "memory:1M"],
      /^twinlun: Cannot listen on .*\n$/,
    ],
  ])("%j ends with 2 and one sentence", async (args, text) => {
    const program = twinlun(...args);
    expect(await program.exit).toBe(2);
    expect(program.output.stderr).toMatch(text);
    expect(program.output.stdout).toBe("");
  });

  it("ends with 74 and a sentence when the last flush fails", async () => {
    const broken = join(directory, "broken.cjs");
    fs.writeFileSync(
      broken,
      `require("node:fs").fdatasync = (fd, done) => setImmediate(done, new Error("EIO"));`,
    );
    const store = `file:${join(directory, "unstable.img")}:8M`;
    const flags = ["serve", "--single", "--listen", "127.0.0.1:0", "--store", store];
    const failing = run("--require", broken, "--import", "tsx", MAIN, ...flags);
    await ready(failing);
    failing.child.kill("SIGTERM");
    expect(await failing.exit).toBe(74);
    expect(failing.output.stderr).toMatch(/may not be on stable storage: EIO\n$/);
  });

  it("says one line of JSON when it is ready, accepts, and ends with 0 on SIGTERM", async () => {
    const path = join(directory, "data", "disk.img");
    const user = `host:${SECRET}`;
    const program = serve("--store", `file:${path}:8M`, "--chap", user, "--discovery-chap", user);
    const line = await ready(program);
    const portal = line.portals[0] as string;
    const target = "iqn.2026-11.io.twinlun:disk";
    expect(line).toEqual({
      event: "ready",
      portals: [portal],
      target,
      luns: [0],
      pid: program.child.pid,
    });
    const socket = net.connect(Number(portal.split(":")[1]), "127.0.0.1");
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.on("connect", resolve));
    program.child.kill("SIGTERM");
    expect(await program.exit).toBe(0);
    socket.destroy();
    expect(program.output.stdout.match(/\n/g)).toHaveLength(1);
    for (const advice of [
      `iscsiadm -m discoverydb -t sendtargets -p ${portal} --discover`,
      `iscsiadm -m node -T ${target} -p ${portal} --login`,
    ]) {
      expect(program.output.stderr).toContain(advice);
    }
    expect(program.output.stderr).not.toContain(SECRET);
    expect(fs.statSync(path).size).toBe(9 * 1024 * 1024);
  });

  it("goes on when the reader of its output is gone and SIGHUP comes", async () => {
    const program = serve("--store", "memory:1M");
    await ready(program);
    program.child.stdout?.destroy();
    program.child.kill("SIGHUP");
    while (!program.output.stderr.includes("SIGHUP"))
      await new Promise((next) => setTimeout(next, 20));
    program.child.kill("SIGINT");
    expect(await program.exit).toBe(0);
  });

  it("leaves nothing behind when the port is in use or a store is", async () => {
    const path = join(directory, "disk.img");
    const holder = serve("--store", `file:${path}:1M`);
    const { portals } = await ready(holder);
    const other = join(directory, "other.img");
    const busyPort = twinlun(
      "serve",
      "--single",
      "--listen",
      portals[0] as string,
      "--store",
      `file:${other}:1M`,
    );
    expect(await busyPort.exit).toBe(2);
    expect(busyPort.output.stderr).toMatch(
      /^twinlun: Cannot listen on .*: the port is in use\.\n$/,
    );
    const conf = join(directory, "conf.json");
    const luns = [{ store: `file:${other}:1M` }, { store: `file:${path}:1M` }];
    fs.writeFileSync(conf, JSON.stringify({ luns }));
    const busyStore = serve("--conf", conf);
    expect(await busyStore.exit).toBe(2);
    expect(busyStore.output.stderr).toBe(
      `twinlun: Store file ${path} is in use by another process.\n`,
    );
    expect(fs.existsSync(other)).toBe(false);
    holder.child.kill("SIGTERM");
    expect(await holder.exit).toBe(0);
  });
});
