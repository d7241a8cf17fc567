/**
 * Runs one seed and says what came of it. Tracing costs, so a seed that fails runs once more with
 * it: the same, to the byte.
 */
import type { MakeUnit } from "./control-unit";
import type { Mutation } from "./mutations";
import { describe, type Mode, type Scenario, scenarioOf } from "./scenario";
import { Trace } from "./trace";
import { World } from "./world";

const LINES_SHOWN = 200;

export interface Run {
  readonly scenario: Scenario;
  /** Null: nothing was wrong. */
  readonly failure: string | null;
  readonly events: number;
  /** Hosts' commands that ended. */
  readonly commands: number;
  readonly virtualMs: number;
  readonly steps: ReadonlySet<number>;
  readonly states: ReadonlySet<string>;
  readonly trace: Trace;
}

export interface RunOptions {
  readonly make: MakeUnit;
  readonly mode?: Mode;
  /** What is broken on purpose. */
  readonly mutation?: Mutation | null;
  readonly isTraced?: boolean;
  /** Told every line of a trace as it comes. */
  readonly onLine?: (line: string) => void;
}

export function runSeed(seed: number, options: RunOptions): Run {
  const { make, mode = {}, mutation = null, isTraced = false } = options;
  const scenario = { ...scenarioOf(seed, mode), ...mutation?.scenario };
  const trace = new Trace(isTraced, options.onLine);
  const world = new World({ scenario, make: mutation?.wrap?.(make) ?? make, trace });
  mutation?.apply?.(world);
  const failure = resultOf(world);
  const { eventCount: events, commandCount: commands, steps, states } = world;
  return { scenario, failure, events, commands, virtualMs: world.nowMs(), steps, states, trace };
}

/** An assertion that is not of a turn's is a failure like others. */
function resultOf(world: World): string | null {
  try {
    return world.run();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** What a person needs to know of a seed that failed; runs it again. */
export function reportOf(seed: number, options: RunOptions): string {
  const { scenario, failure, trace } = runSeed(seed, { ...options, isTraced: true });
  return [
    `seed ${seed} failed: ${failure ?? "not when it was traced, so a run is not its seed's alone"}`,
    `mode: ${describe(scenario)}`,
    `the last of ${trace.count} events:`,
    ...trace.last(LINES_SHOWN),
    `seed ${seed} failed: ${failure?.split("\n")[0] ?? "not when it was traced"}`,
  ].join("\n");
}
