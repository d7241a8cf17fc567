/**
 * A session in full feature phase: who it is with, what was agreed, the order of its commands and
 * its tasks, whichever of its connections they came by. It ends with the last of these. What the
 * PDUs mean is in the files that handle them. [RFC7143 4.3]
 *
 *   (leading login) ──▶ join ──▶ … join, detach … ──▶ end: the last logged out, or one has failed
 */
import { assert } from "../base/assert";
import { getU32 } from "../base/bytes";
import { limits } from "../base/limits";
import { TagTable } from "../base/tag-table";
import type { Nexus } from "../scsi/nexus";
import type { Task } from "../scsi/task";
import { CommandWindow } from "./command-window";
import type { Context } from "./context";
import type { DataOrder } from "./data-out";
import type { Agreed, SessionType } from "./negotiation";
import { NO_TAG, type Pdu } from "./pdu";
import { SessionConnection, type SessionConnectionFields } from "./session-connection";
import type { ResponseFence } from "./response-fence";
import type { SessionIdentity } from "./sessions";
import { transferOf } from "./transfer";

/** What the leading login found out. */
export interface SessionFields extends SessionIdentity {
  readonly context: Context;
  readonly type: SessionType;
  readonly tsih: number;
  readonly agreed: Agreed;
  /** null: a discovery session. */
  readonly nexus: Nexus | null;
  readonly expCmdSN: number;
}

export class Session implements SessionIdentity {
  readonly context: Context;
  readonly initiatorName: string;
  readonly isid: string;
  readonly groupTag: number;
  readonly type: SessionType;
  readonly tsih: number;
  readonly nexus: Nexus | null;
  /** Of it the leading keys hold for all connections. */
  readonly agreed: Agreed;
  /** In which order data goes and comes. */
  readonly dataOrder: DataOrder;
  /** Those in full feature phase, the oldest first. */
  readonly connections: SessionConnection[] = [];
  /** Commands not yet run are functions here. */
  readonly window: CommandWindow<() => void>;
  /** By Initiator Task Tag. */
  readonly tasks = new TagTable<Task>(limits.commandWindow + limits.immediateCommandsMax);
  /** While it is up, what other connections than its own have to send waits. */
  fence: ResponseFence | null = null;
  isEnded = false;
  #immediateCount = 0;
  #tagsGiven = 0;

  constructor(fields: SessionFields) {
    this.context = fields.context;
    this.initiatorName = fields.initiatorName;
    this.isid = fields.isid;
    this.groupTag = fields.groupTag;
    this.type = fields.type;
    this.tsih = fields.tsih;
    this.nexus = fields.nexus;
    this.agreed = fields.agreed;
    const { DataPDUInOrder: isPduInOrder, DataSequenceInOrder: isSequenceInOrder } = fields.agreed;
    this.dataOrder = { isPduInOrder, isSequenceInOrder };
    const { expCmdSN } = fields;
    this.window = new CommandWindow({ expCmdSN, size: limits.commandWindow });
  }

  /** A connection that has logged in. */
  join(fields: SessionConnectionFields): SessionConnection {
    assert(this.connectionOf(fields.cid) === null, "one connection for each CID");
    const connection = new SessionConnection(this, fields);
    this.connections.push(connection);
    return connection;
  }

  /** Its connection of this CID. */
  connectionOf(cid: number): SessionConnection | null {
    return this.connections.find((one) => one.cid === cid) ?? null;
  }

