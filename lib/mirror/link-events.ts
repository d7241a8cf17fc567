/**
 * The two one-way paths between the sides as inputs and effects: 202 from the first side to the
 * second, 203 back. Each side sends on its "out" path and receives on its "in" path; each path is a
 * connection of its own and may fail alone. [0043]
 */
import type { Lease } from "../base/lease";

export type Path = "out" | "in";

export type LinkInput =
  /** The path carries bytes from now on; whoever is at its other end has been authenticated. */
  | { readonly type: "path-up"; readonly path: Path }
  /** The path is gone, also after `path-close`. A new one comes with `path-up`. */
  | { readonly type: "path-down"; readonly path: Path }
  /** Bytes of the in path, valid for this turn and longer while their lease is held. */
  | { readonly type: "path-bytes"; readonly chunk: Uint8Array; readonly lease: Lease | null }
  /** The out path has taken what the `count` oldest `path-send` effects gave it. */
  | { readonly type: "path-sent"; readonly count: number };

export type LinkEffect =
  /** One vectored write on the out path; the chunks stay as they are until it is confirmed. */
  | { readonly type: "path-send"; readonly chunks: readonly Uint8Array[] }
  /**
   * Ends the path at once and not in order: nothing it was given and has not sent is sent any more,
   * for the bytes may change from now on. `path-down` follows, if it has not come already.
   */
  | { readonly type: "path-close"; readonly path: Path };
