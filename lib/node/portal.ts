/**
 * The sockets: listening portals and the connections they accept, turned into the controller's
 * inputs, and its effects done on them. It never looks into the bytes.
 */
import * as net from "node:net";
import { unreachable } from "../base/assert";
import type { Lease } from "../base/lease";
import type { ConnectionEffect, ConnectionInput } from "../iscsi/events";
import { formatAddress, type Address } from "./formats";
import { ReceiveBuffers } from "./receive-buffers";
import { listen, takeOver, writeChunks } from "./sockets";

/** How long the other side may take to close a connection that we ended. */
const LINGER_MS = 2000;

function addressOf(server: net.Server): Address {
  const { address: host, port } = server.address() as net.AddressInfo;
  return { host, port };
}

/** An IPv4 initiator at an IPv6 socket has a mapped address: said as IPv4. */
function unmapped(host: string): string {
  return host.startsWith("::ffff:") && host.includes(".") ? host.slice(7) : host;
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
  #deliver: ((input: ConnectionInput) => void) | null = null;
  #firstPortal = 0;
  #lastConnection = 0;

  /** Listens on all addresses or on none. @throws SettingsError in a sentence. */
  static async open(addresses: readonly Address[]): Promise<Portals> {
    const portals = new Portals();
    try {
      for (const [portal, address] of addresses.entries()) {
        const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
          portals.#accept(socket, portal);
        });
        await listen(server, { kind: "tcp", ...address });
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

  /** From now on connections become inputs; `firstPortal`: the number of the first address. */
  start(deliver: (input: ConnectionInput) => void, firstPortal = 0): void {
    this.#deliver = deliver;
    this.#firstPortal = firstPortal;
    for (const { socket, portal } of this.#early.splice(0)) this.#connect(socket, portal, deliver);
  }

  perform(effect: ConnectionEffect): void {
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

  #connect(accepted: net.Socket, portal: number, deliver: (input: ConnectionInput) => void): void {
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
      portal: this.#firstPortal + portal,
      remote: formatAddress({ host: unmapped(remoteAddress), port: remotePort }),
      local: formatAddress({ host: unmapped(localAddress), port: localPort }),
    });
  }

  #send(socket: net.Socket, connection: number, chunks: readonly Uint8Array[]): void {
    writeChunks(socket, chunks, () => this.#deliver?.({ type: "sent", connection, count: 1 }));
  }
}
