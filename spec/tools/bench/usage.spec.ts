import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { forgetPeak, peakBytes, processorTimeUs } from "../../../tools/bench/usage";

const MIB = 1024 * 1024;

it("counts processor time of the process as the process itself does", () => {
  const own = (): number => process.cpuUsage().user + process.cpuUsage().system;
  const before = own();
  const counted = processorTimeUs(process.pid);
  // Counted in hundredths of a second, user and system each.
  expect(counted).toBeGreaterThan(before - 40_000);
  expect(counted).toBeLessThan(own() + 40_000);
});

describe("the peak of a process that touched 256 MiB and gave them back", () => {
  let child: ChildProcess;
  beforeAll(async () => {
    const text = `
      let memory = Buffer.alloc(${256 * MIB}, 1);
      memory = null;
      gc(); gc();
      console.log("done");
      setInterval(() => {}, 1000);`;
    child = spawn(process.execPath, ["--expose-gc", "-e", text], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout!, "data");
  });
  afterAll(() => child.kill());

  it("has them until it is forgotten", () => {
    expect(peakBytes(child.pid!)).toBeGreaterThan(256 * MIB);
    forgetPeak(child.pid!);
    expect(peakBytes(child.pid!)).toBeLessThan(256 * MIB);
  });
});
