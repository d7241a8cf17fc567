/** What a controller tells about itself: a closed union, so that a reader sees all of it here. */

export type TraceEvent =
  | { readonly type: "connection-opened"; connection: number; remote: string; portal: string }
  | { readonly type: "connection-closed"; connection: number; reason: string }
  | {
      readonly type: "login";
      connection: number;
      initiatorName: string;
      session: number;
      /** null: a discovery session. */
      target: string | null;
    }
  | { readonly type: "login-failed"; connection: number; status: number; reason: string }
  | { readonly type: "logout"; connection: number; session: number }
  | { readonly type: "session-ended"; session: number; reason: string }
  | { readonly type: "reject"; connection: number; reason: number; detail: string }
  | {
      readonly type: "check-condition";
      lun: number;
      command: string;
      sense: string;
      initiatorName: string;
    }
  | {
      readonly type: "reservation-conflict";
      lun: number;
      command: string;
      initiatorName: string;
      holder: string;
    }
  | { readonly type: "task-management"; lun: number; function: string; initiatorName: string }
  | { readonly type: "device-error"; lun: number; detail: string };

export type TraceSink = (event: TraceEvent) => void;
