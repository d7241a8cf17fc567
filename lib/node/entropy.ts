/** Unpredictable bytes and the hashes of CHAP: the core's ports to node:crypto. */
import { createHash, randomBytes } from "node:crypto";
import type { ChapAlgorithm } from "../iscsi/config";

export function entropy(length: number): Uint8Array {
  return randomBytes(length);
}

export function hash(algorithm: ChapAlgorithm, chunks: readonly Uint8Array[]): Uint8Array {
  const state = createHash(algorithm);
  for (const chunk of chunks) state.update(chunk);
  return state.digest();
}
