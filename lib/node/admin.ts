/**
 * The local administration socket: one JSON request in a line, one JSON answer in a line, and the
 * connection is over. Here are the words that both ends use, and the serving end.
 */
import * as net from "node:net";
import { limits } from "../base/limits";
import { SESSION_ORDERS, type SessionOrder } from "../iscsi/session-orders";
import type { SessionStatus } from "../iscsi/target";
import type { Side } from "../mirror/config";
import type { StepRow } from "../mirror/step-log";
import type { PairAnswer, PairCommand, VolumeStatus } from "../mirror/pair-status";
import { listen } from "./sockets";

export type AdminRequest =
  | { readonly command: "status" }
  | { readonly command: "pair"; readonly lun: number; readonly action: PairCommand }
  | { readonly command: "sessions" }
  /** `session`: as `SessionRow.id`; null: all of this process. */
  | {
      readonly command: "session";
      readonly order: SessionOrder;
      readonly session: string | null;
    }
  | StepsRequest;

/** What is remembered of the last commands at each side, and of those that are named. */
export interface StepsRequest {
  readonly command: "steps";
  readonly last: number;
  readonly commands: readonly number[];
}

/** What one controller of this process says. Numbers that JSON has not (Infinity) come as null. */
export interface SideStatus {
  readonly side: Side;
  readonly portals: readonly string[];
  /** Sessions of initiators. */
  readonly sessions: number;
  readonly volumes: readonly VolumeStatus[];
}

export interface AdminStatus {
  readonly target: string;
  readonly pid: number;
  /** The sides that this process has. */
  readonly sides: readonly SideStatus[];
}

export interface AdminSteps {
  /** Of all sides of this process. */
  readonly steps: readonly StepRow[];
}

/** A session as an operator sees it. */
export interface SessionRow extends SessionStatus {
  /** Side and TSIH. */
  readonly id: string;
  readonly side: Side;
}

export interface AdminSessions {
  /** Of all sides of this process. */
  readonly sessions: readonly SessionRow[];
}

export type AdminAnswer = AdminStatus | PairAnswer | AdminSteps | AdminSessions;

const SILENCE_MS = 5000;

type Raw = Readonly<Record<string, unknown>>;

const REFUSED: PairAnswer = { ok: false, text: "The request is none that is known." };

function isSide(raw: unknown): raw is Side {
  return raw === 1 || raw === 2;
}

/** Each action from what JSON gave; null: it is none. */
const ACTIONS: Readonly<Record<PairCommand["type"], (raw: Raw) => PairCommand | null>> = {
  create: ({ source = null }) => withSource("create", source),
  alone: () => ({ type: "alone" }),
  split: () => ({ type: "split" }),
  resync: ({ source = null }) => withSource("resync", source),
  verify: ({ isRepairing = false }) =>
    typeof isRepairing === "boolean" ? { type: "verify", isRepairing } : null,
  swap: () => ({ type: "swap" }),
};

function withSource(type: "create" | "resync", source: unknown): PairCommand | null {
  return source === null || isSide(source) ? { type, source } : null;
}

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly PairCommand["type"][];

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** null: no request of ours. */
export function parseRequest(line: string): AdminRequest | null {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(raw)) return null;
  if (raw["command"] === "status") return { command: "status" };
  if (raw["command"] === "sessions") return { command: "sessions" };
  if (raw["command"] === "session") return sessionRequestOf(raw);
  if (raw["command"] === "steps") return stepsRequestOf(raw);
  const { command, lun, action } = raw;
  if (command !== "pair" || !Number.isInteger(lun) || !isRecord(action)) return null;
  const { type } = action;
  const known = ACTION_NAMES.find((name) => name === type);
  const parsed = known === undefined ? null : ACTIONS[known](action);
  return parsed === null ? null : { command, lun: lun as number, action: parsed };
}

function sessionRequestOf({ order, session = null }: Raw): AdminRequest | null {
  const known = SESSION_ORDERS.find((one) => one === order);
  if (known === undefined || (session !== null && typeof session !== "string")) return null;
  return { command: "session", order: known, session };
}

/** Two sides' last commands may be asked for by name. */
export const NAMED_MAX = 2 * limits.tracedCommandsMax;

function stepsRequestOf({ last, commands }: Raw): StepsRequest | null {
  if (!isCount(last) || last > limits.tracedCommandsMax) return null;
  if (!Array.isArray(commands) || commands.length > NAMED_MAX) return null;
  return commands.every(isCount) ? { command: "steps", last, commands } : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export class AdminServer {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #answer: ((request: AdminRequest) => Promise<AdminAnswer>) | null = null;

  private constructor() {
    // A request may end its own half of the connection; the answer comes all the same.
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = limits.adminConnectionsMax;
  }

  /** @throws SettingsError in a sentence. */
  static async open(path: string): Promise<AdminServer> {
    const admin = new AdminServer();
    await listen(admin.#server, { kind: "unix", path });
    return admin;
  }

  start(answer: (request: AdminRequest) => Promise<AdminAnswer>): void {
    this.#answer = answer;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= limits.adminRequestMax) return;
      socket.removeAllListeners("data").resume();
      socket.setTimeout(0);
      void this.#respond(socket, end < 0 ? "" : text.slice(0, end));
    });
    socket.on("end", () => {
      if (!text.includes("\n")) socket.destroy();
    });
  }

  async #respond(socket: net.Socket, line: string): Promise<void> {
    const request = parseRequest(line);
    const answer =
      request === null || this.#answer === null ? REFUSED : await this.#answer(request);
    socket.end(`${JSON.stringify(answer)}\n`);
  }
}
