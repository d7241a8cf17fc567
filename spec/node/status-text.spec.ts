import type { VolumeStatus } from "../../lib/mirror/pair-status";
import { bytesText, progressText, statusTable, verifyText } from "../../lib/node/status-text";

const volume: VolumeStatus = {
  number: 0,
  side: 1,
  role: "main",
  state: "PAIR",
  standing: "mirrored",
  isConsistent: true,
  isLinked: true,
  pairId: "00".repeat(16),
  epoch: 3,
  differingBytes: 0,
  resync: null,
  verify: null,
  lastVerify: null,
  problem: null,
};

describe("the text of a status", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [150 * 2 ** 20, "150 MiB"],
    [2 ** 60, "1024 PiB"],
  ])("writes %i bytes as %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [{ doneBytes: 0, totalBytes: 0, bytesPerS: 0, secondsLeft: Infinity }, "100.0 % (0 B of 0 B)"],
    [
      { doneBytes: 256, totalBytes: 1024, bytesPerS: 128, secondsLeft: 6 },
      "25.0 % (256 B of 1.0 KiB, 128 B/s, 6 s left)",
    ],
    [
      { doneBytes: 1, totalBytes: 2, bytesPerS: 0.01, secondsLeft: 100.2 },
      "50.0 % (1 B of 2 B, 0 B/s, 1 min 41 s left)",
    ],
    [
      { doneBytes: 1, totalBytes: 2, bytesPerS: 0, secondsLeft: null as never },
      "50.0 % (1 B of 2 B)",
    ],
  ])("says how far it is: %j", (progress, text) => expect(progressText(progress)).toBe(text));

  it("says how a verification ended", () => {
    const result = { isComplete: true, comparedBytes: 1024, differingBytes: 0, ranges: [] };
    expect(verifyText(result)).toBe("verified: no difference, 1.0 KiB compared");
    const broken = { ...result, isComplete: false, differingBytes: 512 };
    expect(verifyText(broken)).toBe("verification broken off: 512 B differ, 1.0 KiB compared");
  });

  it("is a table with one line for each unit and side, problems below it", () => {
    const sub: VolumeStatus = {
      ...{ ...volume, side: 2, role: "sub", state: "COPY", isLinked: false },
      ...{ differingBytes: 2048, problem: "the other side is not there" },
      resync: { doneBytes: 1, totalBytes: 4, bytesPerS: 0, secondsLeft: Infinity },
    };
    const side = (number: 1 | 2, ...volumes: VolumeStatus[]): object => ({
      ...{ side: number, portals: [], sessions: 0, volumes },
    });
    const later = { ...volume, number: 1 };
    const sides = [side(1, volume, later), side(2, sub)] as never;
    expect(statusTable({ target: "iqn", pid: 1, sides })).toBe(
      [
        "LUN  SIDE  ROLE  STATE  SERVES    LINK  EPOCH  DIFFERING  ACTIVITY",
        "0    1     main  PAIR   mirrored  up    3      0 B",
        "0    2     sub   COPY   mirrored  down  3      2.0 KiB    copying 25.0 % (1 B of 4 B)",
        "1    1     main  PAIR   mirrored  up    3      0 B",
        "LUN 0, side 2: the other side is not there",
        "",
      ].join("\n"),
    );
  });
});
