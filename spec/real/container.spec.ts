// The container image, built from the Dockerfile and run for real: it serves a disk as its first words promise, as a
// user without rights, says when it is healthy, and ends in order. Its network is its own; we step in to reach it.
import { readFileSync } from "node:fs";
import { buildTwinlun, openEngine } from "../../tools/container";
import { Container } from "../../tools/container/container";
import type { Engine } from "../../tools/container/engine";
import { ensurePackages } from "../../tools/packages";
import { tail, type Finished } from "../../tools/support/processes";
import type { Ready } from "./support/target";

const image = "twinlun-spec";
const buildWithinMs = 900_000;
let engine: Engine;
let container: Container;
let url: string;

/** Runs a program in the container's network; it must end with 0. */
async function reach(program: string, ...args: string[]): Promise<Finished> {
  const done = await container.reach(program, args);
  if (done.code !== 0) throw new Error(`${program}: ${tail(done.stdout + done.stderr)}`);
  return done;
}

beforeAll(async () => {
  await ensurePackages(["libiscsi-bin", "qemu-utils", "qemu-block-extra", "util-linux"]);
  engine = await openEngine();
  await buildTwinlun(engine, image);
  container = await Container.start(engine, { image, name: image, network: "none" });
  url = `iscsi://127.0.0.1:3260/${(container.ready as Ready).target}/0`;
}, buildWithinMs);

afterAll(() => container.remove());

describe("the container", () => {
  it("says that it is ready on port 3260 of every address", () => {
    expect(container.ready).toMatchObject({ event: "ready", portals: ["0.0.0.0:3260"], luns: [0] });
  });

  it("runs as a user without rights", async () => {
    const status = readFileSync(`/proc/${await container.pid()}/status`, "utf8");
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe("1000");
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toMatch(/^0+$/);
  });

  it("announces its target at the address it was asked at", async () => {
    const { stdout } = await reach("iscsi-ls", "-s", "iscsi://127.0.0.1:3260");
    expect(stdout).toContain(`Target:${(container.ready as Ready).target}`);
    expect(stdout).toContain("Portal:127.0.0.1:3260,1");
    expect(stdout).toMatch(/Lun:0 +Type:DIRECT_ACCESS \(Size:1G\)/);
  });

  it("answers an INQUIRY", async () => {
    const { stdout } = await reach("iscsi-inq", url);
    expect(stdout).toContain("Peripheral Device Type:DIRECT_ACCESS");
  });

  it("keeps what is written", async () => {
    const commands = ["write -P 90 12345678 99999", "flush", "read -P 90 12345678 99999"];
    const { stdout } = await reach(
      "qemu-io",
      ...["-f", "raw", "-t", "none", ...commands.flatMap((command) => ["-c", command]), url],
    );
    expect(stdout).not.toContain("verification failed");
  });

  it("is healthy", async () => {
    expect(await container.checkHealth()).toBe(0);
  });

  it("ends with 0 on SIGTERM", async () => {
    expect(await container.stop()).toBe(0);
  });
});
