/**
 * The data of one Data-Out sequence whose PDUs come in any order: each is copied to its place, and
 * what has come is known by ranges. [RFC7143 13.18]
 *
 *   start ████████░░░░░░████░░░░████████ end      three ranges
 */
import { limits } from "../base/limits";

interface Range {
  start: number;
  end: number;
}

export class ScatteredData {
  readonly #start: number;
  readonly #bytes: Buffer;
  /** What has come, in order; neighbours that touch are one. */
  readonly #ranges: Range[] = [];

  /** @param sequence Buffer Offset of its first byte and of the byte behind its last. */
  constructor({ start, end }: { readonly start: number; readonly end: number }) {
    this.#start = start;
    this.#bytes = Buffer.alloc(end - start);
  }

  /** Takes data inside the sequence. False: some of it was there, or it lies in too many pieces. */
  add(bufferOffset: number, data: readonly Uint8Array[], dataLength: number): boolean {
    if (dataLength === 0) return true;
    const start = bufferOffset - this.#start;
    const end = start + dataLength;
    const behind = this.#ranges.findIndex((range) => range.start >= start);
    const index = behind < 0 ? this.#ranges.length : behind;
    const [before, after] = [this.#ranges[index - 1], this.#ranges[index]];
    if ((before?.end ?? 0) > start || (after?.start ?? end) < end) return false;
    let at = start;
    for (const view of data) {
      this.#bytes.set(view, at);
      at += view.length;
    }
    if (before?.end === start) {
      before.end = end;
    } else if (this.#ranges.length === limits.dataOutRangesMax) {
      return false;
    } else {
      this.#ranges.splice(index, 0, { start, end });
    }
    this.#merge(index);
    return true;
  }

  /** All that has come; null when something before its end has not. */
  take(): Uint8Array | null {
    const [first] = this.#ranges;
    if (first === undefined) return this.#bytes.subarray(0, 0);
    const isWhole = this.#ranges.length === 1 && first.start === 0;
    return isWhole ? this.#bytes.subarray(0, first.end) : null;
  }

  /** Makes one of the ranges around `index` that touch. */
  #merge(index: number): void {
    for (const at of [index, index - 1]) {
      const [before, after] = [this.#ranges[at], this.#ranges[at + 1]];
      if (before === undefined || after === undefined || before.end !== after.start) continue;
      before.end = after.end;
      this.#ranges.splice(at + 1, 1);
    }
  }
}
