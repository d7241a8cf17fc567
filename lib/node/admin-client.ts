/** The asking end of the administration socket: one request, one answer, errors in a sentence. */
import * as net from "node:net";
import type { PairAnswer } from "../mirror/pair-status";
import { stepRowsFrom, type StepRow } from "../mirror/step-log";
import type { AdminAnswer, AdminRequest, AdminStatus, SessionRow, StepsRequest } from "./admin";
import { SettingsError } from "./settings-error";

const SILENCE_MS = 10_000;
/** Far more than the longest answer has. */
const ANSWER_MAX = 64 * 2 ** 20;
const NOT_OURS = "something answers there that is not twinlun";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "Nobody listens",
  ECONNREFUSED: "Nobody listens",
  EACCES: "This user may not ask",
  EPERM: "This user may not ask",
};

function failure(path: string, { code = "", message }: NodeJS.ErrnoException): SettingsError {
  const what = WORDS[code];
  if (what === undefined) return new SettingsError(`Cannot ask at ${path}: ${message}.`);
  const hint = "is twinlun serving a pair, and with this --admin-socket or --conf?";
  return new SettingsError(`${what} at ${path}: ${hint}`);
}

async function ask(path: string, request: AdminRequest): Promise<AdminAnswer> {
  const line = await new Promise<string>((resolve, reject) => {
    const socket = net.connect({ path });
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error("no answer came")));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > ANSWER_MAX) socket.destroy(new Error(NOT_OURS));
    });
    socket.on("error", (error) => reject(failure(path, error)));
    socket.on("close", () => resolve(text));
    socket.write(`${JSON.stringify(request)}\n`);
  });
  if (line === "") throw new SettingsError(`Cannot ask at ${path}: no answer came.`);
  const answer = answerOf(line);
  if (answer !== null) return answer;
  throw new SettingsError(`Cannot ask at ${path}: ${NOT_OURS}.`);
}

/** null: none of ours. What is inside is as this program's other end says it. */
function answerOf(line: string): AdminAnswer | null {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof raw !== "object" || raw === null) return null;
  const { ok, text, sides, steps, sessions } = raw as Readonly<Record<string, unknown>>;
  const isOurs =
    (typeof ok === "boolean" && typeof text === "string") ||
    (Array.isArray(sides) && sides.every(hasVolumes)) ||
    Array.isArray(steps) ||
    (Array.isArray(sessions) && sessions.every(isRecord));
  return isOurs ? (raw as AdminAnswer) : null;
}

function hasVolumes(side: unknown): boolean {
  const { volumes } = (side ?? {}) as Readonly<Record<string, unknown>>;
  return Array.isArray(volumes) && volumes.every(isRecord);
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function otherAnswer(path: string, answer: AdminAnswer): SettingsError {
  const why = "ok" in answer ? answer.text : "it answers something else.";
  return new SettingsError(`Cannot ask at ${path}: ${why}`);
}

/** @throws SettingsError in a sentence. */
export async function askStatus(path: string): Promise<AdminStatus> {
  const answer = await ask(path, { command: "status" });
  if ("sides" in answer) return answer;
  throw otherAnswer(path, answer);
}

/** @throws SettingsError in a sentence. */
export async function askToDo(
  path: string,
  request: AdminRequest & { command: "pair" | "session" },
): Promise<PairAnswer> {
  const answer = await ask(path, request);
  if ("ok" in answer) return answer;
  throw otherAnswer(path, answer);
}

/** @throws SettingsError in a sentence. */
export async function askSessions(path: string): Promise<readonly SessionRow[]> {
  const answer = await ask(path, { command: "sessions" });
  if ("sessions" in answer) return answer.sessions;
  throw otherAnswer(path, answer);
}

/** @throws SettingsError in a sentence. */
export async function askSteps(
  path: string,
  request: Omit<StepsRequest, "command">,
): Promise<readonly StepRow[]> {
  const answer = await ask(path, { command: "steps", ...request });
  const rows = "steps" in answer ? stepRowsFrom(answer.steps) : null;
  if (rows !== null) return rows;
  throw otherAnswer(path, answer);
}
