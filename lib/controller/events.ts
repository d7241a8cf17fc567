/** All that can happen to a controller and all it can want done, on one screen. */
import type { ConnectionEffect, ConnectionInput } from "../iscsi/events";

export type Input =
  | ConnectionInput
  /** The clock reached `nextDeadline()`, or jobs are done. */
  | { readonly type: "time" }
  /** Begin an orderly end: no new logins; sessions are asked to log out, then closed. */
  | { readonly type: "stop" };

export type Effect = ConnectionEffect;
