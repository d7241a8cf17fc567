/** What can happen at an initiator's connection and what it can want done: closed unions. */

import type { Lease } from "../base/lease";

export type ConnectionInput =
  | {
      readonly type: "connected";
      readonly connection: number;
      /** Address and port of the initiator, for the log. */
      readonly remote: string;
      /** The portal it came in by: an index into the configured portals. */
      readonly portal: number;
      /**
       * Local address and port of the accepted socket: what SendTargets says for a wildcard portal.
       */
      readonly local: string;
    }
  | { readonly type: "disconnected"; readonly connection: number }
  /** Bytes as they came, valid for this turn, and longer while their lease is held. */
  | {
      readonly type: "bytes";
      readonly connection: number;
      readonly chunk: Uint8Array;
      /** null: nobody fills the chunk's place again. */
      readonly lease: Lease | null;
    }
  /** The socket has taken all chunks of the `count` oldest unconfirmed `send` effects. */
  | { readonly type: "sent"; readonly connection: number; readonly count: number };

export type ConnectionEffect =
  /**
   * Write all chunks in order, in one vectored write; answer with `sent` when the socket took them.
   */
  | { readonly type: "send"; readonly connection: number; readonly chunks: Uint8Array[] }
  /**
   * Stop or go on reading from the socket: back-pressure on an initiator that sends faster than we
   * store.
   */
  | { readonly type: "pause" | "resume"; readonly connection: number }
  /** Close after what was sent before is out (`"end"`), or at once (`"reset"`). */
  | { readonly type: "close"; readonly connection: number; readonly how: "end" | "reset" };
