/**
 * What the main side's resync and verification ask of the other copy: compare a chunk, write a
 * chunk, flush. Nothing is begun here. Writes bypass the traffic: the main side holds the range.
 */
import type { Lease } from "../base/lease";
import { lengthOf } from "../base/bytes";
import { limits } from "../base/limits";
import type { Job } from "../block/job";
import type { PairCore } from "./pair-core";
import type { PairBody } from "./pair-messages";

export class PairResponder {
  readonly #core: PairCore;
  /** Jobs at the device, those of a link that is gone too. */
  #jobs = 0;
  readonly #buffers: Uint8Array[] = [];

  constructor(core: PairCore) {
    this.#core = core;
  }

  compare(body: PairBody): void {
    const { id, lba, blockCount } = body;
    const answer = (isSame: boolean, hasFailed: boolean): void => {
      this.#core.send("compared", { id, flag: isSame, other: hasFailed });
    };
    if (!this.#isAllowed(lba, blockCount)) return answer(false, true);
    const length = blockCount * this.#blockSize;
    const whole = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(limits.resyncChunkLength);
    const data = [whole.subarray(0, length)];
    this.#submit({ op: "read", lba, blockCount, data }, (job) => {
      const isSame = this.#core.fields.crc32c(data[0] as Uint8Array) === body.checksum;
      this.#buffers.push(whole);
      answer(isSame, job.status !== "ok");
    });
  }

  write(body: PairBody, lease: Lease | null): void {
    const { id, lba, blockCount, data } = body;
    const isWhole = lengthOf(data) === blockCount * this.#blockSize;
    if (!isWhole || !this.#isAllowed(lba, blockCount)) {
      this.#core.send("chunk-end", { id, flag: false });
      return;
    }
    lease?.hold();
    this.#submit({ op: "write", lba, blockCount, data }, (job) => {
      lease?.release();
      this.#core.send("chunk-end", { id, flag: job.status === "ok" });
    });
  }

  flush(body: PairBody): void {
    this.#submit({ op: "flush", lba: 0, blockCount: 0, data: [] }, (job) => {
      this.#core.send("flush-end", { id: body.id, flag: job.status === "ok" });
    });
  }

  get #blockSize(): number {
    return this.#core.fields.volume.device.geometry.blockSize;
  }

  #isAllowed(lba: number, blockCount: number): boolean {
    const { geometry } = this.#core.fields.volume.device;
    const isInside = blockCount > 0 && lba + blockCount <= geometry.blockCount;
    const isShort = blockCount * geometry.blockSize <= limits.resyncChunkLength;
    return isInside && isShort && this.#jobs < 2 * limits.resyncChunksMax;
  }

  #submit(work: Parameters<PairCore["submit"]>[0], then: (job: Job) => void): void {
    this.#jobs++;
    this.#core.submit(work, (job) => {
      this.#jobs--;
      then(job);
    });
  }
}
