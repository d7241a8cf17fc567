/**
 * A wire of some length: a TCP forwarder inside the benchmark's own process that hands on whatever
 * comes, in both directions, a while after it came. What it carries is not understood here; it
 * costs processor time of the benchmark, not of the targets.
 */
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";

/** Things that come out as long after they went in as it is told, in their order. */
export class DelayLine<T> {
  readonly #delayMs: number;
  readonly #items: { readonly item: T; readonly dueMs: number }[] = [];

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  push(item: T, nowMs: number): void {
    this.#items.push({ item, dueMs: nowMs + this.#delayMs });
  }

  /** The oldest, if it is time for it. */
  shift(nowMs: number): T | undefined {
    return this.nextMs <= nowMs ? this.#items.shift()?.item : undefined;
  }

  /** When the oldest is due; Infinity: there is none. */
  get nextMs(): number {
    return this.#items[0]?.dueMs ?? Infinity;
  }
}

/** Timers are late by up to this: the rest of a delay is waited for in the event loop. */
const TIMER_MS = 2;

/** One direction of a connection. */
class OneWay {
  readonly #line: DelayLine<Buffer | "end">;
  readonly #to: Socket;
  #isWaiting = false;

  constructor(from: Socket, to: Socket, delayMs: number) {
    this.#line = new DelayLine(delayMs);
    this.#to = to;
    from.on("data", (chunk) => this.#push(chunk));
    from.on("close", () => this.#push("end"));
    // "close" follows, and that is all that matters.
    from.on("error", () => undefined);
  }

  #push(item: Buffer | "end"): void {
    this.#line.push(item, performance.now());
    if (!this.#isWaiting) this.#wait();
  }

  #wait(): void {
    const leftMs = this.#line.nextMs - performance.now();
    this.#isWaiting = leftMs !== Infinity;
    if (!this.#isWaiting) return;
    const go = (): void => this.#go();
    if (leftMs > TIMER_MS) setTimeout(go, leftMs - TIMER_MS);
    else setImmediate(go);
  }

  #go(): void {
    const nowMs = performance.now();
    for (let item = this.#line.shift(nowMs); item !== undefined; item = this.#line.shift(nowMs)) {
      if (item === "end") this.#to.destroy();
      else this.#to.write(item);
    }
    this.#wait();
  }
}

export class SlowLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on a port of its own for what goes to 127.0.0.1:`to`; `delayMs` in each direction. */
  static async open({ to, delayMs }: { to: number; delayMs: number }): Promise<SlowLink> {
    const server = createServer({ noDelay: true });
    const link = new SlowLink(server);
    server.on("connection", (near) => {
      const far = createConnection({ port: to, host: "127.0.0.1", noDelay: true });
      new OneWay(near, far, delayMs);
      new OneWay(far, near, delayMs);
      for (const socket of [near, far]) link.#keep(socket);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}
