/**
 * The two one-way paths of one side as sockets. The out path is dialled, again and again while
 * nobody is there; the in path is whoever of the authenticated came in last. Their bytes become the
 * link's inputs and its effects are done on them; the bytes are not understood here.
 *
 *   side 1   linkPeer ────── path 202 ─────▶ linkListen   side 2
 *            linkListen ◀─── path 203 ────── linkPeer
 */
import type * as net from "node:net";
import { unreachable } from "../base/assert";
import { limits } from "../base/limits";
import type { Lease } from "../base/lease";
import type { LinkEffect, LinkInput, Path } from "../mirror/link-events";
import { formatLinkAddress, type LinkAddress } from "./formats";
import { HANDSHAKE_MS, type LinkSecurity } from "./link-security";
import { ReceiveBuffers } from "./receive-buffers";
import { listen, takeOver, writeChunks } from "./sockets";

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 1000;
/** A path that lasts as long as this is no mere attempt. */
const SETTLED_MS = 1000;
/** How a connection begins: what does not is no path, and does not take the place of one. */
const PREAMBLE = Buffer.from("twinlun\x01", "latin1");

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOENT: "nobody listens there",
  ETIMEDOUT: "nobody answers",
  ECONNRESET: "it closes the connection",
  EPIPE: "it closes the connection",
  EHOSTUNREACH: "it cannot be reached",
  ENETUNREACH: "it cannot be reached",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name is not known",
};

function reasonOf({ code = "", message }: NodeJS.ErrnoException): string {
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || /CERT/.test(code)) {
    return `key or certificate are not accepted (${code || message})`;
  }
  return REASONS[code] ?? message;
}

export interface LinkPathsOptions {
  readonly listen: LinkAddress;
  readonly peer: LinkAddress;
  readonly security: LinkSecurity;
  /** Told why there is no path, once for each reason, and when there is one again. */
  readonly report: (level: "info" | "warn", text: string) => void;
}

export class LinkPaths {
  readonly #options: LinkPathsOptions;
  readonly #server: net.Server;
  readonly #buffers = new ReceiveBuffers();
  #deliver: ((input: LinkInput) => void) | null = null;
  #isClosed = false;
  #retryMs = RETRY_MIN_MS;
  #retry: NodeJS.Timeout | null = null;
  /** All sockets there are, so that none outlives us. */
  readonly #sockets = new Set<net.Socket>();
  #out: net.Socket | null = null;
  #in: net.Socket | null = null;
  /** Why there is no out path, as it was told; null: nothing to tell. */
  #trouble: string | null = null;

  private constructor(options: LinkPathsOptions) {
    this.#options = options;
    this.#server = options.security.server((socket) => this.#accept(socket));
    this.#server.maxConnections = limits.linkConnectionsMax;
    // What is no TLS, or not ours, is closed by Node; it is worth no line in the log.
    this.#server.on("tlsClientError", () => undefined);
  }

