/** `twinlun trace` of a running pair: what a host's write through the sub side's portal did. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { write10 } from "node-scsi-cdb";
import { killAll, ready, twinlun } from "../node/support/program";
import { WireInitiator } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";

jest.setTimeout(60_000);
let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
});
afterEach(() => {
  killAll();
  fs.rmSync(directory, { recursive: true });
});

describe("twinlun trace", () => {
  it("[S8-1] shows JOB1 to JOB5 of a sub-side write in order, up to the host's end", async () => {
    const socket = ["--admin-socket", join(directory, "admin.sock")];
    const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    const form = ["--example", "communication", "--complete-at", "job-four-end"];
    const program = twinlun("serve", ...listen, "--store", "memory:1M", ...form, ...socket);
    const [, sub = ""] = (await ready(program)).portals;
    const host = await WireInitiator.connect(Number(sub.split(":")[1]));
    expect(await host.login(IQN, "iqn.2026-11.io.twinlun:host")).toBe(0);
    await host.command(Buffer.alloc(6));
    const cdb = write10.encode({ lba: 0, blockCount: 1 });
    expect((await host.command(cdb, { out: Buffer.alloc(512, 1) })).status).toBe(0);
    host.close();

    const text = await printed("trace", "--last", "1", ...socket);
    const steps = [...text.matchAll(/ {2}(JOB\d) .* {2}(\d{3}) {2}/g)].map(
      ([, job, step]) => `${job} ${step}`,
    );
    const wanted = [
      ...["JOB1 701", "JOB1 704", "JOB3 714", "JOB3 715", "JOB4 719", "JOB5 727", "JOB5 728"],
      ...["JOB2 708", "JOB2 712", "JOB5 729", "JOB4 725", "JOB3 717", "JOB3 718", "JOB1 707"],
    ];
    expect(steps.filter((step) => wanted.includes(step))).toEqual(wanted);
    const chart = await printed("trace", "--last", "1", "--mermaid", ...socket);
    expect(chart).toMatch(/^sequenceDiagram\n/);
    expect(chart).toMatch(/e510-->>e102: 707 /);
    const rows = JSON.parse(await printed("trace", "--json", ...socket)) as [{ rows: unknown[] }];
    expect(rows[0].rows).toHaveLength(steps.length);
  });
});

async function printed(...args: string[]): Promise<string> {
  const { exit, output } = twinlun(...args);
  expect([await exit, output.stderr]).toEqual([0, ""]);
  return output.stdout;
}
