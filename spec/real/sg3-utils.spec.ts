/**
 * sg3_utils over a real initiator: what each command reports and does, read out of the tools' own
 * words. The steps are in tools/linux-host/scenarios/sg3.sh.
 */
import { itHolds } from "./support/linux-host";

const blockLength = 512;
const blocks = 2 ** 30 / blockLength;

describe("sg3_utils on a Linux host", () => {
  itHolds({
    scenario: "sg3",
    settings: { vendor: "TWINLUN", blocks: String(blocks), block_length: String(blockLength) },
    requirements: [
      ["[SPC-4 INQUIRY] sees a disk with its vendor and serial number", /inquiry_.*/],
      ["[SPC-4 7.8] decodes every VPD page it is told of", /vpd_.*/],
      ["[SBC-4 READ CAPACITY] reads capacity, block length and thinness", /capacity_.*/],
      ["[SPC-4 REPORT LUNS] is told of LUN 0 alone", /luns.*/],
      ["[SPC-4 MODE SENSE] decodes the mode pages", /modes_.*/],
      ["[SPC-4 RSOC] is told which commands there are", /opcodes_.*/],
      ["is told which task management functions there are", /task_management.*/],
      ["is told that the unit is ready and has nothing to report", /ready|no_sense/],
      ["synchronizes the cache by both commands", /sync_.*/],
      ["is refused what the unit cannot do", /unknown_opcode|beyond_the_end|reserved_bit/],
      ["[SBC-4 UNMAP] unmaps blocks, and those alone", /unmap.*/],
      ["[SBC-4 WRITE SAME] fills blocks, with and without data or UNMAP", /same_.*/],
      ["[SBC-4 START STOP UNIT] stops and starts the unit", /stop|stopped|start|started/],
      ["logs in as a second initiator", /second_.*/],
      ["[SPC-2 RESERVE] keeps the second initiator out", /reserve.*|still_reserved/],
      ["[SPC-2 RELEASE] lets it in again", /release.*|free_after_logout/],
    ],
  });
});
