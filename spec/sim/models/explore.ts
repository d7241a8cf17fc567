/**
 * Walks every state of a small model, breadth first, and says what is wrong with it: histories that
 * no order of the commands explains, copies that differ in the end, states with no way to an end.
 * The models know the protocol; this knows none of it.
 */
import { isLinearizable } from "./one-block";

export interface Move<S> {
  readonly name: string;
  readonly to: S;
}

export interface Model<S> {
  readonly initial: S;
  /** Equal for equal states only. */
  key(state: S): string;
  /** Every step possible in a state; a crash is possible, but nothing may rely on it. */
  moves(state: S): Move<S>[];
  /** What the hosts saw, in the letters of `one-block.ts`. */
  history(state: S): string;
  /** Whether every command of a side that is alive has ended. */
  isFinished(state: S): boolean;
  /** Whether both sides are alive and their copies differ. */
  isApart(state: S): boolean;
}

export type Fault = "NON-LINEARIZABLE" | "DIVERGED" | "DEADLOCK" | "LIVELOCK";

export interface Verdict {
  readonly stateCount: number;
  /** How each kind of fault first came about, by the names of its moves. */
  readonly faults: ReadonlyMap<Fault, string>;
}

/** The moves that are faults of the world begin so. */
export const CRASH = "CRASH";

/** The states found, each with the move that first led to it. */
class Graph<S> {
  readonly states: S[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #parents: number[] = [];
  readonly #names: string[] = [];
  /** Where one comes from by a move that is not a crash. */
  readonly #sources: number[][] = [];

  add(key: string, state: S, from: number, name: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.states.push(state) - 1;
    this.#indexes.set(key, index);
    this.#parents.push(from);
    this.#names.push(name);
    this.#sources.push([]);
    return index;
  }

  connect(from: number, to: number): void {
    (this.#sources[to] as number[]).push(from);
  }

  way(index: number): string {
    const names: string[] = [];
    for (let at = index; at > 0; at = this.#parents[at] as number)
      names.push(this.#names[at] as string);
    return names.reverse().join(" > ");
  }

  /** Whether each state can come to one of `goals`. */
  canReach(goals: readonly number[]): Uint8Array {
    const reaches = new Uint8Array(this.states.length);
    const open = [...goals];
    for (const goal of goals) reaches[goal] = 1;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const source of this.#sources[at] as number[]) {
        if (reaches[source] === 1) continue;
        reaches[source] = 1;
        open.push(source);
      }
    }
    return reaches;
  }
}

export function explore<S>(model: Model<S>): Verdict {
  const graph = new Graph<S>();
  const faults = new Map<Fault, string>();
  const goals: number[] = [];
  const broken = new Set<number>();
  const blame = (fault: Fault, index: number): void => {
    if (!faults.has(fault)) faults.set(fault, graph.way(index));
  };
  graph.add(model.key(model.initial), model.initial, 0, "");
  for (let index = 0; index < graph.states.length; index++) {
    const state = graph.states[index] as S;
    if (!isLinearizable(model.history(state))) {
      blame("NON-LINEARIZABLE", index);
      broken.add(index);
      continue;
    }
    const isFinished = model.isFinished(state);
    if (isFinished) goals.push(index);
    let isLive = false;
    for (const { name, to } of model.moves(state)) {
      const target = graph.add(model.key(to), to, index, name);
      if (name.startsWith(CRASH)) continue;
      isLive = true;
      graph.connect(index, target);
    }
    if (isLive) continue;
    if (!isFinished) blame("DEADLOCK", index);
    else if (model.isApart(state)) blame("DIVERGED", index);
  }
  for (const index of broken) goals.push(index);
  const stuck = graph.canReach(goals).indexOf(0);
  if (stuck >= 0) blame("LIVELOCK", stuck);
  return { stateCount: graph.states.length, faults };
}
