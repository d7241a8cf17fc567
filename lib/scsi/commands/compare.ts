/** Comparing blocks that are read with Data-Out, for BYTCHK. No command. [SBC-3 VERIFY (10)] */
import { MISCOMPARE_DURING_VERIFY_OPERATION, type Sense } from "node-scsi-cdb";
import { firstDifference, gather, sliceChunks } from "../../base/bytes";
import type { Look } from "./scan";

/**
 * INFORMATION is how far behind the start of the range the first byte stands that differs, as after
 * COMPARE AND WRITE.
 */
function miscompare(information: number): Sense {
  return { code: MISCOMPARE_DURING_VERIFY_OPERATION, information };
}

/** Compares the range, block by block, with as much Data-Out. */
export function sameAs(dataOut: readonly Uint8Array[]): Look {
  return (portion, offset) => {
    const expected = sliceChunks(dataOut, offset, offset + portion.length);
    const difference = firstDifference(portion, expected);
    return difference === null ? null : miscompare(offset + difference);
  };
}

/** Compares every block of the range with one block of Data-Out. */
export function eachSameAs(dataOut: readonly Uint8Array[], blockSize: number): Look {
  const block = gather(sliceChunks(dataOut, 0, blockSize));
  return (portion, offset) => {
    for (let at = 0; at < portion.length; at += blockSize) {
      const difference = firstDifference(portion.subarray(at, at + blockSize), [block]);
      if (difference !== null) return miscompare(offset + at + difference);
    }
    return null;
  };
}
