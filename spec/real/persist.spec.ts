/**
 * sg_persist and RESERVE from two initiators of a Linux guest, each with a path to one controller of
 * a pair. The steps are tools/linux-host/scenarios/persist.sh.
 */
import { describeRun, isClean, runScenario, type Run } from "../../tools/linux-host/run";
import { expectPassed } from "./support/linux-host";
import { Pair } from "./support/pair";

describe("Two initiators on two sides", () => {
  let pair: Pair;
  let run: Run;

  beforeAll(async () => {
    pair = await Pair.start({ name: "persist", storeOf: () => "memory:64M" });
    run = await runScenario({
      scenario: "persist",
      engine: "uml",
      settings: { portal: pair.a.portal, portal_b: pair.b.portal, iqn: pair.a.iqn },
    });
  });
  afterAll(() => pair?.kill());

  it.each([
    ["[G-17] read the same registrations and generation", /register_.*|keys_.*|generation_alike/],
    ["see nothing wrong in the script that comes with sg3_utils", /example_.*/],
    ["[G-17] are kept out by a reservation held at the other side", /reserve.*/],
    ["are shown with the port of their side in READ FULL STATUS", /full_status/],
    ["are told at their side of what was preempted at the other", /preempt.*/],
    ["are let in again by RELEASE and CLEAR", /release.*|clear.*/],
    ["[SPC-2 RESERVE; RFC7143 4.4.3.1] are kept out until the holder's session ends", /spc2_.*/],
  ])("%s", (_title, steps) => expectPassed(run, steps));

  it("leave no step failed, and the kernel without a complaint of another kind", () => {
    if (!isClean(run)) throw new Error(`${describeRun(run)}\n${pair.a.log()}\n${pair.b.log()}`);
  });
});
