/**
 * A connection of a session in full feature phase: what is its own and not the session's, which is
 * its CID, its StatSN, its digests and lengths, and its text exchanges. Commands are allegiant to
 * the connection they came by: all that is sent for them goes out there. [RFC7143 4.2.5.1]
 */
import type { Portal } from "./config";
import type { Agreed } from "./negotiation";
import type { Outbox } from "./outbox";
import { Sender } from "./sender";
import type { Session } from "./session";
import type { TextExchange } from "./text-exchange";
import type { Timers } from "./timers";
import { Unacknowledged } from "./unacknowledged";

/** What it needs of the connection that its bytes come and go by. */
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
  /** Ends the connection; `"end"` sends first what is queued. */
  close(how: "end" | "reset", reason: string): void;
}

/** What its login found out. */
export interface SessionConnectionFields {
  readonly carrier: Carrier;
  readonly cid: number;
  readonly agreed: Agreed;
  readonly statSN: number;
}

export class SessionConnection {
  readonly session: Session;
  readonly carrier: Carrier;
  readonly cid: number;
  /** The session's keys and its own. */
  agreed: Agreed;
  readonly sender: Sender;
  /** Text exchanges under way, by Initiator Task Tag. */
  readonly texts = new Map<number, TextExchange>();
  /** It has left its session, or that has ended: nothing more is sent by it. */
  isEnded = false;

  constructor(session: Session, fields: SessionConnectionFields) {
    const { carrier, statSN } = fields;
    this.session = session;
    this.carrier = carrier;
    this.cid = fields.cid;
    this.agreed = fields.agreed;
    const touch = (): void => carrier.touch();
    const { outbox } = carrier;
    const { context, window } = session;
    const unacknowledged =
      fields.agreed.ErrorRecoveryLevel === 0
        ? null
        : new Unacknowledged({ statSN, bytes: context.kept });
    this.sender = new Sender({ outbox, window, statSN, touch, unacknowledged });
  }

  /** As `Session.order`, for a command that is dropped when the connection ends before its turn. */
  order(command: { readonly immediate: boolean; readonly cmdSN: number }, turn: () => void): void {
    this.session.order(command, () => {
      if (!this.isEnded) turn();
    });
  }
}
