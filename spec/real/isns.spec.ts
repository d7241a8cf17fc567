/** Debian's isnsd as the server that the target registers at, asked by isnsadm. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { ensurePackages } from "../../tools/packages";
import { Target, freshFolder } from "./support/target";

let folder: string;
let server: ChildProcess;
let address: string;
let target: Target | null = null;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

beforeAll(async () => {
  await ensurePackages(["open-isns-server", "open-isns-utils"]);
  folder = freshFolder("isnsd");
  address = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(folder, "database"));
  const common = "SourceName = iqn.2005-01.org.open-iscsi.spec:isns\nSecurity = 0\n";
  const own = { Database: "database", PIDFile: "isnsd.pid", ControlSocket: "control" };
  const paths = Object.entries(own).map(([key, name]) => `${key} = ${join(folder, name)}\n`);
  const options = `BindAddress = ${address}\nDefaultDiscoveryDomain = 1\nSLPRegister = 0\n`;
  writeFileSync(join(folder, "isnsd.conf"), common + paths.join("") + options);
  writeFileSync(join(folder, "isnsadm.conf"), `${common}ServerAddress = ${address}\n`);
  server = spawn("isnsd", ["-f", "-4", "-c", join(folder, "isnsd.conf")], { stdio: "ignore" });
});
afterAll(async () => {
  await target?.kill();
  server.kill("SIGKILL");
});

/** What the server has, as isnsadm prints it. */
function list(what: "nodes" | "portals" | "portal-groups"): string {
  const config = join(folder, "isnsadm.conf");
  return execFileSync("isnsadm", ["-c", config, "--list", what]).toString();
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo() && waited < 15_000; waited += 200) {
    await new Promise((next) => setTimeout(next, 200));
  }
  expect(isSo()).toBe(true);
}

describe("at an iSNS server, the target", () => {
  it("[RFC4171 5.6.5.1] is registered with its portals and groups", async () => {
    const args = ["--listen", "[::1]:0", "--alias", "spec", "--isns", address];
    target = await Target.start({ name: "isns", store: "memory:1M", args });
    const running = target;
    await until(() => list("nodes").includes(`iSCSI name = "${running.iqn}"`));
    expect(list("nodes")).toContain("iSCSI node type = Target");
    expect(list("nodes")).toContain('iSCSI alias = "spec"');
    for (const portal of running.ready.portals) {
      const port = portal.slice(portal.lastIndexOf(":") + 1);
      expect(list("portals")).toContain(`TCP/UDP port = ${port}/tcp`);
    }
    expect(list("portals")).toContain("IP address = ::1");
    expect(list("portal-groups").match(/group tag = 1/g)).toHaveLength(2);
  });

  it("registers again after it was killed, over what is there", async () => {
    await target?.kill();
    await target?.restart();
    await until(() => (target?.log().match(/: registered/g) ?? []).length === 2);
    expect(list("nodes").match(/iSCSI name/g)).toHaveLength(1);
  });

  it("[RFC4171 5.6.5.4] is gone when it has stopped", async () => {
    expect(await target?.stop()).toBe(0);
    expect(list("nodes")).not.toContain("iSCSI name");
    expect(list("portals")).not.toContain("IP address");
  });
});
