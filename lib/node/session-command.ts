/**
 * `twinlun session`: lists the sessions of a running process, or has one ended or asked something.
 * The exit code is what it returns.
 */
import type { SessionOrder } from "../iscsi/session-orders";
import type { SessionRow } from "./admin";
import { askSessions, askToDo } from "./admin-client";
import type { Terminal } from "./pair-command";
import { tableText } from "./status-text";

const EXIT_OK = 0;
/** There is no such session. */
const EXIT_NOT_SO = 1;

export type SessionAction =
  | { readonly type: "list"; readonly isJson: boolean }
  /** `session`: one by its id; null: all. */
  | { readonly type: SessionOrder; readonly session: string | null };

export async function runSession(
  socket: string,
  action: SessionAction,
  terminal: Terminal,
): Promise<number> {
  if (action.type === "list") {
    const sessions = await askSessions(socket);
    terminal.out(action.isJson ? `${JSON.stringify(sessions, null, 2)}\n` : tableOf(sessions));
    return EXIT_OK;
  }
  const { type: order, session } = action;
  const { ok, text } = await askToDo(socket, { command: "session", order, session });
  (ok ? terminal.out : terminal.err)(`${order}: ${text}\n`);
  return ok ? EXIT_OK : EXIT_NOT_SO;
}

/** One line for each connection; the tasks are the session's. */
const HEAD = ["SESSION", "TYPE", "INITIATOR", "ISID", "CID", "FROM", "PORTAL", "TASKS"];

function tableOf(sessions: readonly SessionRow[]): string {
  const rows = sessions.flatMap(({ id, type, initiatorName, isid, connections, taskCount }) =>
    connections.map(({ cid, remote, portal }) => [
      ...[id, type, initiatorName, isid, String(cid), remote, portal],
      String(taskCount),
    ]),
  );
  return tableText([HEAD, ...rows]);
}
