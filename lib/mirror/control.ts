/**
 * Actions on the part of a logical unit that both sides keep alike (reservations, mode pages), each
 * applied by both in one order: the main side's [4.9]. What an action is, the SCSI layer knows.
 *
 *   main side   proposed ──its turn──▶ applied here ∥ at the sub side ──both done──▶ answered
 *   sub side    proposed ──control──▶ (the main side's turn) ──control-end──▶ answered
 *               control-apply ──▶ its early writes settle, applied here ──control-end──▶
 *
 * A side that is alone applies and answers by itself; while the pair decides, actions wait; where
 * it is blocked they are "unavailable". Before roles are exchanged the old order comes to its end:
 * nothing begins until the new one. One that the other side was asked for when it was lost is
 * done where this side goes on: here it has been applied, or is now.
 */
import { gather } from "../base/bytes";
import { limits } from "../base/limits";
import type { Role, UnitState } from "./config";
import type { LinkMessage } from "./messages";
import type { PairView, Standing } from "./pair-view";

export type ControlMessage = Extract<
  LinkMessage,
  { readonly type: "control" | "control-apply" | "control-end" }
>;

export type ControlAnswer = Uint8Array | "unavailable";

export interface ControlPorts {
  readonly volume: number;
  readonly pair: PairView;
  readonly unitState: UnitState;
  /** Calls `then` when this side's writes that have ended are on both copies. */
  readonly whenSettled: (then: () => void) => void;
  send(message: LinkMessage): void;
  drop(reason: string): void;
  /** Unique over both sides. */
  nextNumber(): number;
}

/** An action that somebody waits for. */
interface Proposal {
  readonly controlId: number;
  readonly action: Uint8Array;
  readonly done: (answer: ControlAnswer) => void;
  /** It came from the other side. */
  readonly isForPeer: boolean;
}

/** The one whose turn it is, at the side that orders. */
interface Turn {
  readonly proposal: Proposal;
  answer: Uint8Array | null;
  isPeerDone: boolean;
  /** null: it has none, or is not asked any more. */
  peerAnswer: Uint8Array | null;
}

export class Control {
  readonly #ports: ControlPorts;
  /** At the side that orders, and while the pair decides: in the order to come. */
  #queue: Proposal[] = [];
  #turn: Turn | null = null;
  /** At the sub side: sent to the main side, by number. */
  readonly #asked = new Map<number, Proposal>();
  /** Own proposals that have come back to be applied, and what came of them. */
  readonly #applied = new Map<number, Uint8Array | null>();
  /** Being applied here when the other side was lost: answered when that has ended. */
  readonly #ending = new Map<number, Proposal["done"]>();
  /** Rises when what was asked of the other side is not answered any more. */
  #session = 0;
  /** Nothing begins before the standing changes; called when nothing is under way. */
  #whenQuiet: (() => void) | null = null;
  #isQuiesced = false;
  /** What the pair was when it was last looked at. */
  #seen: { readonly standing: Standing; readonly role: Role; readonly session: number };

  constructor(ports: ControlPorts) {
    const { standing, role } = ports.pair;
    this.#ports = ports;
    this.#seen = { standing, role, session: 0 };
  }

