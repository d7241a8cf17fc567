/**
 * One controller among what it needs: its loop, its portals, its end of the link. A process has one
 * or, of a pair, two. What is opened and closed when is `serve.ts`'s.
 */
import { BufferPool } from "../base/buffer-pool";
import { limits } from "../base/limits";
import { CompletionQueue } from "../block/completion-queue";
import type { ControllerConfig } from "../controller/config";
import { Controller } from "../controller/controller";
import type { Effect, Input } from "../controller/events";
import type { SessionOrder } from "../iscsi/session-orders";
import type { Side } from "../mirror/config";
import type { LinkEffect } from "../mirror/link-events";
import type { PairAnswer, PairCommand } from "../mirror/pair-status";
import { StepLog } from "../mirror/step-log";
import type { SessionRow, SideStatus } from "./admin";
import { monotonicMs } from "./clock";
import { crc32c } from "./crc32c";
import { entropy, hash } from "./entropy";
import type { Log } from "./log";
import type { Portals } from "./portal";
import type { StorePorts } from "./stores";
import { Turn } from "./turn";

/** The end of the link that one side has. */
export interface LinkEnd {
  perform(effect: LinkEffect): void;
  /** Called after each turn. */
  afterTurn(): void;
}

/** About a thousand writes, or half a megabyte. */
const STEPS_KEPT = 16384;

export class ControllerHost {
  /** null: a plain target. */
  readonly side: Side | null;
  /** What its jobs went through; null: a plain target, which has none. */
  readonly steps: StepLog | null;
  readonly #portals: Portals;
  readonly #log: Log;
  readonly #completions = new CompletionQueue();
  #controller: Controller | null = null;
  #turn: Turn | null = null;
  #link: LinkEnd | null = null;
  #whenIdle: (() => void) | null = null;
  #whenServing: (() => void) | null = null;
  /** An operator's commands that are not answered, by their numbers. */
  readonly #commands = new Map<number, (answer: PairAnswer) => void>();
  #lastCommand = 0;

  constructor(fields: { side: Side | null; portals: Portals; log: Log }) {
    this.side = fields.side;
    this.steps =
      fields.side === null ? null : new StepLog({ side: fields.side, capacity: STEPS_KEPT });
    this.#portals = fields.portals;
    this.#log = fields.log;
  }

  /** What this controller's stores need of it, before it is built. */
  get storePorts(): StorePorts {
    return {
      side: this.side,
      completions: this.#completions,
      wake: () => this.#turn?.wake(),
      report: (lun, detail) => this.#log.trace({ type: "device-error", lun, detail }),
    };
  }

  /** Builds the controller and starts its clock; nobody is connected to it yet. */
  begin(config: ControllerConfig, link: LinkEnd | null): void {
    const controller = new Controller(config, {
      ...{ entropy, hash, crc32c, trace: this.#log.trace, completions: this.#completions },
      buffers: new BufferPool({
        limit: limits.payloadMax,
        waitersMax: limits.tasksPerUnitMax * config.units.length,
      }),
      pair: {
        step: this.steps?.sink ?? (() => undefined),
        report: (level, lun, text) => this.#log.write(level, `LUN ${lun}: ${text}`),
      },
    });
    this.#link = link;
    this.#controller = controller;
    this.#turn = new Turn({
      driven: controller,
      now: () => {
        const nowMs = monotonicMs();
        this.steps?.at(nowMs);
        return nowMs;
      },
      perform: (effect) => this.#perform(effect),
      afterTurn: () => {
        link?.afterTurn();
        if (this.#whenIdle !== null && controller.isIdle) this.#whenIdle();
        if (this.#whenServing !== null && this.#isServing) this.#whenServing();
      },
    });
    this.deliver({ type: "start" });
  }

  /** Lets initiators come; `firstPortal`: where this side's portals are among all of the target. */
  accept(firstPortal: number): void {
    this.#portals.start((input) => this.deliver(input), firstPortal);
  }

  /** Resolves when hosts' commands wait for no decision of the pair, or after `withinMs`. */
  async serving(withinMs: number): Promise<void> {
    if (this.#isServing) return;
    await new Promise<void>((resolve) => {
      this.#whenServing = resolve;
      setTimeout(resolve, withinMs).unref();
    });
    this.#whenServing = null;
  }

  get #isServing(): boolean {
    const volumes = this.#controller?.pairStatus() ?? [];
    return volumes.every(({ standing }) => standing === "mirrored" || standing === "alone");
  }

  deliver(input: Input): void {
    this.#turn?.deliver(input);
  }

  /** Resolves when all has ended in order, or after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#portals.stopAccepting();
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      setTimeout(resolve, withinMs).unref();
      this.deliver({ type: "stop" });
    });
    this.#portals.close();
  }

  /** Nothing happens any more by itself. */
  close(): void {
    this.#turn?.close();
  }

  command(lun: number, command: PairCommand): Promise<PairAnswer> {
    const id = ++this.#lastCommand;
    return new Promise((resolve) => {
      this.#commands.set(id, resolve);
      this.deliver({ type: "command", id, lun, command });
    });
  }

  sessions(): readonly SessionRow[] {
    const side = this.side ?? 1;
    const all = this.#controller?.sessions() ?? [];
    return all.map((session) => ({ id: `${side}.${session.tsih}`, side, ...session }));
  }

  /** Does what an operator wants of one of its sessions, by id, or of all; how many they are. */
  order(order: SessionOrder, id: string | null): number {
    const meant = this.sessions().filter((session) => id === null || session.id === id);
    for (const { tsih } of meant) this.deliver({ type: "session-order", order, session: tsih });
    return meant.length;
  }

  status(portals: readonly string[]): SideStatus {
    const controller = this.#controller;
    return {
      side: this.side ?? 1,
      portals,
      sessions: controller?.sessions().length ?? 0,
      volumes: controller?.pairStatus() ?? [],
    };
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "path-send":
      case "path-close":
        return this.#link?.perform(effect);
      case "command-end": {
        const resolve = this.#commands.get(effect.id);
        this.#commands.delete(effect.id);
        return resolve?.(effect.answer);
      }
      default:
        return this.#portals.perform(effect);
    }
  }
}
