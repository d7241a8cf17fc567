/**
 * sg3_utils' commands on the medium, on diagnostics and on what a unit remembers, over a real
 * initiator: on a plain target, and on the sub side of a pair. The steps are in
 * tools/linux-host/scenarios/sg3-media.sh.
 */
import { runScenario, type Run, describeRun, isClean } from "../../tools/linux-host/run";
import { expectPassed, itHolds } from "./support/linux-host";
import { Pair } from "./support/pair";

const REMOVABLE = ["--removable", "--physical-block-exponent", "0"];
const settings = { block_length: "512" };

describe("sg3_utils on the medium of a plain target", () => {
  itHolds({
    scenario: "sg3-media",
    targetArgs: REMOVABLE,
    settings,
    requirements: [
      ["[SBC-4 VERIFY] verifies the medium, and data against it", /verify_.*/],
      ["[SBC-4 WRITE AND VERIFY] writes and verifies", /write_verify_.*/],
      ["[SBC-4 WRITE ATOMIC, ORWRITE] writes at once, and by OR", /write_(atomic|or).*/],
      ["[SBC-4 PRE-FETCH] fetches ahead", /prefetch_.*/],
      ["[SBC-4 COMPARE AND WRITE] writes what is as expected", /compare_and_write.*/],
      ["[SBC-4 GET LBA STATUS] is told which blocks are there", /lba_status_.*/],
      ["[SPC-4 EXTENDED COPY] has the target copy", /xcopy.*/],
      ["[SPC-4 READ BUFFER, WRITE BUFFER] tests the way to the unit", /buffer_.*|echo_.*/],
      ["[SPC-4 SEND DIAGNOSTIC] has the unit test itself", /self_test.*|diagnostic_.*/],
      ["[SPC-4 LOG SENSE] decodes the log pages", /log_.*/],
      [
        "[SPC-4] has the unit remember a name, a time and mode pages",
        /ident_.*|timestamp_.*|mode_.*/,
      ],
      ["[SPC-4 SET TARGET PORT GROUPS] is refused where access is implicit", /groups_set/],
      [
        "[SBC-4 START STOP UNIT] ejects the medium unless that is prevented",
        /prevent.*|eject.*|load.*/,
      ],
      ["[SBC-4 FORMAT UNIT] formats", /format.*/],
      ["[SBC-4 SANITIZE] wipes the medium", /sanitize.*|overw.*/],
      ["[SPC-4 7.8] decodes the VPD pages", /vpd_.*/],
    ],
  });
});

describe("sg3_utils on the sub side of a pair", () => {
  let pair: Pair;
  let run: Run;

  beforeAll(async () => {
    pair = await Pair.start({ name: "sg3-media", storeOf: () => "memory:64M", args: REMOVABLE });
    run = await runScenario({
      scenario: "sg3-media",
      engine: "uml",
      settings: { portal: pair.b.portal, iqn: pair.b.iqn, ...settings },
    });
  });
  afterAll(() => pair?.kill());

  it("[G-16] does the same", () => expectPassed(run, /verify_data|write_.*|sanitize.*|xcopy.*/));

  it("leaves no step failed, and the kernel without a complaint", () => {
    if (!isClean(run)) throw new Error(`${describeRun(run)}\n${pair.a.log()}\n${pair.b.log()}`);
  });
});
