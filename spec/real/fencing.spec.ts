/**
 * Debian's fence_scsi and fence_mpath, as a cluster runs them, on both controllers of a pair. The
 * steps are tools/linux-host/scenarios/fencing.sh.
 */
import { describeRun, isClean, runScenario, type Run } from "../../tools/linux-host/run";
import { expectPassed } from "./support/linux-host";
import { Pair } from "./support/pair";

describe("Two nodes of a cluster", () => {
  let pair: Pair;
  let run: Run;

  beforeAll(async () => {
    pair = await Pair.start({ name: "fencing", storeOf: () => "memory:64M" });
    run = await runScenario({
      scenario: "fencing",
      engine: "uml",
      settings: { portal: pair.a.portal, portal_b: pair.b.portal, iqn: pair.a.iqn },
    });
  });
  afterAll(() => pair?.kill());

  it.each([
    ["are unfenced by fence_scsi, each at its controller", /scsi_(on|status|reserved|write)_.*/],
    ["are fenced by fence_scsi through the other controller", /scsi_(off|fenced|survivor)_.*/],
    ["have a multipath device registered by fence_mpath on both paths", /mpath_(on|both|status).*/],
    ["are fenced by fence_mpath", /mpath_(off|fenced|still)_.*/],
    ["write again when the registrations are cleared", /(scsi|mpath)_(clear|free)/],
  ])("%s", (_title, steps) => expectPassed(run, steps));

  it("leave no step failed, and the kernel without a complaint of another kind", () => {
    if (!isClean(run)) throw new Error(`${describeRun(run)}\n${pair.a.log()}\n${pair.b.log()}`);
  });
});
