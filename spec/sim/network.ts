/**
 * The two one-way paths 202 and 203 between the sides: each a connection at a time, made anew by
 * its sender when it is gone; cut, slowed and reset apart from each other.
 */
import type { Prng } from "../../lib/base/prng";
import type { Side } from "../../lib/mirror/config";
import type { LinkInput, Path } from "../../lib/mirror/link-events";
import { Connection, type ConnectionEnd, type PathWeather } from "./connection";

/** A side as the network sees it. */
export interface NetworkSide extends ConnectionEnd {
  /** Whether its process runs, so that connections can be made. */
  readonly isAwake: boolean;
}

export interface NetworkWorld {
  readonly random: Prng;
  nowMs(): number;
  after(delayMs: number, run: () => void): void;
  fail(what: string): void;
  side(side: Side): NetworkSide;
  /** The bytes that arrived on the path from `from`; `isNew`: the first of a connection. */
  seen(from: Side, bytes: Uint8Array, isNew: boolean): void;
}

const RECONNECT_MS = 15;

export class OneWayPath {
  readonly weather: PathWeather = { delayMs: 1, isCut: false };
  readonly #from: Side;
  readonly #world: NetworkWorld;
  #connection: Connection | null = null;
  /** Connections that are not the newest any more and have an end that does not know. */
  #old: Connection[] = [];
  /** Whether a new connection would be refused or come to nothing. */
  isRefusing = false;

  constructor(from: Side, world: NetworkWorld) {
    this.#from = from;
    this.#world = world;
    this.#tryLater();
  }

  #tryLater(): void {
    const { random, after } = this.#world;
    after(RECONNECT_MS * (0.2 + random.below(100) / 100), () => {
      this.#connect();
      this.#tryLater();
    });
  }

  /** The sender knows that it has no connection, and both processes run. */
  #connect(): void {
    const to: Side = this.#from === 1 ? 2 : 1;
    const sender = this.#world.side(this.#from);
    const receiver = this.#world.side(to);
    if (this.#connection?.isSenderUp === true || this.weather.isCut || this.isRefusing) return;
    if (!sender.isAwake || !receiver.isAwake) return;
    if (this.#connection !== null) this.#old.push(this.#connection);
    this.#old = this.#old.filter((old) => old.isSenderUp || old.isReceiverUp);
    for (const old of this.#old) old.closeReceiver(true);
    let isNew = true;
    const connection = new Connection(
      {
        ...{ random: this.#world.random, weather: this.weather, sender, receiver },
        after: (delayMs, run) => this.#world.after(delayMs, run),
        fail: (what) => this.#world.fail(what),
        seen: (bytes) => {
          this.#world.seen(this.#from, bytes, isNew);
          isNew = false;
        },
      },
      () => this.#world.nowMs(),
    );
    this.#connection = connection;
    const up = (path: Path): (() => LinkInput | null) => {
      const isUp = (): boolean =>
        path === "out" ? connection.isSenderUp : connection.isReceiverUp;
      return () => (isUp() ? { type: "path-up", path } : null);
    };
    receiver.deliver(up("in"));
    sender.deliver(up("out"));
  }

  send(chunks: readonly Uint8Array[]): void {
    this.#connection?.send(chunks);
  }

  /** The side at an end closes it, or its process ended. */
  close(end: Path, tellsSelf: boolean): void {
    if (end === "out") this.#connection?.closeSender(tellsSelf);
    else this.#connection?.closeReceiver(tellsSelf);
    if (tellsSelf) return;
    for (const old of this.#old) {
      if (end === "out") old.closeSender(false);
      else old.closeReceiver(false);
    }
  }

  /** Both ends lose the connection, each at its time. */
  reset(): void {
    const connection = this.#connection;
    if (connection === null) return;
    const { random, after } = this.#world;
    after(random.below(30) / 10, () => connection.closeReceiver(true));
    after(random.below(30) / 10, () => connection.closeSender(true));
  }

  /** The machine of a side loses its connection; nobody else learns of it while it is cut. */
  unplug(side: Side): void {
    if (side === this.#from) this.#connection?.closeSender(true);
    else this.#connection?.closeReceiver(true);
  }

  cut(): void {
    this.weather.isCut = true;
  }

  heal(): void {
    this.weather.isCut = false;
    this.#connection?.healed();
    for (const old of this.#old) old.healed();
  }
}
