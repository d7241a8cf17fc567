/**
 * The iSCSI target: connections in, tasks down to the SCSI layer, effects out. It finds the
 * connection or the session an event is for; what happens there is theirs.
 */
import { assert, unreachable } from "../base/assert";
import { limits } from "../base/limits";
import type { Task } from "../scsi/task";
import type { DeviceServer, TransportServices } from "../scsi/transport";
import type { IscsiConfig, IscsiPorts } from "./config";
import { Connection } from "./connection";
import type { Context } from "./context";
import { completeTask, receiveDataOut } from "./data-out-phase";
import type { ConnectionEffect, ConnectionInput } from "./events";
import type { Digest, SessionType } from "./negotiation";
import { PayloadBudget } from "./payload-budget";
import { type SessionOrder, carryOutOrder } from "./session-orders";
import { Sessions } from "./sessions";
import { Deadlines } from "./timers";
import { KeptBytes } from "./unacknowledged";

/** What can be told of a session's connection. */
export interface ConnectionStatus {
  readonly connection: number;
  readonly cid: number;
  readonly remote: string;
  /** `address:port` of the portal. */
  readonly portal: string;
  readonly headerDigest: Digest;
  readonly dataDigest: Digest;
}

/** What can be told of a session to those who look from outside. */
export interface SessionStatus {
  readonly tsih: number;
  readonly type: SessionType;
  readonly initiatorName: string;
  /** 12 hexadecimal digits. */
  readonly isid: string;
  readonly connections: readonly ConnectionStatus[];
  /** Tasks not yet answered. */
  readonly taskCount: number;
}

/** Tasks of one session that may wait for room for their data. */
const WAITERS_PER_SESSION = limits.commandWindow + limits.immediateCommandsMax;

export class IscsiTarget implements TransportServices {
  readonly #config: IscsiConfig;
  readonly #ports: IscsiPorts;
  readonly #connections = new Map<number, Connection>();
  /** Connections with something to send in this turn, in order. */
  readonly #touched: Connection[] = [];
  /** Connections that there is no room for. */
  readonly #refused: number[] = [];
  #context: Context | null = null;

  constructor(options: { config: IscsiConfig; ports: IscsiPorts }) {
    this.#config = options.config;
    this.#ports = options.ports;
  }

  /** Says who executes the commands. Once, before any input. */
  attach(deviceServer: DeviceServer): void {
    assert(this.#context === null, "a target has one device server");
    this.#context = {
      config: this.#config,
      ports: this.#ports,
      trace: this.#ports.trace,
      deviceServer,
      sessions: new Sessions(),
      payload: new PayloadBudget({
        limit: limits.payloadMax,
        waitersMax: WAITERS_PER_SESSION * limits.sessionsMax,
      }),
      kept: new KeptBytes(),
      deadlines: new Deadlines(),
      nowMs: 0,
      isStopping: false,
    };
  }

  /** Takes an input. What it leads to is got by `drain`. */
  handle(input: ConnectionInput, nowMs: number): void {
    this.#attached().nowMs = nowMs;
    const connection = this.#connections.get(input.connection);
    switch (input.type) {
      case "connected":
        this.#connected(input);
        break;
      case "bytes":
        connection?.receive(input.chunk, input.lease);
        break;
      case "sent":
        connection?.sent(input.count);
        break;
      case "disconnected":
        this.#connections.delete(input.connection);
        connection?.disconnected();
        break;
      default:
        unreachable(input);
    }
  }

  /** Lets timers run out that are due. */
  time(nowMs: number): void {
    const context = this.#attached();
    context.nowMs = nowMs;
    for (;;) {
      const timers = context.deadlines.due(nowMs);
      if (timers === null) return;
      const name = timers.expired(nowMs);
      if (name !== null) this.#connections.get(timers.connection)?.expire(name);
      context.deadlines.requeue(timers);
    }
  }

