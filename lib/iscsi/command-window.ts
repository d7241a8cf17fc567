/**
 * The command window of a session: which CmdSN may come next, what came too early and waits, and
 * how many more the initiator may send. It knows numbers; what they number is the session's.
 *
 *        taken        ExpCmdSN      waiting        MaxCmdSN
 *   ───────────────────┤├────────────▪──▪───────────────┤ ignored
 *
 * [RFC7143 4.2.2.1]
 */
import { serialAdd, serialDistance, serialLess } from "../base/serial-number";

/** What is numbered: taken in CmdSN order. */
export class CommandWindow<T> {
  readonly #size: number;
  #expCmdSN: number;
  #maxCmdSN: number;
  /** Commands that came and have not ended. They narrow the window, which bounds memory. */
  #occupied = 0;
  /** Commands that came early; null where nothing is to be done for the number. */
  readonly #early = new Map<number, T | null>();
  /** Immediate commands that wait for all commands sent before them. */
  readonly #held: { readonly cmdSN: number; readonly item: T }[] = [];

  constructor(options: { expCmdSN: number; size: number }) {
    this.#size = options.size;
    this.#expCmdSN = options.expCmdSN;
    this.#maxCmdSN = serialAdd(options.expCmdSN, options.size - 1);
  }

  get expCmdSN(): number {
    return this.#expCmdSN;
  }

  get maxCmdSN(): number {
    return this.#maxCmdSN;
  }

  /** Commands that wait: for a number before them, or for their turn. */
  get waiting(): number {
    return this.#early.size + this.#held.length;
  }

  /**
   * False for a number outside the window or seen before: the PDU is to be ignored silently.
   * [RFC7143 4.2.2.1]
   */
  accepts(cmdSN: number): boolean {
    return (
      !serialLess(cmdSN, this.#expCmdSN) &&
      !serialLess(this.#maxCmdSN, cmdSN) &&
      !this.#early.has(cmdSN)
    );
  }

  /** Counts an accepted command as received. `take` gives it out when its turn has come. */
  put(cmdSN: number, item: T | null): void {
    this.#early.set(cmdSN, item);
  }

  /** True, and the number is used up, when `cmdSN` is the next in order: no need to `put` it. */
  takeNow(cmdSN: number): boolean {
    if (cmdSN !== this.#expCmdSN) return false;
    this.#advance();
    return true;
  }

  /** Keeps an immediate command until every command with a number before `cmdSN` was received. */
  hold(cmdSN: number, item: T): void {
    this.#held.push({ cmdSN, item });
  }

  /** Whether every command with a number before `cmdSN` was received. */
  hasReached(cmdSN: number): boolean {
    return !serialLess(this.#expCmdSN, cmdSN);
  }

  /** Counts numbers before `end` that have not come as received. They will be ignored. */
  plug(end: number): void {
    const last = serialLess(this.#maxCmdSN, end) ? serialAdd(this.#maxCmdSN, 1) : end;
    const missing = Math.max(serialDistance(last, this.#expCmdSN), 0);
    for (let index = 0; index < missing; index++) {
      const cmdSN = serialAdd(this.#expCmdSN, index);
      if (!this.#early.has(cmdSN)) this.#early.set(cmdSN, null);
    }
  }

  /** The next command in order, or undefined when it has not come. */
  take(): T | undefined {
    for (;;) {
      const index = this.#held.findIndex(({ cmdSN }) => this.hasReached(cmdSN));
      if (index >= 0) return this.#held.splice(index, 1)[0]?.item;
      const item = this.#early.get(this.#expCmdSN);
      if (item === undefined) return undefined;
      this.#early.delete(this.#expCmdSN);
      this.#advance();
      if (item !== null) return item;
    }
  }

  /** A command lives on after its turn: from before `put` it holds a place, until `vacate`. */
  occupy(): void {
    this.#occupied++;
  }

  vacate(): void {
    this.#occupied--;
    this.#widen();
  }

  #advance(): void {
    this.#expCmdSN = serialAdd(this.#expCmdSN, 1);
    this.#widen();
  }

  /** MaxCmdSN only grows: a smaller one would be ignored, and the session would hang. */
  #widen(): void {
    const wanted = serialAdd(this.#expCmdSN, this.#size - this.#occupied - 1);
    if (serialLess(this.#maxCmdSN, wanted)) this.#maxCmdSN = wanted;
  }
}
