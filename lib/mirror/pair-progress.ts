/**
 * How far the main side is with what it copies or compares, as it tells the sub side, so that an
 * operator sees the same at both: a value and its bytes. What is copied and when it is told is
 * `pair-copying.ts`'s.
 */
import { flag, format, uint } from "node-scsi-cdb";
import { gather, lengthOf } from "../base/bytes";
import { limits } from "../base/limits";
import type { Progress, VerifyResult } from "./pair-status";

export interface CopyingView {
  readonly resync: Progress | null;
  readonly verify: Progress | null;
  /** Of the verification under way, as far as it is, or else of the last one; null: none. */
  readonly result: VerifyResult | null;
}

export const NOTHING_COPIED: CopyingView = { resync: null, verify: null, result: null };

const HEAD_LENGTH = 48;
const RANGE_LENGTH = 16;

const headFormat = format({
  name: "pair progress",
  length: HEAD_LENGTH,
  fields: {
    isResyncing: flag(0, 0, "RESYNC"),
    isVerifying: flag(0, 1, "VERIFY"),
    hasResult: flag(0, 2, "RESULT"),
    isComplete: flag(0, 3, "COMPLETE"),
    rangeCount: uint(2, 2, "RANGES"),
    doneBytes: uint(8, 8, "DONE"),
    totalBytes: uint(16, 8, "TOTAL"),
    bytesPerS: uint(24, 8, "RATE"),
    comparedBytes: uint(32, 8, "COMPARED"),
    differingBytes: uint(40, 8, "DIFFERING"),
  },
});

const rangeFormat = format({
  name: "range that differs",
  length: RANGE_LENGTH,
  fields: {
    lba: uint(0, 8, "LOGICAL BLOCK ADDRESS"),
    blockCount: uint(8, 8, "BLOCKS"),
  },
});

/** With what follows from the rest. */
export function progressOf(of: {
  doneBytes: number;
  totalBytes: number;
  bytesPerS: number;
}): Progress {
  const leftBytes = of.totalBytes - of.doneBytes;
  return { ...of, secondsLeft: leftBytes === 0 ? 0 : leftBytes / of.bytesPerS };
}

export function encodeProgress({ resync, verify, result }: CopyingView): Uint8Array[] {
  const { doneBytes = 0, totalBytes = 0, bytesPerS = 0 } = resync ?? verify ?? {};
  const { isComplete = false, comparedBytes = 0, differingBytes = 0 } = result ?? {};
  const ranges = result?.ranges ?? [];
  const head = headFormat.encode({
    ...{ isResyncing: resync !== null, isVerifying: verify !== null, hasResult: result !== null },
    ...{ isComplete, rangeCount: ranges.length, doneBytes, totalBytes },
    ...{ bytesPerS: Math.round(bytesPerS), comparedBytes, differingBytes },
  });
  return [head, ...ranges.map((range) => rangeFormat.encode(range))];
}

/** null: not of this form. */
export function decodeProgress(chunks: readonly Uint8Array[]): CopyingView | null {
  if (lengthOf(chunks) < HEAD_LENGTH) return null;
  const bytes = gather(chunks);
  const head = headFormat.decode(bytes);
  const { isResyncing, isVerifying, hasResult, isComplete, rangeCount, ...numbers } = head;
  if (rangeCount > limits.verifyRangesMax) return null;
  if (bytes.length !== HEAD_LENGTH + rangeCount * RANGE_LENGTH) return null;
  const ranges = Array.from({ length: rangeCount }, (_, index) =>
    rangeFormat.decode(bytes.subarray(HEAD_LENGTH + index * RANGE_LENGTH)),
  );
  const all = [...Object.values(numbers), ...ranges.flatMap((range) => Object.values(range))];
  if (!all.every(Number.isSafeInteger) || numbers.doneBytes > numbers.totalBytes) return null;
  const { doneBytes, totalBytes, bytesPerS, comparedBytes, differingBytes } = numbers;
  const progress = progressOf({ doneBytes, totalBytes, bytesPerS });
  const result = hasResult ? { isComplete, comparedBytes, differingBytes, ranges } : null;
  return { resync: isResyncing ? progress : null, verify: isVerifying ? progress : null, result };
}