  /** No new logins; initiators are asked to log out, and closed when they do not. */
  stop(nowMs: number): void {
    const context = this.#attached();
    context.nowMs = nowMs;
    context.isStopping = true;
    for (const connection of this.#connections.values()) connection.stop();
  }

  /** Does what an operator wants of one session, or of all. */
  order(order: SessionOrder, tsih: number | null, nowMs: number): void {
    const context = this.#attached();
    context.nowMs = nowMs;
    for (const session of [...context.sessions.all()]) {
      if (tsih === null || session.tsih === tsih) carryOutOrder(session, order);
    }
  }

  /** No connections are left. */
  get isIdle(): boolean {
    return this.#connections.size === 0;
  }

  /** Hands out what is to be done, at most one `send` for each connection. */
  drain(sink: (effect: ConnectionEffect) => void): void {
    for (const connection of this.#refused) sink({ type: "close", connection, how: "reset" });
    for (const connection of this.#touched) connection.drain(sink);
    // Most turns end with one touched and none refused: setting lengths would cost them more.
    while (this.#refused.length > 0) this.#refused.pop();
    while (this.#touched.length > 0) this.#touched.pop();
  }

  /** Milliseconds, Infinity when no timer is armed. May be early, never late. */
  nextDeadline(): number {
    return this.#attached().deadlines.next();
  }

  receiveDataOut(task: Task): void {
    receiveDataOut(this.#attached().sessions.ofNexus(task.nexus), task);
  }

  sendCommandComplete(task: Task): void {
    completeTask(this.#attached().sessions.ofNexus(task.nexus), task);
  }

  /** The sessions as they are now. */
  sessions(): readonly SessionStatus[] {
    return [...this.#attached().sessions.all()].map((session) => ({
      tsih: session.tsih,
      type: session.type,
      initiatorName: session.initiatorName,
      isid: session.isid,
      connections: session.connections.map(({ carrier, cid, agreed }) => ({
        connection: carrier.id,
        cid,
        remote: carrier.remote,
        portal: carrier.portal.address,
        headerDigest: agreed.HeaderDigest,
        dataDigest: agreed.DataDigest,
      })),
      taskCount: session.tasks.size,
    }));
  }

  /** Bytes solicited for writes and not yet stored. */
  get solicitedBytes(): number {
    return this.#attached().payload.reserved;
  }

  /** Bytes kept for initiators that may ask for them again. */
  get keptBytes(): number {
    return this.#attached().kept.count;
  }

  /** What must hold between inputs. @throws Error when it does not. */
  invariants(): void {
    const { sessions, payload, kept } = this.#attached();
    for (const session of sessions.all()) session.invariants();
    assert(sessions.count <= this.#connections.size, "a session has a connection");
    assert(!sessions.isQuiet || payload.reserved === 0, "no data is solicited for nobody");
    assert(!sessions.isQuiet || kept.count === 0, "nothing is kept for nobody");
  }

  #connected(input: ConnectionInput & { type: "connected" }): void {
    const context = this.#attached();
    const { connection: id, remote, local } = input;
    const portal = this.#config.portals[input.portal];
    assert(portal !== undefined, "a connection comes by a configured portal");
    assert(!this.#connections.has(id), "a connection is new once");
    if (this.#connections.size >= limits.connectionsMax || context.isStopping) {
      this.#refused.push(id);
      return;
    }
    this.#makeRoomForLogin();
    const touched = this.#touched;
    this.#connections.set(id, new Connection({ id, remote, local, portal, context, touched }));
  }

  /**
   * Where too many connections have not finished their login, the oldest of them goes: it has had
   * its time, and whoever opens connections by the thousand keeps nobody else out.
   */
  #makeRoomForLogin(): void {
    const inLogin = [...this.#connections.values()].filter((one) => one.isInLogin);
    if (inLogin.length >= limits.connectionsInLoginMax) {
      inLogin[0]?.close("reset", "too many connections in login");
    }
  }

  #attached(): Context {
    assert(this.#context !== null, "a device server is attached first");
    return this.#context;
  }
}
