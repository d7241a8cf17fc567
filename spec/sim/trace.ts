/**
 * What happened, a line each, so that a run can be read and two runs compared. The newest lines are
 * kept as text, all of them in a checksum. Switched off it costs nothing: a seed runs again.
 */
import { crc32c } from "../../lib/node/crc32c";

const KEPT = 400;

export class Trace {
  readonly isOn: boolean;
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];
  #count = 0;
  #checksum = 0;

  constructor(isOn: boolean, onLine: (line: string) => void = () => undefined) {
    this.isOn = isOn;
    this.#onLine = onLine;
  }

  /** CRC32C of all lines so far. */
  get checksum(): number {
    return this.#checksum;
  }

  get count(): number {
    return this.#count;
  }

  /** Ask `isOn` first: building the text costs. */
  add(nowMs: number, who: string, text: string): void {
    const line = `${nowMs.toFixed(3).padStart(10)} ${who.padEnd(5)} ${text}`;
    this.#lines[this.#count++ % KEPT] = line;
    this.#onLine(line);
    this.#checksum = crc32c(Buffer.from(line), this.#checksum);
  }

  /** The newest lines, oldest first. */
  last(count: number): string[] {
    const kept = Math.min(count, KEPT, this.#count);
    return Array.from(
      { length: kept },
      (_, index) => this.#lines[(this.#count - kept + index) % KEPT] as string,
    );
  }
}