  /** @throws SettingsError when it cannot listen. */
  static async open(options: LinkPathsOptions): Promise<LinkPaths> {
    const paths = new LinkPaths(options);
    await listen(paths.#server, options.listen);
    return paths;
  }

  /** From now on there is a link. */
  start(deliver: (input: LinkInput) => void): void {
    this.#deliver = deliver;
    this.#dial();
  }

  perform(effect: LinkEffect): void {
    switch (effect.type) {
      case "path-send":
        return this.#send(effect.chunks);
      case "path-close":
        return void (effect.path === "out" ? this.#out : this.#in)?.destroy();
      default:
        unreachable(effect);
    }
  }

  /** Ends everything at once; nothing is delivered any more. */
  close(): void {
    this.#isClosed = true;
    this.#deliver = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The address listened on, with the port where 0 was asked for. */
  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string") return `unix:${String(bound)}`;
    return formatLinkAddress({ kind: "tcp", host: bound.address, port: bound.port });
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #dial(): void {
    const { security, peer } = this.#options;
    const name = formatLinkAddress(peer);
    const socket = security.connect(peer);
    const timeout = setTimeout(() => {
      socket.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" }));
    }, HANDSHAKE_MS);
    let reason = REASONS["ECONNRESET"] as string;
    let settled: NodeJS.Timeout | null = null;
    this.#keep(socket);
    // The path is one-way: who sends on it anyway is not our other side.
    socket.on("data", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.on("error", (error) => {
      reason = reasonOf(error);
    });
    socket.on(security.readyEvent, () => {
      clearTimeout(timeout);
      settled = setTimeout(() => this.#settle(name), SETTLED_MS);
      socket.write(PREAMBLE);
      this.#out = socket;
      this.#deliver?.({ type: "path-up", path: "out" });
    });
    socket.on("close", () => {
      clearTimeout(timeout);
      if (settled !== null) clearTimeout(settled);
      if (this.#isClosed) return;
      if (reason !== this.#trouble) {
        this.#options.report("warn", `the link to ${name} is not connected: ${reason}`);
      }
      this.#trouble = reason;
      this.#redial();
      if (this.#out !== socket) return;
      this.#out = null;
      this.#down("out");
    });
  }

  #settle(name: string): void {
    this.#retryMs = RETRY_MIN_MS;
    if (this.#trouble !== null) this.#options.report("info", `the link to ${name} is connected`);
    this.#trouble = null;
  }

  #redial(): void {
    this.#retry = setTimeout(() => this.#dial(), this.#retryMs);
    this.#retryMs = Math.min(RETRY_MAX_MS, this.#retryMs * 2);
  }

  #down(path: Path): void {
    this.#deliver?.({ type: "path-down", path });
  }

  #send(chunks: readonly Uint8Array[]): void {
    const socket = this.#out;
    if (socket === null || socket.destroyed) return;
    writeChunks(socket, chunks, () => {
      if (this.#out === socket) this.#deliver?.({ type: "path-sent", count: 1 });
    });
  }

  #accept(accepted: net.Socket): void {
    if (this.#deliver === null) return void accepted.destroy();
    const receiver = this.#buffers.receiver();
    const begin = new Preamble();
    const bytes = (chunk: Uint8Array, lease: Lease | null): void => {
      if (socket.destroyed) return;
      const rest = begin.take(chunk);
      if (rest === null) return void socket.destroy();
      if (!begin.isWhole) return;
      if (this.#in !== socket) this.#become(socket, timeout);
      if (rest.length > 0) this.#deliver?.({ type: "path-bytes", chunk: rest, lease });
    };
    const taken = "encrypted" in accepted ? null : takeOver(accepted, receiver, bytes);
    const socket = taken ?? accepted.on("data", (chunk) => bytes(chunk, null));
    const timeout = setTimeout(() => socket.destroy(), HANDSHAKE_MS);
    this.#keep(socket);
    socket.on("error", () => undefined);
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(timeout);
      receiver.close();
      if (this.#in !== socket) return;
      this.#in = null;
      this.#down("in");
    });
    socket.resume();
  }

  /** The newest is the path: the one before it may be a connection whose end we did not see. */
  #become(socket: net.Socket, timeout: NodeJS.Timeout): void {
    clearTimeout(timeout);
    const before = this.#in;
    this.#in = socket;
    if (before !== null) {
      before.destroy();
      this.#down("in");
    }
    this.#deliver?.({ type: "path-up", path: "in" });
  }
}

/** Takes the preamble off the front of a stream. */
class Preamble {
  #length = 0;

  get isWhole(): boolean {
    return this.#length === PREAMBLE.length;
  }

  /** What lies behind it, empty while it is not whole; null: it is another. */
  take(chunk: Uint8Array): Uint8Array | null {
    const length = Math.min(chunk.length, PREAMBLE.length - this.#length);
    const expected = PREAMBLE.subarray(this.#length, this.#length + length);
    if (!expected.equals(chunk.subarray(0, length))) return null;
    this.#length += length;
    return chunk.subarray(length);
  }
}
