/**
 * The response fence of a session with several connections. What it is raised for is received
 * behind every status that was sent before it and ahead of every one sent after it, though these go
 * by other connections: each side of the fence waits until the initiator says what it has got.
 *
 *   raised ──the others have acknowledged──▶ sent ──it is acknowledged──▶ lowered, what waited goes
 *
 * [RFC7143 4.2.2.3]
 */
import { serialLess } from "../base/serial-number";
import { sendPing } from "./nop";
import type { SessionConnection } from "./session-connection";

/** Sends a response behind a fence; at once in a session with one connection, which has order. */
export function sendFenced(connection: SessionConnection, send: () => void): void {
  const { session } = connection;
  if (session.fence !== null) {
    session.fence.hold(() => sendFenced(connection, send));
  } else if (connection.isEnded || session.connections.length === 1) {
    send();
  } else {
    session.fence = new ResponseFence(connection, send);
  }
}

export class ResponseFence {
  readonly #connection: SessionConnection;
  readonly #send: () => void;
  #isSent = false;
  /** The StatSN that ExpStatSN must reach, of the connections that are waited for. */
  readonly #awaited = new Map<SessionConnection, number>();
  /** Of commands that the session has admitted, which bounds them. */
  readonly #held: (() => void)[] = [];

  constructor(connection: SessionConnection, send: () => void) {
    this.#connection = connection;
    this.#send = send;
    for (const other of connection.session.connections) {
      if (other !== connection) this.#waitFor(other);
    }
  }

  /** Whether what this connection has to send must be held. */
  holdsBack(connection: SessionConnection): boolean {
    return connection !== this.#connection;
  }

  /** Keeps what sends a status until the fence is lowered. */
  hold(send: () => void): void {
    this.#held.push(send);
  }

  /** Takes the ExpStatSN of a PDU. */
  acknowledge(connection: SessionConnection, expStatSN: number): void {
    const statSN = this.#awaited.get(connection);
    if (statSN === undefined || serialLess(expStatSN, statSN)) return;
    this.leave(connection);
  }

  /** A connection is waited for no longer. */
  leave(connection: SessionConnection): void {
    this.#awaited.delete(connection);
    if (this.#awaited.size > 0) return;
    if (!this.#isSent) {
      this.#isSent = true;
      this.#send();
      if (!this.#connection.isEnded) {
        this.#waitFor(this.#connection);
        return;
      }
    }
    this.#lower();
  }

  /** The answer to a ping says what has come. [RFC7143 11.18] */
  #waitFor(connection: SessionConnection): void {
    this.#awaited.set(connection, connection.sender.statSN);
    sendPing(connection);
  }

  /** What was held may raise the next fence, and is held again then. */
  #lower(): void {
    this.#connection.session.fence = null;
    for (const send of this.#held) send();
  }
}
