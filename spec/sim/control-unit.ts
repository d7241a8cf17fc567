/**
 * What the simulator needs of a storage control unit, so that others than the real one can take its
 * place: see `fake-pair.ts`.
 */
import type { BlockDevice } from "../../lib/block/device";
import type { CompletionQueue } from "../../lib/block/completion-queue";
import type { MirrorConfig, MirrorPorts } from "../../lib/mirror/config";
import type { LinkEffect, LinkInput } from "../../lib/mirror/link-events";
import type { PairAnswer, PairCommand, VolumeStatus } from "../../lib/mirror/pair-status";

export interface ControlUnit {
  start(nowMs: number): void;
  handle(input: LinkInput, nowMs: number): void;
  time(nowMs: number): void;
  nextDeadline(): number;
  drain(sink: (effect: LinkEffect) => void): void;
  /** `then` comes when nothing is under way any more. */
  stop(then: () => void): void;
  volume(number: number): BlockDevice;
  status(number: number): VolumeStatus;
  command(number: number, command: PairCommand, done: (answer: PairAnswer) => void): void;
  /** Has an action applied on both sides; null: the pair does not allow it now. */
  propose(number: number, action: Uint8Array, done: (answer: Uint8Array | null) => void): void;
  /** Asserts what must hold between any two inputs. */
  invariants(): void;
  /** What is held or waits though nothing is under way, a sentence each. */
  leaks(): string[];
}

export type UnitPorts = MirrorPorts & { readonly completions: CompletionQueue };

export type MakeUnit = (config: MirrorConfig, ports: UnitPorts) => ControlUnit;
