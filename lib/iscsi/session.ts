/**
 * A session in full feature phase: who it is with, what was agreed, the order of its commands and
 * its tasks. One connection carries it (MaxConnections=1), so both end together. What the PDUs mean
 * is in the files that handle them. [RFC7143 4.3]
 */
import { assert } from "../base/assert";
import { getU32 } from "../base/bytes";
import { limits } from "../base/limits";
import { TagTable } from "../base/tag-table";
import type { Nexus } from "../scsi/nexus";
import type { Task } from "../scsi/task";
import { CommandWindow } from "./command-window";
import type { Portal } from "./config";
import type { Context } from "./context";
import type { DataOrder } from "./data-out";
import type { Agreed, SessionType } from "./negotiation";
import type { Outbox } from "./outbox";
import { NO_TAG, type Pdu } from "./pdu";
import { Sender } from "./sender";
import type { SessionIdentity } from "./sessions";
import type { TextExchange } from "./text-exchange";
import type { Timers } from "./timers";
import { transferOf } from "./transfer";
import { Unacknowledged } from "./unacknowledged";

/** What a session needs of its connection. */
export interface Carrier {
  readonly id: number;
  /** The initiator's address and the address it came to. */
  readonly remote: string;
  readonly local: string;
  readonly portal: Portal;
  readonly outbox: Outbox;
  readonly timers: Timers;
  /** Says that there is something to send in this turn. */
  touch(): void;
  /** Ends the connection and with it the session; `"end"` sends first what is queued. */
  close(how: "end" | "reset", reason: string): void;
}

/** What login found out. */
export interface SessionFields extends SessionIdentity {
  readonly context: Context;
  readonly connection: Carrier;
  readonly type: SessionType;
  readonly tsih: number;
  readonly cid: number;
  readonly agreed: Agreed;
  /** null: a discovery session. */
  readonly nexus: Nexus | null;
  readonly expCmdSN: number;
  readonly statSN: number;
}

export class Session implements SessionIdentity {
  readonly context: Context;
  readonly connection: Carrier;
  readonly initiatorName: string;
  readonly isid: string;
  readonly groupTag: number;
  readonly type: SessionType;
  readonly tsih: number;
  readonly cid: number;
  readonly nexus: Nexus | null;
  agreed: Agreed;
  /** In which order data goes and comes. */
  readonly dataOrder: DataOrder;
  readonly sender: Sender;
  /** Commands not yet run are functions here. */
  readonly window: CommandWindow<() => void>;
  /** By Initiator Task Tag. */
  readonly tasks = new TagTable<Task>(limits.commandWindow + limits.immediateCommandsMax);
  /** Text exchanges under way, by Initiator Task Tag. */
  readonly texts = new Map<number, TextExchange>();
  isEnded = false;
  #immediateCount = 0;
  #tagsGiven = 0;

  constructor(fields: SessionFields) {
    const { context, connection, expCmdSN, statSN } = fields;
    this.context = context;
    this.connection = connection;
    this.initiatorName = fields.initiatorName;
    this.isid = fields.isid;
    this.groupTag = fields.groupTag;
    this.type = fields.type;
    this.tsih = fields.tsih;
    this.cid = fields.cid;
    this.nexus = fields.nexus;
    this.agreed = fields.agreed;
    const { DataPDUInOrder: isPduInOrder, DataSequenceInOrder: isSequenceInOrder } = fields.agreed;
    this.dataOrder = { isPduInOrder, isSequenceInOrder };
    this.window = new CommandWindow({ expCmdSN, size: limits.commandWindow });
    const touch = (): void => connection.touch();
    const { outbox } = connection;
    const unacknowledged =
      fields.agreed.ErrorRecoveryLevel === 0
        ? null
        : new Unacknowledged({ statSN, bytes: context.kept });
    this.sender = new Sender({ outbox, window: this.window, statSN, touch, unacknowledged });
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

  /** Ends the session and its nexus. Tasks the SCSI layer has end when it says so. */
  end(reason: string): void {
    if (this.isEnded) return;
    const { sessions, deviceServer, trace } = this.context;
    this.isEnded = true;
    sessions.remove(this);
    this.texts.clear();
    this.sender.unacknowledged?.clear();
    for (const task of this.tasks.values()) {
      if (transferOf(task).state !== "running") this.drop(task);
    }
    if (this.nexus !== null) deviceServer.nexusLost(this.nexus);
    if (this.tasks.size === 0) sessions.forget(this);
    trace({ type: "session-ended", session: this.tsih, reason });
  }

  /** What must hold between inputs. @throws Error when it does not. */
  invariants(): void {
    for (const task of this.tasks.values()) {
      const { state } = transferOf(task);
      assert(this.tasks.get(task.tag) === task, "a task stands under its tag");
      assert(state !== "gone", "a task that is gone is not remembered");
      assert(!this.isEnded || state === "running", "only running tasks outlive a session");
    }
  }
}

/** What puts a command PDU in order; CmdSN stands at the same place in all of them. */
export function orderOf(pdu: Pdu): { readonly immediate: boolean; readonly cmdSN: number } {
  return { immediate: pdu.immediate, cmdSN: getU32(pdu.bhs, 24) };
}