  /** Actions that have not been answered. */
  get pendingCount(): number {
    const waiting = this.#queue.length + this.#asked.size + this.#ending.size;
    return waiting + (this.#turn === null ? 0 : 1);
  }

  /** What the sub side of a new pair is given before it may do anything. */
  snapshot(): Uint8Array {
    return this.#ports.unitState.snapshot(this.#ports.volume);
  }

  restore(snapshot: Uint8Array): void {
    this.#ports.unitState.restore(this.#ports.volume, snapshot);
  }

  /** `done` comes once, also from within. */
  propose(action: Uint8Array, done: (answer: ControlAnswer) => void): void {
    if (this.pendingCount >= limits.mirrorControlsMax) return done("unavailable");
    const controlId = this.#ports.nextNumber();
    this.#admit({ controlId, action, done, isForPeer: false });
  }

  receive(message: ControlMessage): void {
    const { controlId } = message;
    switch (message.type) {
      case "control":
        return this.#proposed(controlId, gather(message.data));
      case "control-apply":
        return this.#apply(controlId, Uint8Array.from(gather(message.data)));
      case "control-end":
        return this.#ended(message);
    }
  }

  /** Nothing asked before it comes up again will be answered. */
  linkDown(): void {
    this.#session++;
    this.#queue = this.#queue.filter(({ isForPeer }) => !isForPeer);
  }

  /** Main: as the traffic's `quiesce`, of actions. */
  quiesce(then: () => void): void {
    this.#isQuiesced = true;
    if (this.#turn === null) then();
    else this.#whenQuiet = then;
  }

  standingChanged(): void {
    const { standing, role } = this.#ports.pair;
    this.#isQuiesced = false;
    this.#whenQuiet = null;
    const was = this.#seen;
    if (was.standing === "mirrored" && standing !== "mirrored") this.linkDown();
    const isLost = was.session !== this.#session;
    if (standing === "deciding") {
      this.#seen = { ...was, standing };
      return;
    }
    this.#seen = { standing, role, session: this.#session };
    if (isLost) this.#resolve();
    else if (was.standing === "mirrored" && was.role !== role) this.#rolesExchanged();
    const waiting = this.#queue;
    this.#queue = [];
    for (const proposal of waiting) this.#admit(proposal);
    this.#next();
  }

  #admit(proposal: Proposal): void {
    const { pair, volume } = this.#ports;
    switch (pair.standing) {
      case "blocked":
        return proposal.done("unavailable");
      case "deciding":
        this.#queue.push(proposal);
        return;
      case "alone":
        this.#queue.push(proposal);
        return this.#next();
      case "mirrored":
        if (pair.role === "main") {
          this.#queue.push(proposal);
          return this.#next();
        }
        this.#asked.set(proposal.controlId, proposal);
        this.#ports.send({
          type: "control",
          volume,
          controlId: proposal.controlId,
          data: [proposal.action],
        });
    }
  }

  /** Main: the sub side asks for its turn. */
  #proposed(controlId: number, action: Uint8Array): void {
    const { pair } = this.#ports;
    const session = this.#session;
    const done = (answer: ControlAnswer): void => {
      if (session === this.#session) this.#answer(controlId, answer);
    };
    const isMain = pair.standing === "mirrored" && pair.role === "main";
    const isFull = this.pendingCount >= 2 * limits.mirrorControlsMax;
    if (!isMain || isFull) return done("unavailable");
    this.#admit({ controlId, action: Uint8Array.from(action), done, isForPeer: true });
  }

  /**
   * Sub: the next in the main side's order. Writes that have ended here come before it: none of
   * them may take effect behind a reservation that forbids it.
   */
  #apply(controlId: number, action: Uint8Array): void {
    const { pair, whenSettled } = this.#ports;
    const session = this.#session;
    if (pair.standing !== "mirrored" || pair.role === "main") {
      return this.#answer(controlId, "unavailable");
    }
    whenSettled(() => {
      if (session === this.#session) this.#perform(controlId, action);
    });
  }

  #perform(controlId: number, action: Uint8Array): void {
    const { unitState, volume } = this.#ports;
    const session = this.#session;
    if (this.#asked.has(controlId)) this.#applied.set(controlId, null);
    unitState.apply(volume, action, (answer) => {
      if (this.#applied.has(controlId)) this.#applied.set(controlId, answer);
      this.#ending.get(controlId)?.(answer);
      this.#ending.delete(controlId);
      if (session === this.#session) this.#answer(controlId, answer);
    });
  }

  #answer(controlId: number, answer: ControlAnswer): void {
    const isDone = answer !== "unavailable";
    const { volume } = this.#ports;
    const data = isDone ? [answer] : [];
    this.#ports.send({ type: "control-end", volume, controlId, isDone, data });
  }

  #ended(message: Extract<ControlMessage, { readonly type: "control-end" }>): void {
    const turn = this.#turn;
    if (turn?.proposal.controlId === message.controlId) {
      if (!message.isDone) return this.#ports.drop("an action was not applied on both sides");
      turn.isPeerDone = true;
      turn.peerAnswer = Uint8Array.from(gather(message.data));
      return this.#endTurn();
    }
    const proposal = this.#asked.get(message.controlId);
    if (proposal === undefined) return;
    this.#asked.delete(message.controlId);
    this.#applied.delete(message.controlId);
    proposal.done(message.isDone ? Uint8Array.from(gather(message.data)) : "unavailable");
  }

  /** Begins the next action in the order, when there is one and none is under way. */
  #next(): void {
    const { pair, unitState, volume } = this.#ports;
    if (this.#turn !== null || this.#isQuiesced) return;
    const isAlone = pair.standing === "alone";
    if (!isAlone && pair.standing !== "mirrored") return;
    const proposal = this.#queue.shift();
    if (proposal === undefined) return;
    const turn: Turn = { proposal, answer: null, isPeerDone: isAlone, peerAnswer: null };
    this.#turn = turn;
    const { controlId, action } = proposal;
    if (!isAlone) {
      this.#ports.send({ type: "control-apply", volume, controlId, data: [action] });
    }
    unitState.apply(volume, action, (answer) => {
      turn.answer = answer;
      if (this.#turn === turn) this.#endTurn();
    });
  }

  #endTurn(): void {
    const turn = this.#turn;
    if (turn === null || turn.answer === null || !turn.isPeerDone) return;
    this.#turn = null;
    const { answer, peerAnswer } = turn;
    const { unitState } = this.#ports;
    turn.proposal.done(peerAnswer === null ? answer : unitState.agree(answer, peerAnswer));
    this.#tellQuiet();
    this.#next();
  }

  #tellQuiet(): void {
    const then = this.#whenQuiet;
    this.#whenQuiet = null;
    then?.();
  }

  /** What was asked of the other side is not answered any more. */
  #resolve(): void {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    this.#resolveTurn();
    for (const proposal of asked) this.#resolveAsked(proposal);
    this.#applied.clear();
  }

  /** Applied here, and nobody knows whether there. */
  #resolveTurn(): void {
    const turn = this.#turn;
    if (turn === null) return;
    const { standing, role } = this.#ports.pair;
    // As the sub side's: what this side applied has been replaced by the other's snapshot.
    if (standing === "blocked" || (standing === "mirrored" && role === "sub")) {
      this.#turn = null;
      return turn.proposal.done("unavailable");
    }
    // Alone: nobody else is to be waited for. Mirrored anew as main: this side's snapshot had it.
    turn.isPeerDone = true;
    this.#endTurn();
  }

  /** The main side was asked, and has not answered. */
  #resolveAsked(proposal: Proposal): void {
    const { pair, unitState, volume } = this.#ports;
    const { controlId, action, done } = proposal;
    if (pair.standing !== "alone") return done("unavailable");
    const answer = this.#applied.get(controlId);
    if (answer === undefined) return unitState.apply(volume, action, done);
    if (answer === null) this.#ending.set(controlId, done);
    else done(answer);
  }

  /**
   * Without a loss. Who was main answers what it has begun; what it has not, its proposer's side
   * brings into the new order, under another number.
   */
  #rolesExchanged(): void {
    this.#queue = this.#queue.filter(({ isForPeer }) => !isForPeer);
    for (const [controlId, proposal] of [...this.#asked]) {
      if (this.#applied.has(controlId)) continue;
      this.#asked.delete(controlId);
      this.#queue.push({ ...proposal, controlId: this.#ports.nextNumber() });
    }
  }
}
