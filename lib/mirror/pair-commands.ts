/**
 * An operator's commands to a pair: which side does them, what refuses them, and who waits for an
 * answer. What they do is done elsewhere.
 */
import { gather } from "../base/bytes";
import { limits } from "../base/limits";
import type { Side } from "./config";
import type { PairAlone } from "./pair-alone";
import type { PairCopying } from "./pair-copying";
import type { PairCore } from "./pair-core";
import type { PairJoin } from "./pair-join";
import type { PairBody } from "./pair-messages";
import type { PairOperations } from "./pair-operations";
import { refusalOf } from "./pair-state";
import type { PairAnswer, PairCommand } from "./pair-status";

type Done = (answer: PairAnswer) => void;

/** What the sub side asks the main side to do, by its number in a message. */
const FORWARDED = ["split", "resync", "verify", "swap"] as const;

const IS_DOWN = "the link to the other side is down";
const IS_BUSY = "another command is under way";

/** As a message says it. */
function sourceOf(value: number): Side | null {
  return value === 1 || value === 2 ? value : null;
}

function keepsMain(main: Side): string {
  return (
    `while both are mirrored the copy of side ${main}, which is main, counts: ` +
    "to keep the other, say `pair split` first"
  );
}

export class PairCommands {
  readonly #core: PairCore;
  readonly #alone: PairAlone;
  readonly #join: PairJoin;
  readonly #copying: PairCopying;
  readonly #operations: PairOperations;
  /** Asked of the main side. */
  readonly #asked = new Map<number, Done>();
  #nextId = 1;
  /** Waits for what both sides decide about its wish. */
  #wishing: Done | null = null;

  constructor(fields: {
    core: PairCore;
    alone: PairAlone;
    join: PairJoin;
    copying: PairCopying;
    operations: PairOperations;
  }) {
    this.#core = fields.core;
    this.#alone = fields.alone;
    this.#join = fields.join;
    this.#copying = fields.copying;
    this.#operations = fields.operations;
  }

  run(command: PairCommand, done: Done): void {
    const refuse = (why: string): void => done({ ok: false, text: `Nothing was done: ${why}.` });
    const core = this.#core;
    const refusal = refusalOf(core.state, command.type);
    if (refusal !== null) return refuse(refusal);
    if (command.type === "alone") return done(this.#alone.command());
    if (core.isBroken) return refuse(core.problem ?? IS_DOWN);
    if (!core.fields.link.isUp) return refuse(this.#whyDown(command));
    if (core.standing === "mirrored") {
      if (core.role === "sub") return this.#ask(command, done);
      const busy = this.#whyBusy();
      return busy === null ? this.#begin(command, done, refuse) : refuse(busy);
    }
    if (command.type === "create") return this.#wish("create", command.source ?? core.side, done);
    if (command.type === "resync") return this.#wish("resync", command.source, done);
    refuse("the pair is not mirrored now");
  }

  /** What became of a wish. */
  decided(answer: PairAnswer): void {
    const done = this.#wishing;
    this.#wishing = null;
    done?.(answer);
  }

  /** Nobody answers any more. */
  cancel(): void {
    const answer = { ok: false, text: "The link went down meanwhile." };
    const waiting = [...this.#asked.values()];
    this.#asked.clear();
    this.decided(answer);
    for (const done of waiting) done(answer);
  }

  /** Main: an operator at the other side. */
  receiveAsk(body: PairBody): void {
    const type = FORWARDED[body.checksum];
    const answer: Done = ({ ok, text }) => {
      this.#core.send("answer", { id: body.id, flag: ok, data: [Buffer.from(text, "utf8")] });
    };
    if (type === undefined || !this.#core.isMirroredMain) {
      return answer({ ok: false, text: "Nothing was done: the pair is not mirrored now." });
    }
    if (type === "verify") this.run({ type, isRepairing: body.flag }, answer);
    else if (type === "resync") this.run({ type, source: sourceOf(body.lba) }, answer);
    else this.run({ type }, answer);
  }

  receiveAnswer(body: PairBody): void {
    const done = this.#asked.get(body.id);
    this.#asked.delete(body.id);
    done?.({ ok: body.flag, text: Buffer.from(gather(body.data)).toString("utf8") });
  }

  /** Main, mirrored: copies what is known to differ. */
  repair(): void {
    if (this.#core.isMirroredMain && this.#whyBusy() === null) this.#join.renew();
  }

  #ask(command: PairCommand, done: Done): void {
    if (this.#asked.size >= limits.pairCommandsMax) {
      return done({ ok: false, text: "Nothing was done: too many commands wait for an answer." });
    }
    const id = this.#nextId++;
    this.#asked.set(id, done);
    const flag = command.type === "verify" && command.isRepairing;
    const checksum = FORWARDED.findIndex((type) => type === command.type);
    const lba = command.type === "resync" ? (command.source ?? 0) : 0;
    this.#core.send("ask", { id, flag, checksum, lba });
  }

  #whyDown({ type }: PairCommand): string {
    const isFirst = type === "create" && this.#core.record === null;
    return isFirst ? `${IS_DOWN}: \`pair alone\` serves this copy without it` : IS_DOWN;
  }

  #whyBusy(): string | null {
    return this.#operations.isIdle && !this.#join.isUnderWay ? null : IS_BUSY;
  }

  #begin(command: PairCommand, done: Done, refuse: (why: string) => void): void {
    const core = this.#core;
    const { pinnedCount, pinnedBytes } = core.map;
    switch (command.type) {
      case "create":
      case "alone":
        return refuse("there is a pair already");
      case "split":
        this.#copying.stop();
        return this.#operations.split(done);
      case "verify":
        if (this.#copying.isVerifying) return refuse("a verification is under way");
        this.#copying.verify(command.isRepairing ? () => this.repair() : null);
        return done({ ok: true, text: "The verification begins." });
      case "resync":
        if (pinnedCount === 0) return done({ ok: true, text: "No bytes are known to differ." });
        if (command.source === core.peer) return refuse(keepsMain(core.side));
        this.#copying.stop();
        done({ ok: true, text: `The resync of ${pinnedBytes} bytes begins.` });
        return this.#join.renew();
      case "swap":
        if (this.#copying.isVerifying) return refuse("a verification is under way");
        if (pinnedCount > 0) {
          return refuse(`${pinnedBytes} bytes are known to differ: say \`pair resync\` first`);
        }
        return this.#operations.swap(done);
    }
  }

  /** Both sides decide anew, knowing what is wished. */
  #wish(wish: "create" | "resync", source: Side | null, done: Done): void {
    if (this.#wishing !== null || this.#join.isUnderWay) {
      return done({ ok: false, text: `Nothing was done: ${IS_BUSY}.` });
    }
    this.#wishing = done;
    this.#join.describe(wish, source);
  }
}
