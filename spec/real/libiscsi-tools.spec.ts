/** libiscsi's tools as initiators that nobody here wrote: over IPv6, and sent from portal to portal. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { ensurePackages } from "../../tools/packages";
import { Target, root } from "./support/target";

const open: Target[] = [];
beforeAll(() => ensurePackages(["libiscsi-bin"]));
afterEach(async () => {
  for (const target of open.splice(0)) await target.kill();
});

async function start(name: string, listen: string, args: readonly string[] = []): Promise<Target> {
  const target = await Target.start({ name, listen, store: "memory:16M", args });
  open.push(target);
  return target;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

describe("libiscsi over IPv6", () => {
  it("[RFC7143 13.8] discovers the portal in brackets, and logs in there", async () => {
    const target = await start("tools-ipv6", "[::1]:0");
    expect(target.portal).toMatch(/^\[::1\]:\d+$/);
    const list = execFileSync("iscsi-ls", ["--show-luns", `iscsi://${target.portal}`]).toString();
    expect(list).toContain(`Target:${target.iqn} Portal:${target.portal},1\n`);
    expect(list).toMatch(/^Lun:0 +Type:DIRECT_ACCESS/m);
    expect(execFileSync("iscsi-inq", [target.url()]).toString()).toContain("Vendor:TWINLUN");
  });

  it("discovers a portal at all IPv6 addresses by the one that it came to", async () => {
    const target = await start("tools-wildcard", "[::]:0");
    const port = target.portal.slice(target.portal.lastIndexOf(":"));
    const list = execFileSync("iscsi-ls", [`iscsi://[::1]${port}`]).toString();
    expect(list).toContain(`Portal:[::1]${port},1\n`);
  });
});

describe("libiscsi at a portal that sends it elsewhere", () => {
  async function ask(...how: string[]): Promise<{ out: string; err: string; log: string }> {
    const [here, there] = [await freePort(), `127.0.0.1:${await freePort()}`];
    const args = ["--listen", there, "--redirect-to", there, ...how];
    const target = await start("tools-redirect", `127.0.0.1:${here}`, args);
    const { stdout, stderr } = spawnSync("iscsi-inq", [target.url()]);
    return { out: stdout.toString(), err: stderr.toString(), log: target.log() };
  }

  it("[RFC7143 11.13.5] follows for the time being", async () => {
    const { out, log } = await ask();
    expect(out).toContain("Vendor:TWINLUN");
    expect(log).toMatch(/redirected to 127\.0\.0\.1:\d+ \(0101h\)/);
  });

  it("[RFC7143 11.13.5] is told that the target has moved for good, where it gives up", async () => {
    const { err } = await ask("--redirect-permanently");
    expect(err).toContain("Target moved permanently");
  });
});

describe("libiscsi at a pair whose operator wants it gone", () => {
  it("[RFC7143 11.9.1] is listed by its side, logs out when it is asked to, and comes back", async () => {
    const socket = join(root, "build/real/tools-session.sock");
    const target = await Target.start({
      ...{ name: "tools-session", store: "memory:16M", isPaired: true },
      args: ["--listen", "127.0.0.1:0", "--admin-socket", socket],
    });
    open.push(target);
    const session = (...words: string[]): string => {
      const args = [join(root, "dist/node/main.js"), "session", ...words, "--admin-socket", socket];
      return execFileSync(process.execPath, args).toString();
    };
    const sub = `iscsi://${target.ready.portals[1]}/${target.iqn}/0`;
    const reader = spawn("iscsi-perf", ["-t", "30", sub], { stdio: "ignore" });
    try {
      while (!session("list").includes("\n2.1 ")) continue;
      expect(session("logout", "--session", "2.1")).toBe("logout: 1 session.\n");
      while (!session("list").includes("\n2.2 ")) continue;
      expect(target.log()).toContain("side 2: session 1 logged out");
    } finally {
      reader.kill("SIGKILL");
    }
  });
});
