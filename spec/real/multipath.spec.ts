/**
 * The kernel initiator, open-iscsi and dm-multipath in a guest, on both controllers of a pair: one
 * disk by two paths, and no error while either controller is lost. The steps are
 * tools/linux-host/scenarios/multipath.sh.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeRun, isClean, runScenario, type Run } from "../../tools/linux-host/run";
import { Pair } from "./support/pair";
import { expectPassed } from "./support/linux-host";

const DATA_OFFSET = 1024 * 1024;

describe("A Linux host with a path to each controller", () => {
  let pair: Pair;
  let run: Run;

  beforeAll(async () => {
    pair = await Pair.start({
      name: "multipath",
      storeOf: (side) => `file:${join("build/real", `multipath-${side}`, "disk.img")}:256M`,
      args: ["--peer-wait-ms", "2000"],
    });
    run = await runScenario({
      scenario: "multipath",
      engine: "uml",
      settings: { portal: pair.a.portal, portal_b: pair.b.portal, iqn: pair.a.iqn },
      onCall: async (name, [letter = "a"]) => {
        if (name === "kill") await pair.side(letter).kill();
        else if (name === "start") await pair.side(letter).restart();
        else await pair.untilPaired();
        return 0;
      },
    });
  });
  afterAll(() => pair?.kill());

  it.each([
    ["discovers both portals at either, each in its portal group", /discovery_.*|groups/],
    ["sees one disk by two paths", /two_paths_start|one_map|identity_alike/],
    ["[G-16] is told the same of both port groups by both", /groups_(reported|alike)/],
    ["goes on when the second side is lost, and when it is back", /(kill|one_path|goes_on)_b/],
    ["has two paths again, and the pair is whole", /(start|two_paths|resynced)_[ab]/],
    ["waits when the first side is lost, and goes on when it is back", /(kill|no_path|goes_on)_a/],
    ["sees no I/O error, and reads what it wrote", /survives_[ab]|fio_.*/],
    ["keeps a file system on it", /mkfs|mount|write|unmount|fsck/],
  ])("%s", (_title, steps) => expectPassed(run, steps));

  it("leaves no step failed, and the kernel without a complaint of another kind", () => {
    if (!isClean(run)) throw new Error(`${describeRun(run)}\n${pair.a.log()}\n${pair.b.log()}`);
  });

  it("[G-01, S8-2] leaves two copies that are the same", async () => {
    await pair.stop();
    const [a, b] = [pair.a, pair.b].map(({ folder }) =>
      readFileSync(join(folder, "disk.img")).subarray(DATA_OFFSET),
    );
    expect(a!.equals(b!)).toBe(true);
  });
});
