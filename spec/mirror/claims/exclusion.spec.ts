/**
 * Claims 28–47: the same under exclusive states, and only where an area is neither reserved nor
 * exclusive. Example 3 alone has them; claims 31 and 35, which send a request first and its data
 * when it is granted, in its asynchronous form.
 */
import type { ClaimRow } from "./claims";
import { expectClaim } from "./claims";
import type { NamedRun } from "./runs";
import { runsOf } from "./runs";

let runs: NamedRun[] = [];

beforeAll(() => {
  runs = runsOf(["symmetric"]);
});

describe("the claims on exclusive states", () => {
  it.each<ClaimRow>([
    [
      "[C28] W1 and free(A1): exclusive(A1), A1, SCU2, exclusive(A2), A2; W2 and free(A2): to SCU1",
      "refusedIsNotStored",
      "firstIsExclusiveOnFirstArea",
      "firstIsWritten",
      "firstIsTransferred",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
    ],
    [
      "[C29] W2 and free(A2): W2 is transferred before it is written to A2",
      "secondIsTransferredIfFree",
      "transferredBeforeSecondArea",
    ],
    [
      "[C30] transferred W2 and free(A1): SCU1 obtains exclusive(A1) and writes A1",
      "refusedIsNotStored",
      "secondIsExclusiveOnFirstArea",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C32] free(A1), so that SCU1 obtains it: SCU2 obtains exclusive(A2) and writes W2 to A2",
      "secondIsExclusiveOnSecondArea",
      "secondReachesSecondArea",
    ],
    [
      "[C33] system 1: W1 under exclusive(A1) and on to A2; W2 is received before A2 is written",
      "refusedIsNotStored",
      "firstIsExclusiveOnFirstArea",
      "firstIsWritten",
      "firstIsTransferred",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
      "receivedBeforeSecondArea",
    ],
    [
      "[C34] system 1: received W2 and free(A1): exclusive(A1), and W2 to A1",
      "refusedIsNotStored",
      "secondIsExclusiveOnFirstArea",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C36] system 2: W1 under exclusive(A2) to A2; W2 and free(A2): to A1 if that is free",
      "refusedIsNotStored",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
      "secondIsExclusiveOnFirstArea",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C37] system 2: W2 and free(A2): to A1 if that is free, before it is written to A2",
      "secondIsTransferredIfFree",
      "secondIsExclusiveOnFirstArea",
      "firstAreaBeforeSecond",
    ],
    [
      "[C38] system 2: exclusive(A2), and W2 to A2, if A1 was free for it",
      "refusedIsNotStored",
      "secondIsExclusiveOnSecondArea",
      "secondReachesSecondArea",
    ],
    [
      "[C39] the method: W1 under exclusive(A1) and exclusive(A2); W2 and free(A2): to SCU1",
      "refusedIsNotStored",
      "firstIsExclusiveOnFirstArea",
      "firstIsWritten",
      "firstIsTransferred",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
    ],
    [
      "[C40] the method: W2 and free(A2): to SCU1 before it is written to A2",
      "secondIsTransferredIfFree",
      "transferredBeforeSecondArea",
    ],
    [
      "[C41] the method: transferred W2 and free(A1): exclusive(A1), and W2 to A1",
      "refusedIsNotStored",
      "secondIsExclusiveOnFirstArea",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C42] the method: free(A1), so that SCU1 obtains it: exclusive(A2), and W2 to A2",
      "secondIsExclusiveOnSecondArea",
      "secondReachesSecondArea",
    ],
    [
      "[C43] the method at SCU1: W1 under both exclusive states; W2 received to be on A1 before A2",
      "refusedIsNotStored",
      "firstIsExclusiveOnFirstArea",
      "firstIsWritten",
      "firstIsTransferred",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
      "receivedBeforeSecondArea",
      "firstAreaBeforeSecond",
    ],
    [
      "[C44] the method at SCU1: received W2 and free(A1): exclusive(A1), and W2 to A1",
      "refusedIsNotStored",
      "secondIsExclusiveOnFirstArea",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C45] the method at SCU2: W1 under exclusive(A2) to A2; W2 and free(A2): to A1",
      "firstIsExclusiveOnSecondArea",
      "firstReachesSecondArea",
      "secondIsTransferredIfFree",
      "secondIsWrittenToFirstArea",
    ],
    [
      "[C46] the method at SCU2: W2 and free(A2): to SCU1 to be on A1 before it is on A2",
      "secondIsTransferredIfFree",
      "firstAreaBeforeSecond",
    ],
    [
      "[C47] the method at SCU2: free(A1), so that SCU1 obtains it: exclusive(A2), and W2 to A2",
      "secondIsExclusiveOnSecondArea",
      "secondReachesSecondArea",
    ],
  ])("%s", (_title, ...statements) => {
    expectClaim(runs, statements);
  });

  it("is asked where writes met, gave way and were refused", () => {
    const each = runs.flatMap(({ run }) => run.writes.map((write) => ({ run, write })));
    const gaveWay = each.filter(
      ({ run, write }) => run.places(write, "relaySend request").length > 1,
    );
    const refused = each.filter(({ run, write }) => run.refused(1).includes(write));
    const refusedByFirst = each.filter(
      ({ run, write }) =>
        run.refused(2).includes(write) && run.first(write, "relaySend request") >= 0,
    );
    for (const found of [gaveWay, refused, refusedByFirst])
      expect(found.length).toBeGreaterThan(10);
  });
});

describe("the claims on data that follows its request", () => {
  let asynchronous: NamedRun[] = [];

  beforeAll(() => {
    asynchronous = runsOf(["symmetric"], { acknowledge: "async-locked" });
  });

  it.each<ClaimRow>([
    [
      "[C31] W2's data is sent after its request, and only if A1 is neither reserved nor exclusive",
      "refusedIsNotStored",
      "secondIsSentWhenFree",
    ],
    [
      "[C35] system 1: W2's data is received after its request, and only if A1 is free",
      "refusedIsNotStored",
      "secondIsSentWhenFree",
      "secondIsWrittenToFirstArea",
    ],
  ])("%s", (_title, ...said) => {
    expectClaim(asynchronous, said);
  });
});
