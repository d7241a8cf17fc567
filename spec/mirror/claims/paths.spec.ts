/**
 * Claims 20–27 and 48–54: the paths that data takes, followed by what every byte of a write is, and
 * the exclusive states that guard them. Whether relayed data is sent back is a setting: where it
 * is not, SCU2 stores the bytes it has kept, at SCU1's word.
 */
import type { ClaimRow } from "./claims";
import { expectClaim } from "./claims";
import type { NamedRun } from "./runs";
import { runsOf } from "./runs";

let runs: NamedRun[] = [];

beforeAll(() => {
  runs = runsOf();
});

describe("the claims on data paths", () => {
  it.each<ClaimRow>([
    [
      "[C20] connection 1 → A1, A1 → SCU2, SCU2 → A2, connection 2 → SCU1",
      "connectionOneToFirstArea",
      "firstAreaToUnitTwo",
      "unitTwoToSecondArea",
      "connectionTwoToUnitOne",
    ],
    ["[C21] a fifth path, SCU1 → A1", "unitOneToFirstArea"],
    [
      "[C22] what takes the fifth path goes on by the second to SCU2 and by the third to A2",
      "unitOneToFirstArea",
      "continuesToSecondArea",
      "unitTwoToSecondArea",
    ],
    [
      "[C23] system 1: connection 1 → A1, SCU1 → SCU2, connection 2 → SCU1",
      "connectionOneToFirstArea",
      "firstAreaToUnitTwo",
      "connectionTwoToUnitOne",
    ],
    ["[C24] system 1: SCU1 → A1", "unitOneToFirstArea"],
    [
      "[C25] system 1: what takes the path to A1 goes on to SCU2, to be stored on A2",
      "unitOneToFirstArea",
      "continuesToSecondArea",
    ],
    [
      "[C26] system 2: connection 2 → SCU1, SCU1 → SCU2",
      "connectionTwoToUnitOne",
      "firstAreaToUnitTwo",
    ],
    ["[C27] system 2: SCU2 → A2", "unitTwoToSecondArea"],
  ])("%s", (_title, ...said) => {
    expectClaim(runs, said);
  });

  it("[C22 C25] all bytes go back by the second path where the transfer is not omitted", () => {
    const sentBack = runs.filter(({ omitTransfer }) => !omitTransfer);
    expectClaim(sentBack, ["bytesAreSentBack"]);
  });

  it("stores what it has kept where the transfer is omitted", () => {
    const omitted = runs.filter(({ omitTransfer }) => omitTransfer);
    expectClaim(omitted, ["noBytesAreSentBack", "unitTwoToSecondArea"]);
  });
});

describe("the claims on guarded data paths", () => {
  it.each<ClaimRow>([
    [
      "[C48] the four paths: to A1 under exclusive(A1), to A2 under exclusive(A2), to SCU1 if free",
      "connectionOneToFirstArea",
      "firstIsExclusiveOnFirstArea",
      "firstAreaToUnitTwo",
      "unitTwoToSecondArea",
      "firstIsExclusiveOnSecondArea",
      "secondIsExclusiveOnSecondArea",
      "connectionTwoToUnitOne",
      "secondIsTransferredIfFree",
    ],
    [
      "[C49] the fifth path, SCU1 → A1, under exclusive(A1)",
      "unitOneToFirstArea",
      "secondIsExclusiveOnFirstArea",
    ],
    [
      "[C50] exclusive(A2), and the data stored by the third path, if A1 was free",
      "refusedIsNotStored",
      "secondIsExclusiveOnSecondArea",
      "continuesToSecondArea",
    ],
    [
      "[C51] system 1: connection 1 → A1 under exclusive(A1), connection 2 → SCU1 if A2 is free",
      "connectionOneToFirstArea",
      "firstIsExclusiveOnFirstArea",
      "firstAreaToUnitTwo",
      "connectionTwoToUnitOne",
      "secondIsTransferredIfFree",
    ],
    [
      "[C52] system 1: SCU1 → A1 under exclusive(A1)",
      "unitOneToFirstArea",
      "secondIsExclusiveOnFirstArea",
    ],
    [
      "[C53] system 2: connection 2 → SCU1 if A2 is free, SCU1 → SCU2",
      "connectionTwoToUnitOne",
      "secondIsTransferredIfFree",
      "firstAreaToUnitTwo",
    ],
    [
      "[C54] system 2: SCU2 → A2 under exclusive(A2)",
      "unitTwoToSecondArea",
      "firstIsExclusiveOnSecondArea",
      "secondIsExclusiveOnSecondArea",
    ],
  ])("%s", (_title, ...said) => {
    const guarded = runs.filter(({ example }) => example === "symmetric");
    expectClaim(guarded, said);
  });
});
