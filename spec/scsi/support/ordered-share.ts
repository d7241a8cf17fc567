/**
 * What orders the actions of several target devices: one after the other, each applied at every
 * device and over at every device before the next begins.
 */
import type { Bench } from "./bench";
import type { UnitShare } from "../../../lib/scsi/unit-share";

interface Proposal {
  readonly lun: number;
  readonly action: Uint8Array;
  readonly done: (answer: Uint8Array | "unavailable") => void;
}

export class OrderedShare implements UnitShare {
  readonly benches: Bench[] = [];
  /** Proposed and not begun, oldest first. */
  readonly waiting: Proposal[] = [];
  /** Actions wait for `step`. */
  isHeld = false;
  isAvailable = true;
  /** Answers to the actions that are over: those of all devices. */
  readonly answers: string[][] = [];
  /** Devices that have not answered the action under way. */
  #busy = 0;

  propose(lun: number, action: Uint8Array, done: Proposal["done"]): void {
    if (!this.isAvailable) return done("unavailable");
    this.waiting.push({ lun, action: Uint8Array.from(action), done });
    if (!this.isHeld) this.step();
  }

  /** Begins the oldest proposal, unless one is under way. */
  step(): void {
    if (this.#busy > 0) return;
    const proposal = this.waiting.shift();
    if (proposal === undefined) return;
    const answers: string[] = [];
    this.#busy = this.benches.length;
    for (const { target } of this.benches) {
      target.applyAction(proposal.lun, proposal.action, (answer) => {
        answers.push(Buffer.from(answer).toString("hex"));
        if (--this.#busy > 0) return;
        this.answers.push(answers);
        proposal.done(answer);
        if (!this.isHeld) this.step();
      });
    }
  }

  settle(): void {
    this.isHeld = false;
    this.step();
  }
}
