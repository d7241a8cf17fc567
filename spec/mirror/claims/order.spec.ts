/** Claims 1–19: what is written and transferred by whom, and what comes first. All examples. */
import type { ClaimRow } from "./claims";
import { expectClaim } from "./claims";
import type { NamedRun } from "./runs";
import { runsOf } from "./runs";

let runs: NamedRun[] = [];

beforeAll(() => {
  runs = runsOf();
});

describe("the claims on the order of transfers and writes", () => {
  it.each<ClaimRow>([
    [
      "[C1] W1 is written to A1 and transferred to be written to A2; W2 is transferred to SCU1",
      "firstIsWritten",
      "firstIsTransferred",
      "firstReachesSecondArea",
      "secondIsTransferred",
    ],
    ["[C2] W2 is transferred before a byte of it is written to A2", "transferredBeforeSecondArea"],
    [
      "[C3] SCU1 writes the transferred W2 to A1 and transfers it to SCU2",
      "secondIsWrittenToFirstArea",
      "secondIsTransferredBack",
    ],
    ["[C4] SCU2 writes W2 from SCU1 to A2", "secondIsReceivedBack", "secondReachesSecondArea"],
    [
      "[C5] SCU1 writes W1 to A1, and receives W2 before it is written to A2",
      "firstIsWritten",
      "receivedBeforeSecondArea",
    ],
    [
      "[C6] SCU1 transfers W2 to system 2, to be written to A2",
      "secondIsTransferredBack",
      "secondReachesSecondArea",
    ],
    [
      "[C7] SCU1 writes the received W2 to A1, and transfers it to be written to A2",
      "secondIsWrittenToFirstArea",
      "secondIsTransferredBack",
      "secondReachesSecondArea",
    ],
    [
      "[C8] SCU2 writes W1 from SCU1 to A2, and transfers W2 to be on A1 before A2",
      "firstReachesSecondArea",
      "secondIsTransferred",
      "firstAreaBeforeSecond",
    ],
    ["[C9] SCU2 receives W2 back from system 1", "secondIsReceivedBack"],
    ["[C10] SCU2 writes W2 to A2 in response to W2 from system 1", "secondReachesSecondArea"],
    [
      "[C11] the method: W1 to A1 and by SCU2 to A2, W2 to SCU1 before A2",
      "firstIsWritten",
      "firstIsTransferred",
      "firstReachesSecondArea",
      "secondIsTransferred",
      "transferredBeforeSecondArea",
    ],
    [
      "[C12] the method: W2 is transferred from SCU2 to SCU1 before it is written to A2",
      "secondIsTransferred",
      "transferredBeforeSecondArea",
    ],
    [
      "[C13] the method: SCU1 writes the transferred W2 to A1 and transfers it to SCU2",
      "secondIsWrittenToFirstArea",
      "secondIsTransferredBack",
    ],
    [
      "[C14] the method: SCU2 writes the W2 that SCU1 transferred to A2",
      "secondIsReceivedBack",
      "secondReachesSecondArea",
    ],
    [
      "[C15] the method at SCU1: W1 to A1 and on to A2, W2 received to be on A1 before A2",
      "firstIsWritten",
      "firstIsTransferred",
      "firstReachesSecondArea",
      "receivedBeforeSecondArea",
      "firstAreaBeforeSecond",
    ],
    [
      "[C16] the method at SCU1: the received W2 is written to A1 and goes on to A2",
      "secondIsWrittenToFirstArea",
      "secondIsTransferredBack",
      "secondReachesSecondArea",
    ],
    [
      "[C17] the method at SCU2: W1 from SCU1 to A2, W2 to SCU1 to be on A1 before A2",
      "firstReachesSecondArea",
      "secondIsTransferred",
      "firstAreaBeforeSecond",
    ],
    ["[C18] the method at SCU2: W2 is received from SCU1", "secondIsReceivedBack"],
    [
      "[C19] the method at SCU2: W2 is written to A2 in response to W2 from SCU1",
      "secondIsReceivedBack",
      "secondReachesSecondArea",
    ],
  ])("%s", (_title, ...said) => {
    expectClaim(runs, said);
  });
});
