// The container image, built from the Dockerfile and run for real: it serves a disk as its first words promise, as a
// user without rights, says when it is healthy, ends in order, and finds its disk again. Its network is its own; we
// step in to reach it.
import { readFileSync } from "node:fs";
import { buildTwinlun, openEngine } from "../../tools/container";
import { Container } from "../../tools/container/container";
import type { Engine } from "../../tools/container/engine";
import { ensurePackages } from "../../tools/packages";
import { tail } from "../../tools/support/processes";
import type { Ready } from "./support/target";

const image = "twinlun-spec";
const volume = "twinlun-spec-data";
const buildWithinMs = 900_000;
let engine: Engine;
let container: Container;

function start(): Promise<Container> {
  return Container.start(engine, { image, name: image, network: "none", volume });
}

function ready(): Ready {
  return container.ready as Ready;
}

/** Runs a program in the container's network; it must end with 0. What it printed. */
async function reach(program: string, ...args: string[]): Promise<string> {
  const done = await container.reach(program, args);
  if (done.code === 0) return done.stdout;
  throw new Error(`${program}: ${tail(done.stdout + done.stderr)}`);
}

/** Runs commands of qemu-io on the container's disk; a read that differs ends it with 1. */
function qemuIo(...commands: string[]): Promise<string> {
  const words = commands.flatMap((command) => ["-c", command]);
  const url = `iscsi://127.0.0.1:3260/${ready().target}/0`;
  return reach("qemu-io", "-f", "raw", "-t", "none", ...words, url);
}

beforeAll(async () => {
  await ensurePackages(["libiscsi-bin", "qemu-utils", "qemu-block-extra", "util-linux"]);
  engine = await openEngine();
  await buildTwinlun(engine, image);
  await engine.podman(["rm", "--force", "--ignore", image]);
  await engine.podman(["volume", "rm", "--force", volume]);
  container = await start();
}, buildWithinMs);

afterAll(async () => {
  await container.remove();
  await engine.podman(["volume", "rm", "--force", volume]);
});

describe("the container", () => {
  it("says that it is ready on a port of every address for each controller", () => {
    const portals = ["0.0.0.0:3260", "0.0.0.0:3261"];
    expect(ready()).toMatchObject({ event: "ready", portals, luns: [0] });
  });

  it("runs as a user without rights", async () => {
    const status = readFileSync(`/proc/${await container.pid()}/status`, "utf8");
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe("1000");
    expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toMatch(/^0+$/);
  });

  it("announces its target at the address it was asked at", async () => {
    const listing = await reach("iscsi-ls", "-s", "iscsi://127.0.0.1:3260");
    expect(listing).toContain(`Target:${ready().target} Portal:127.0.0.1:3260,1`);
    // 1 GiB: the program counts up to the last block and rounds down.
    expect(listing).toMatch(/Lun:0 +Type:DIRECT_ACCESS \(Size:1023M\)/);
  });

  it("answers an INQUIRY", async () => {
    const url = `iscsi://127.0.0.1:3260/${ready().target}/0`;
    expect(await reach("iscsi-inq", url)).toContain("Peripheral Device Type:DIRECT_ACCESS");
  });

  it("reads what was written", async () => {
    await qemuIo("write -P 90 12345678 99999", "flush", "read -P 90 12345678 99999");
  });

  it("[G-01] reads by the one controller what the other was given", async () => {
    const url = `iscsi://127.0.0.1:3261/${ready().target}/0`;
    const command = "read -P 90 12345678 99999";
    await reach("qemu-io", "-f", "raw", "-t", "none", "-c", command, url);
  });

  it("is healthy", async () => {
    expect(await container.checkHealth()).toBe(0);
  });

  it("ends with 0 on SIGTERM, and the next one on its volume has its data", async () => {
    expect(await container.stop()).toBe(0);
    container = await start();
    await qemuIo("read -P 90 12345678 99999", "read -P 0 12500000 99999");
  });
});
