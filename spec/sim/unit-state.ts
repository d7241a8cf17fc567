/**
 * The part of a logical unit that both sides keep alike, as small as can be: the list of the
 * actions applied, some of which reserve it for a host's writes or release it. What a side answers
 * to an action is the state it led to.
 */
import type { Prng } from "../../lib/base/prng";
import { crc32c } from "../../lib/node/crc32c";
import type { UnitState } from "../../lib/mirror/config";

/** An action of a number: plain, or with what it does to the reservation. */
export function actionOf(number: number, reserves?: number | "release"): number {
  if (reserves === undefined) return number;
  return number + (reserves === "release" ? 255 : reserves) * 2 ** 24;
}

export interface UnitStateWorld {
  readonly random: Prng;
  /** A turn of this process after some time. */
  later(delayMs: number, run: () => void): void;
}

export class SimulatedUnitState implements UnitState {
  readonly #world: UnitStateWorld;
  readonly #actions = new Map<number, number[]>();

  constructor(world: UnitStateWorld) {
    this.#world = world;
  }

  actions(volume: number): readonly number[] {
    return this.#actions.get(volume) ?? [];
  }

  /** The number of the host that has it reserved. */
  holder(volume: number): number | null {
    const changes = this.actions(volume).filter((action) => action >= 2 ** 24);
    const host = Math.floor((changes.at(-1) ?? 0) / 2 ** 24);
    return host === 0 || host === 255 ? null : host;
  }

  apply(volume: number, action: Uint8Array, done: (answer: Uint8Array) => void): void {
    const actions = [...this.actions(volume), Buffer.from(action).readUInt32BE(0)];
    this.#actions.set(volume, actions);
    const answer = answerOf(actions);
    const { random } = this.#world;
    if (random.chance(0.6)) done(answer);
    else this.#world.later(random.below(50) / 10, () => done(answer));
  }

  agree(own: Uint8Array): Uint8Array {
    return own;
  }

  snapshot(volume: number): Uint8Array {
    return encode(this.actions(volume));
  }

  restore(volume: number, snapshot: Uint8Array): void {
    const bytes = Buffer.from(snapshot);
    const actions: number[] = [];
    for (let at = 0; at < bytes.length; at += 4) actions.push(bytes.readUInt32BE(at));
    this.#actions.set(volume, actions);
  }
}

function encode(actions: readonly number[]): Buffer {
  const bytes = Buffer.alloc(actions.length * 4);
  actions.forEach((action, index) => bytes.writeUInt32BE(action, index * 4));
  return bytes;
}

/** What is answered to the last of these actions. */
export function answerOf(actions: readonly number[]): Uint8Array {
  const answer = Buffer.alloc(8);
  answer.writeUInt32BE(actions.length, 0);
  answer.writeUInt32BE(crc32c(encode(actions)), 4);
  return answer;
}
