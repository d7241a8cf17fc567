/**
 * Who orders what changes a logical unit beside its blocks. With one controller nobody has to: the
 * one replica is changed at once. A pair of controllers brings a share of its own.
 */

export interface UnitShare {
  /**
   * Has an action applied at every controller of the unit, at each in the same order; actions
   * proposed here are in the order they were proposed in. `done`, possibly before this returns:
   * with the answer when all have applied it and what it ends has ended everywhere, or
   * "unavailable" when this controller may not change the unit now. Once for each proposal.
   */
  propose(
    lun: number,
    action: Uint8Array,
    done: (answer: Uint8Array | "unavailable") => void,
  ): void;
}

/** Where actions are applied: the target device. */
export interface ActionTarget {
  applyAction(lun: number, action: Uint8Array, done: (answer: Uint8Array) => void): void;
}

/** The share of a controller that is alone. */
export class LocalShare implements UnitShare {
  readonly #target: ActionTarget;

  constructor(target: ActionTarget) {
    this.#target = target;
  }

  propose(lun: number, action: Uint8Array, done: (answer: Uint8Array) => void): void {
    this.#target.applyAction(lun, action, done);
  }
}
