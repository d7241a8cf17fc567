/** All that can happen to a controller and all it can want done, on one screen. */
import type { ConnectionEffect, ConnectionInput } from "../iscsi/events";
import type { SessionOrder } from "../iscsi/session-orders";
import type { LinkEffect, LinkInput } from "../mirror/link-events";
import type { PairAnswer, PairCommand } from "../mirror/pair-status";

export type Input =
  | ConnectionInput
  | LinkInput
  /** The clock runs: one side of a pair looks for the other. Before anything else. */
  | { readonly type: "start" }
  /** The clock reached `nextDeadline()`, or jobs are done. */
  | { readonly type: "time" }
  /** Begin an orderly end: no new logins; sessions are asked to log out, then closed. */
  | { readonly type: "stop" }
  /** An operator wants something of a session, by TSIH, or of all. */
  | {
      readonly type: "session-order";
      readonly order: SessionOrder;
      readonly session: number | null;
    }
  /** An operator asks something of a pair, by LUN; `command-end` answers under the same number. */
  | {
      readonly type: "command";
      readonly id: number;
      readonly lun: number;
      readonly command: PairCommand;
    };

export type Effect =
  | ConnectionEffect
  | LinkEffect
  | { readonly type: "command-end"; readonly id: number; readonly answer: PairAnswer };
