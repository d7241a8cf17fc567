/**
 * `twinlun status` and `twinlun pair`: asks a running process, waits until what was asked has come
 * about, and tells how far it is meanwhile. The exit code is what they return.
 */
import type { PairCommand, VolumeStatus } from "../mirror/pair-status";
import { askToDo, askStatus } from "./admin-client";
import { progressText, statusTable, verifyText } from "./status-text";

/** It was answered; what was asked has come about. */
const EXIT_OK = 0;
/** It was refused, or has not come about. */
const EXIT_NOT_SO = 1;

const POLL_MS = 250;
/** Nothing seems to come of it: see `outcomeOf`. */
const PATIENCE_MS = 10_000;

export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** How far it is, and what went wrong. */
  err(text: string): void;
  wait(ms: number): Promise<void>;
}

export async function runStatus(
  options: { readonly socket: string; readonly isJson: boolean },
  terminal: Terminal,
): Promise<number> {
  const status = await askStatus(options.socket);
  const text = options.isJson ? `${JSON.stringify(status, null, 2)}\n` : statusTable(status);
  terminal.out(text);
  return EXIT_OK;
}

function isMirrored({ state, standing }: VolumeStatus): boolean {
  return state === "PAIR" && standing === "mirrored";
}

export interface PairOrder {
  readonly socket: string;
  readonly action: PairCommand;
  /** null: all units. */
  readonly lun: number | null;
  /** Whether to stay until it has come about. */
  readonly isWaiting: boolean;
}

/** Runs the command on one unit after the other, and ends at the first that does not get there. */
export async function runPair(order: PairOrder, terminal: Terminal): Promise<number> {
  const status = await askStatus(order.socket);
  const all = status.sides.flatMap((side) => side.volumes.map((volume) => volume.number));
  const luns = order.lun === null ? [...new Set(all)].sort((a, b) => a - b) : [order.lun];
  for (const lun of luns) {
    const code = await runOne(order, lun, terminal);
    if (code !== EXIT_OK) return code;
  }
  return EXIT_OK;
}

async function volumesOf(socket: string, lun: number): Promise<readonly VolumeStatus[]> {
  const { sides } = await askStatus(socket);
  return sides.flatMap((side) => side.volumes.filter((volume) => volume.number === lun));
}

async function runOne(order: PairOrder, lun: number, terminal: Terminal): Promise<number> {
  const { socket, action } = order;
  const before = await volumesOf(socket, lun);
  const answer = await askToDo(socket, { command: "pair", lun, action });
  (answer.ok ? terminal.out : terminal.err)(`LUN ${lun}: ${answer.text}\n`);
  if (!answer.ok) return EXIT_NOT_SO;
  if (!order.isWaiting) return EXIT_OK;
  let told = "";
  for (let idleMs = 0; idleMs < PATIENCE_MS; idleMs += POLL_MS) {
    const now = await volumesOf(socket, lun);
    const outcome = outcomeOf(action, before, now);
    if (outcome !== null) {
      (outcome.ok ? terminal.out : terminal.err)(`LUN ${lun}: ${outcome.text}\n`);
      return outcome.ok ? EXIT_OK : EXIT_NOT_SO;
    }
    const [progress] = now.flatMap(({ resync, verify }) => resync ?? verify ?? []);
    if (progress !== undefined) {
      idleMs = 0;
      const line = `LUN ${lun}: ${progressText(progress)}\n`;
      if (line !== told) terminal.err(line);
      told = line;
    }
    await terminal.wait(POLL_MS);
  }
  const [volume] = await volumesOf(socket, lun);
  terminal.err(
    `LUN ${lun}: ${volume?.problem ?? `nothing happens; the state is ${volume?.state}`}\n`,
  );
  return EXIT_NOT_SO;
}

/** How it ended; null: not yet. */
export function outcomeOf(
  action: PairCommand,
  before: readonly VolumeStatus[],
  now: readonly VolumeStatus[],
): { readonly ok: boolean; readonly text: string } | null {
  const states = now.map(({ side, role, state }) => `side ${side} ${role} ${state}`).join(", ");
  const isBusy = now.some(({ resync, verify }) => resync !== null || verify !== null);
  const ended = { ok: true, text: states };
  switch (action.type) {
    case "create":
    case "resync":
      return !isBusy && now.every(isMirrored) ? ended : null;
    case "alone":
      return now.some(({ standing }) => standing === "alone") ? ended : null;
    case "split":
      return now.some(({ state }) => state === "PAIR" || state === "COPY") ? null : ended;
    case "swap": {
      const roles = before.map(({ role }) => role);
      return now.some(({ role }, index) => role === roles[index]) ? null : ended;
    }
    case "verify": {
      const results = now.flatMap(({ lastVerify }) => lastVerify ?? []);
      const [result] = results;
      if (isBusy || result === undefined) return null;
      const isFound = result.isComplete && result.differingBytes > 0;
      const isRepaired = now.every((one) => isMirrored(one) && one.differingBytes === 0);
      if (action.isRepairing && isFound && !isRepaired) return null;
      const isEqual = result.isComplete && (result.differingBytes === 0 || action.isRepairing);
      const ranges = result.ranges.map(({ lba, blockCount }) => `${lba}+${blockCount}`);
      const where = ranges.length === 0 ? "" : `; blocks ${ranges.join(", ")}`;
      return { ok: isEqual, text: `${verifyText(result)}${where}` };
    }
  }
}