  /** A Target Transfer Tag, none twice in four thousand million. */
  newTransferTag(): number {
    return 1 + (this.#tagsGiven++ % (NO_TAG - 1));
  }

  /** Whether the tag is one that `newTransferTag` gave; its use may be over. */
  hasGivenTransferTag(tag: number): boolean {
    return tag !== 0 && tag !== NO_TAG && tag <= this.#tagsGiven;
  }

  /**
   * Runs a command's `turn`: at once when it is immediate or the next by CmdSN, later when others
   * come before it, never when its CmdSN is outside the window. [RFC7143 4.2.2.1]
   */
  order(command: { readonly immediate: boolean; readonly cmdSN: number }, turn: () => void): void {
    const { immediate, cmdSN } = command;
    if (immediate) {
      turn();
      return;
    }
    if (!this.window.accepts(cmdSN)) return;
    if (this.window.takeNow(cmdSN)) turn();
    else this.window.put(cmdSN, turn);
    this.runTurns();
  }

  /** Runs what waited for its turn and has it now. */
  runTurns(): void {
    while (this.window.waiting > 0 && !this.isEnded) {
      const turn = this.window.take();
      if (turn === undefined) return;
      turn();
    }
  }

  /**
   * Makes room for a command that will live on: a place in the window, or one of the few for
   * immediate commands. False: there are too many of those. [RFC7143 4.2.2.1]
   */
  admit(immediate: boolean): boolean {
    if (!immediate) this.window.occupy();
    else if (this.#immediateCount === limits.immediateCommandsMax) return false;
    else this.#immediateCount++;
    return true;
  }

  /** A command that was admitted has ended. */
  dismiss(immediate: boolean): void {
    if (immediate) this.#immediateCount--;
    else this.window.vacate();
  }

  /** The task is gone: its tag may be used again. */
  forget(task: Task): void {
    const transfer = transferOf(task);
    transfer.state = "gone";
    transfer.letGo();
    this.tasks.delete(task.tag);
    this.dismiss(transfer.isImmediate);
    for (const onGone of transfer.onGone) onGone();
    if (this.isEnded && this.tasks.size === 0) this.context.sessions.forget(this);
  }

  /** Ends a task without a word to the initiator. */
  drop(task: Task): void {
    this.forget(task);
    task.release?.("dropped");
  }

  /**
   * Ends tasks without a word to the initiator; calls `onDone` when the last has ended, possibly
   * before this returns.
   */
  terminate(isCovered: (task: Task) => boolean, onDone: () => void): void {
    let busy = 1;
    const done = (): void => {
      if (--busy === 0) onDone();
    };
    for (const task of this.tasks.values()) {
      const { state } = transferOf(task);
      if (state === "gone" || !isCovered(task)) continue;
      if (state !== "running") {
        this.drop(task);
        continue;
      }
      busy++;
      this.context.deviceServer.taskManagementReceived({
        function: "abort-task",
        nexus: task.nexus,
        lun: task.lun,
        referencedTag: task.tag,
        onDone: done,
      });
    }
    done();
  }

  /** Takes out a connection that is logged out, and terminates its tasks. [RFC7143 7.6, 11.14] */
  detach(connection: SessionConnection): void {
    if (connection.isEnded) return;
    retire(connection);
    this.connections.splice(this.connections.indexOf(connection), 1);
    this.terminate(
      (task) => transferOf(task).connection === connection,
      () => undefined,
    );
    this.fence?.leave(connection);
  }

  /**
   * A connection has failed. What this session can do then is session recovery: it ends, and all
   * its connections are closed. [RFC7143 7.1.4.4, 7.14]
   */
  fail(connection: SessionConnection, reason: string): void {
    if (connection.isEnded) return;
    const others = this.connections.filter((one) => one !== connection);
    this.#end(reason);
    for (const { carrier } of others) carrier.close("end", reason);
  }

  /** Ends the session and closes its connections; `"end"` sends first what is queued. */
  close(how: "end" | "reset", reason: string): void {
    const all = [...this.connections];
    this.#end(reason);
    for (const { carrier } of all) carrier.close(how, reason);
  }

  /** Ends the session and its nexus. Tasks the SCSI layer has end when it says so. */
  #end(reason: string): void {
    if (this.isEnded) return;
    const { sessions, deviceServer, trace } = this.context;
    this.isEnded = true;
    sessions.remove(this);
    for (const connection of this.connections) retire(connection);
    this.connections.length = 0;
    this.fence = null;
    for (const task of this.tasks.values()) {
      if (transferOf(task).state !== "running") this.drop(task);
    }
    if (this.nexus !== null) deviceServer.nexusLost(this.nexus);
    if (this.tasks.size === 0) sessions.forget(this);
    trace({ type: "session-ended", session: this.tsih, reason });
  }

  /** What must hold between inputs. @throws Error when it does not. */
  invariants(): void {
    assert(this.connections.length > 0, "a session has a connection");
    for (const task of this.tasks.values()) {
      const { state } = transferOf(task);
      assert(this.tasks.get(task.tag) === task, "a task stands under its tag");
      assert(state !== "gone", "a task that is gone is not remembered");
      assert(!this.isEnded || state === "running", "only running tasks outlive a session");
    }
  }
}

/** It has left its session. */
function retire(connection: SessionConnection): void {
  connection.isEnded = true;
  connection.texts.clear();
  connection.sender.unacknowledged?.clear();
}

/** Where CmdSN stands in every command PDU. */
export const CMD_SN_OFFSET = 24;

/** What puts a command PDU in order. */
export function orderOf(pdu: Pdu): { readonly immediate: boolean; readonly cmdSN: number } {
  return { immediate: pdu.immediate, cmdSN: getU32(pdu.bhs, CMD_SN_OFFSET) };
}
