/**
 * What one side of a pair is: its record, its standing, its dirty map, and the one place where they
 * change. It takes no decision; those who do (`pair.ts`, `pair-join.ts`, `pair-operations.ts`) say
 * what has happened.
 */
import { Job } from "../block/job";
import type { Role, Side } from "./config";
import { DirtyMap } from "./dirty-map";
import type { PairFields } from "./pair";
import { encodeBody, kindOf } from "./pair-messages";
import type { PairBody, PairMessage } from "./pair-messages";
import { decodeRecord, encodeRecord, membersOf, PAIR_ID_LENGTH } from "./pair-record";
import type { PairRecord } from "./pair-record";
import { after } from "./pair-state";
import type { PairEvent, PairState } from "./pair-state";
import { accessStatesOf } from "./pair-status";
import type { AccessState } from "./pair-status";
import type { Standing } from "./pair-view";

/** Something that happened: all of it is saved before anybody learns of it. */
export interface Change {
  readonly event?: PairEvent;
  readonly standing?: Standing;
  /** Only where there is no record. */
  readonly role?: Role;
  readonly record?: Partial<PairRecord>;
  /** A sentence for the log; none: nothing worth telling. */
  readonly text?: string;
  readonly level?: "info" | "warn" | "error";
  /** Called when it is saved and before the traffic learns of it: the other side learns first. */
  readonly announce?: () => void;
}

const NO_RECORD: PairRecord = {
  pairId: new Uint8Array(PAIR_ID_LENGTH),
  epoch: 0,
  members: "both",
  role: "main",
  state: "SMPL",
  isConsistent: true,
  generation: 0,
};

export class PairCore {
  readonly fields: PairFields;
  readonly side: Side;
  readonly peer: Side;
  readonly map: DirtyMap;
  /** The latest time anybody told. */
  nowMs = -Infinity;
  /** What keeps the pair from being mirrored, a sentence without its full stop. */
  problem: string | null = null;
  /** There is a record that cannot be read. */
  isDamaged: boolean;
  /** A record could not be saved: this side must not go on by itself. */
  isBroken = false;
  /** The pair's own jobs at this side's copy, those of a link that is gone too. */
  #jobs = 0;
  #whenIdle: (() => void) | null = null;
  #record: PairRecord | null;
  #standing: Standing = "blocked";
  #role: Role;

  constructor(fields: PairFields) {
    const { side, firstMain } = fields.config;
    const { storage, device } = fields.volume;
    this.fields = fields;
    this.side = side;
    this.peer = side === 1 ? 2 : 1;
    this.map = new DirtyMap({ geometry: device.geometry, storage });
    const record = decodeRecord(storage.record);
    this.isDamaged = record === "damaged";
    this.#record = record === "damaged" ? null : record;
    this.#role = this.#record?.role ?? (side === firstMain ? "main" : "sub");
  }

  get record(): PairRecord | null {
    return this.#record;
  }

  get role(): Role {
    return this.#role;
  }

  get standing(): Standing {
    return this.#standing;
  }

  get state(): PairState {
    return this.#record?.state ?? "SMPL";
  }

  get epoch(): number {
    return this.#record?.epoch ?? 0;
  }

  get isConsistent(): boolean {
    return this.#record?.isConsistent ?? true;
  }

  /** Whether the record says that this side goes on without the other. */
  get isAlone(): boolean {
    return this.#record?.members === membersOf(this.side);
  }

  /** Both copies take part and this side orders. */
  get isMirroredMain(): boolean {
    return this.#standing === "mirrored" && this.#role === "main";
  }

  get isMirroredSub(): boolean {
    return this.#standing === "mirrored" && this.#role === "sub";
  }

  accessStates(): ReadonlyMap<Side, AccessState> {
    const { side, role, state, standing } = this;
    return accessStatesOf({
      side,
      role,
      state,
      standing,
      example: this.fields.config.options.example,
    });
  }

  /** False: it cannot be, or could not be saved; then nothing has changed but that it is known. */
  change(change: Change): boolean {
    const state = change.event === undefined ? this.state : after(this.state, change.event);
    if (state === null) {
      this.report("error", `"${change.event}" cannot happen in state ${this.state}: ignored`);
      return false;
    }
    const before = { ...this.#seen(), access: this.accessStates() };
    if (!this.#save(state, change)) return false;
    this.#role = this.#record?.role ?? change.role ?? this.#role;
    this.#standing = change.standing ?? this.#standing;
    change.announce?.();
    if (change.text !== undefined) this.report(change.level ?? "info", change.text);
    this.#tell(before);
    return true;
  }

  /** Hosts get no answer from here before the process has been started again. */
  #break(text: string): void {
    const before = { ...this.#seen(), access: this.accessStates() };
    this.isBroken = true;
    this.problem = text;
    this.#standing = "blocked";
    this.report("error", text);
    this.#tell(before);
  }

  report(level: "info" | "warn" | "error", text: string): void {
    this.fields.report(level, `${text}.`);
  }

  send(message: PairMessage, body: Partial<PairBody> = {}, release?: () => void): void {
    this.sendChunks(message, encodeBody(body), release);
  }

  /** Without a link nothing is sent: what is said to nobody is of no use to the next who comes. */
  sendChunks(message: PairMessage, data: readonly Uint8Array[], release?: () => void): void {
    const { number } = this.fields.volume;
    if (!this.fields.link.isUp) return release?.();
    this.fields.link.send({ type: "pair", volume: number, kind: kindOf(message), data }, release);
  }

  #seen(): { standing: Standing; role: Role; isConsistent: boolean } {
    const { standing, role, isConsistent } = this;
    return { standing, role, isConsistent };
  }

  #save(state: PairState, change: Change): boolean {
    if (this.#record === null && change.record?.pairId === undefined) return true;
    if (change.record === undefined && state === this.state) return true;
    const before = this.#record ?? { ...NO_RECORD, role: this.#role };
    const generation = before.generation + 1;
    const record: PairRecord = { ...before, ...change.record, state, generation };
    if (!this.fields.volume.storage.saveRecord(encodeRecord(record))) {
      this.#break("the pair's record cannot be saved: this side stops");
      return false;
    }
    this.#record = record;
    this.isDamaged = false;
    this.isBroken = false;
    return true;
  }

  #tell(before: {
    standing: Standing;
    role: Role;
    isConsistent: boolean;
    access: ReadonlyMap<Side, AccessState>;
  }): void {
    const now = this.#seen();
    const isOther =
      now.standing !== before.standing ||
      now.role !== before.role ||
      now.isConsistent !== before.isConsistent;
    if (isOther) this.fields.traffic().standingChanged();
    const access = this.accessStates();
    if (access.get(1) !== before.access.get(1) || access.get(2) !== before.access.get(2)) {
      this.fields.accessChanged();
    }
  }

  /** A job of the pair's own: past the traffic, which is held off or does not mind. */
  submit(work: Pick<Job, "op" | "lba" | "blockCount" | "data">, then: (job: Job) => void): void {
    this.#jobs++;
    const onDone = (job: Job): void => {
      this.#jobs--;
      then(job);
      if (this.#jobs > 0 || this.#whenIdle === null) return;
      const idle = this.#whenIdle;
      this.#whenIdle = null;
      idle();
    };
    this.fields.volume.device.submit(new Job({ ...work, onDone }));
  }

  /** Calls `then` when none of the pair's own jobs is under way; a later call takes its place. */
  whenIdle(then: () => void): void {
    if (this.#jobs === 0) then();
    else this.#whenIdle = then;
  }
}
