/**
 * Self-tests of a unit at one controller: they read blocks, some or all, one job after the other,
 * beside what hosts do. It keeps what came of the last of them; who may begin one when is SEND
 * DIAGNOSTIC's, how they are reported `log-pages/self-test-results.ts`'s. [SPC-4 5.10]
 */
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import type { BlockDevice } from "../block/device";
import { Job } from "../block/job";
import type { Calendar } from "./timestamp";

export type SelfTestEnd =
  | "passed"
  /** By SEND DIAGNOSTIC, or by a reset. */
  | "aborted"
  | "reset"
  /** The blocks could not be asked for. */
  | "incomplete"
  /** Blocks could not be read. */
  | "failed";

export interface SelfTestResult {
  /** SELF-TEST CODE */
  readonly code: number;
  /** null: it runs. */
  readonly end: SelfTestEnd | null;
  /** ACCUMULATED POWER ON HOURS when it ended: since the controller began. */
  readonly hours: number;
  /** Where blocks could not be read; null: everywhere, or it is not known where. */
  readonly failedAt: number | null;
}

/** The one that runs. */
interface Running {
  readonly code: number;
  readonly isExtended: boolean;
  readonly buffer: Uint8Array;
  readonly onEnd: (end: SelfTestEnd) => void;
  job: Job | null;
}

const CHUNK_LENGTH = 256 * 1024;
const HOUR_MS = 3_600_000;

export class SelfTests {
  readonly #device: BlockDevice;
  readonly #calendar: Calendar;
  readonly #beganMs: number;
  /** The latest first. */
  #ended: readonly SelfTestResult[] = [];
  #running: Running | null = null;

  constructor(device: BlockDevice, calendar: Calendar) {
    this.#device = device;
    this.#calendar = calendar;
    this.#beganMs = calendar();
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The latest first, the one that runs before them. */
  get results(): readonly SelfTestResult[] {
    if (this.#running === null) return this.#ended;
    const { code } = this.#running;
    return [{ code, end: null, hours: 0, failedAt: null }, ...this.#ended];
  }

  /** None runs. `onEnd` comes later. Short: the first and the last block; extended: all. */
  begin(
    test: { readonly code: number; readonly isExtended: boolean },
    onEnd: (end: SelfTestEnd) => void,
  ): void {
    assert(this.#running === null, "one self-test at a time");
    const running = { ...test, buffer: Buffer.alloc(CHUNK_LENGTH), onEnd, job: null };
    this.#running = running;
    this.#read(running, 0);
  }

  abort(end: "aborted" | "reset"): void {
    const running = this.#running;
    if (running === null) return;
    this.#end(running, end, null);
    if (running.job !== null) this.#device.abort(running.job);
  }

  #read(running: Running, lba: number): void {
    const { blockSize } = this.#device.geometry;
    const range = this.#rangeAt(running, lba);
    const data = [running.buffer.subarray(0, range.blockCount * blockSize)];
    running.job = new Job({
      op: "read",
      ...range,
      data,
      onDone: (job) => this.#done(running, job),
    });
    this.#device.submit(running.job);
  }

  #rangeAt({ isExtended }: Running, lba: number): Pick<Job, "lba" | "blockCount"> {
    const { blockCount, blockSize } = this.#device.geometry;
    const most = isExtended ? CHUNK_LENGTH / blockSize : 1;
    return { lba, blockCount: Math.min(most, blockCount - lba) };
  }

  #done(running: Running, job: Job): void {
    if (this.#running !== running) return;
    const { status, lba, blockCount } = job;
    if (status === "medium-error") return this.#end(running, "failed", lba);
    if (status !== "ok") return this.#end(running, "incomplete", null);
    const last = this.#device.geometry.blockCount - 1;
    const next = running.isExtended ? lba + blockCount : lba + Math.max(1, last - lba);
    if (next > last) this.#end(running, "passed", null);
    else this.#read(running, next);
  }

  #end(running: Running, end: SelfTestEnd, failedAt: number | null): void {
    const { code, onEnd } = running;
    const hours = Math.floor((this.#calendar() - this.#beganMs) / HOUR_MS);
    this.#running = null;
    const result: SelfTestResult = { code, end, hours, failedAt };
    this.#ended = [result, ...this.#ended].slice(0, limits.selfTestsKept);
    onEnd(end);
  }
}
