/**
 * The sockets: listening portals and the connections they accept, turned into the controller's
 * inputs, and its effects done on them. It never looks into the bytes.
 */
import * as net from "node:net";
import { unreachable } from "../base/assert";
import type { Lease } from "../base/lease";
import type { Effect, Input } from "../controller/events";
import { formatAddress, type Address } from "./formats";
import { type Receiver, ReceiveBuffers } from "./receive-buffers";
import { SettingsError } from "./settings-error";

/** How long the other side may take to close a connection that we ended. */
const LINGER_MS = 2000;

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not use the port",
  EAFNOSUPPORT: "this machine does not speak that protocol",
};

function listen(server: net.Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = WORDS[error.code ?? ""] ?? error.message;
      reject(new SettingsError(`Cannot listen on ${formatAddress(address)}: ${reason}.`));
    });
    server.listen({ ...address, backlog: 1024 }, resolve);
  });
}

function addressOf(server: net.Server): Address {
  const { address: host, port } = server.address() as net.AddressInfo;
  return { host, port };
}

/** An IPv4 initiator at an IPv6 socket has a mapped address: said as IPv4. */
function unmapped(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice(7) : host;
}

/** The part of a socket's handle that we must know of; Node documents neither. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * The connection that `accepted` stands for, receiving into `receiver`. Node takes buffers of ours
 * only where a socket is made, not where one is accepted: so a new socket takes the handle over.
 * null: this Node has no such handle, and the accepted socket is as it was.
 */
function takeOver(
  accepted: net.Socket,
  receiver: Receiver,
  deliver: (chunk: Uint8Array, lease: Lease) => void,
): net.Socket | null {
  const holder = accepted as unknown as { _handle: Handle | null };
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== "function") return null;
  holder._handle = null;
  const callback = (length: number): boolean => {
    receiver.received(length, deliver);
    return true;
  };
  const onread = { buffer: () => receiver.room(), callback };
  return new net.Socket({ handle, onread, noDelay: true } as unknown as net.SocketConstructorOpts);
}

/**
 * Closes when what was sent is out and the other side has closed too. Until then it reads on: a
 * socket closed over unread bytes is reset, and the last answer is lost with it.
 */
function end(socket: net.Socket): void {
  socket.resume();
  socket.end();
  socket.setTimeout(LINGER_MS, () => socket.resetAndDestroy());
}

export class Portals {
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Map<number, net.Socket>();
  readonly #buffers = new ReceiveBuffers();
  /** Accepted before `start`: they wait. */
  readonly #early: { socket: net.Socket; portal: number }[] = [];
  #deliver: ((input: Input) => void) | null = null;
  #lastConnection = 0;

  /** Listens on all addresses or on none. @throws SettingsError in a sentence. */
  static async open(addresses: readonly Address[]): Promise<Portals> {
    const portals = new Portals();
    try {
      for (const [portal, address] of addresses.entries()) {
        const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
          portals.#accept(socket, portal);
        });
        await listen(server, address);
        portals.#servers.push(server);
      }
      return portals;
    } catch (error) {
      portals.close();
      throw error;
    }
  }

  /** What is really listened on, in the order given; the port where 0 was asked for. */
  get addresses(): readonly Address[] {
    return this.#servers.map(addressOf);
  }

  /** From now on connections become inputs. */
  start(deliver: (input: Input) => void): void {
    this.#deliver = deliver;
    for (const { socket, portal } of this.#early.splice(0)) this.#connect(socket, portal, deliver);
  }

  perform(effect: Effect): void {
    const socket = this.#sockets.get(effect.connection);
    if (socket === undefined) return;
    switch (effect.type) {
      case "send":
        return this.#send(socket, effect.connection, effect.chunks);
      case "pause":
        return void socket.pause();
      case "resume":
        return void socket.resume();
      case "close":
        return effect.how === "end" ? end(socket) : void socket.resetAndDestroy();
      default:
        unreachable(effect);
    }
  }

  /** Accepts no more connections; those there are go on. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
  }

  /** Ends everything at once. */
  close(): void {
    this.stopAccepting();
    for (const { socket } of this.#early.splice(0)) socket.resetAndDestroy();
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
  }

  #accept(socket: net.Socket, portal: number): void {
    if (this.#deliver !== null) return this.#connect(socket, portal, this.#deliver);
    socket.on("error", () => undefined);
    this.#early.push({ socket, portal });
  }

  #connect(accepted: net.Socket, portal: number, deliver: (input: Input) => void): void {
    const { remoteAddress, remotePort = 0, localAddress, localPort = 0 } = accepted;
    if (remoteAddress === undefined || localAddress === undefined) return void accepted.destroy();
    const connection = ++this.#lastConnection;
    const bytes = (chunk: Uint8Array, lease: Lease | null): void =>
      deliver({ type: "bytes", connection, chunk, lease });
    const receiver = this.#buffers.receiver();
    const taken = takeOver(accepted, receiver, bytes);
    const socket = taken ?? accepted.on("data", (chunk) => bytes(chunk, null));
    this.#sockets.set(connection, socket);
    // An error is always followed by "close", which is all that matters here.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(connection);
      receiver.close();
      deliver({ type: "disconnected", connection });
    });
    socket.resume();
    deliver({
      type: "connected",
      connection,
      portal,
      remote: formatAddress({ host: unmapped(remoteAddress), port: remotePort }),
      local: formatAddress({ host: unmapped(localAddress), port: localPort }),
    });
  }

  /** One vectored write of all chunks. Mostly the kernel takes them at once, and that is it. */
  #send(socket: net.Socket, connection: number, chunks: readonly Uint8Array[]): void {
    const last = chunks.length - 1;
    let isSent = false;
    const sent = (error?: Error | null): void => {
      if (!error && !isSent) this.#deliver?.({ type: "sent", connection, count: 1 });
      isSent = true;
    };
    socket.cork();
    for (let index = 0; index < last; index++) socket.write(chunks[index] as Uint8Array);
    socket.write(chunks[last] as Uint8Array, sent);
    socket.uncork();
    if (socket.writable && socket.writableLength === 0) sent();
  }
}
