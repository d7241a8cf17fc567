/** The runs that claims are asked of: some by hand for each example, and many by seed. */
import { Prng } from "../../../lib/base/prng";
import type { MirrorOptions, Side } from "../../../lib/mirror/config";
import type { Run } from "./events";
import { Recorder } from "./recorder";

type Example = MirrorOptions["example"];

export interface NamedRun {
  readonly name: string;
  readonly example: Example;
  readonly omitTransfer: boolean;
  readonly run: Run;
}

export const EXAMPLES: readonly Example[] = ["communication", "sub-relay", "symmetric"];
const SEEDS = 24;

/** Every run of some examples; the same ones every time. */
export function runsOf(
  examples: readonly Example[] = EXAMPLES,
  form: Partial<MirrorOptions> = {},
): NamedRun[] {
  const named: NamedRun[] = [];
  for (const example of examples) {
    for (const omitTransfer of [true, false]) {
      const add = (what: string, make: () => Run): void => {
        const name = `${what}, ${example}, ${omitTransfer ? "omitted" : "sent back"}`;
        named.push({ name, example, omitTransfer, run: made(name, make) });
      };
      const options = { ...form, example, omitTransfer };
      add("one and one", () => oneAndOne(options));
      add("both at once", () => bothAtOnce(options));
      add("reserved", () => reserved(options));
      for (let seed = 1; seed <= SEEDS; seed++) add(`seed ${seed}`, () => random(options, seed));
    }
  }
  return named;
}

/** A run that ends in an assertion says which one it is. */
function made(name: string, make: () => Run): Run {
  try {
    return make();
  } catch (cause) {
    throw new Error(`${name}: ${String(cause)}`, { cause });
  }
}

/** W1, and when it is done W2. */
function oneAndOne(options: Partial<MirrorOptions>): Run {
  const recorder = new Recorder(options);
  recorder.write(1, 3, 2);
  recorder.rig.settle();
  recorder.write(2, 4, 3);
  return recorder.finish();
}

/** W1 and W2 meet: neither knows of the other when it begins. */
function bothAtOnce(options: Partial<MirrorOptions>): Run {
  const recorder = new Recorder(options);
  recorder.write(1, 3, 2);
  recorder.write(2, 4, 2);
  recorder.write(1, 5, 1);
  recorder.write(2, 8, 1);
  return recorder.finish();
}

/** Somebody else's reservation: known to both units, and to the first alone. */
function reserved(options: Partial<MirrorOptions>): Run {
  const recorder = new Recorder(options);
  for (const nexus of ["host 1", "host 2"]) recorder.reserve(1, nexus);
  recorder.write(1, 0);
  recorder.write(2, 1);
  recorder.rig.settle();
  recorder.reserve(2, "host 2");
  recorder.write(2, 1);
  recorder.rig.settle();
  for (const side of [1, 2] as const)
    for (const nexus of ["host 1", "host 2"]) recorder.reserve(side, nexus, false);
  recorder.write(1, 0);
  recorder.write(2, 1);
  return recorder.finish();
}

function random(options: Partial<MirrorOptions>, seed: number): Run {
  const prng = new Prng(seed);
  const pick = <T>(...from: [T, ...T[]]): T => from[prng.below(from.length)] as T;
  const blockCount = 6;
  const recorder = new Recorder(
    {
      ...options,
      completeAt: pick("job-two", "job-four-end"),
      directRead: pick("shared", "overlap-test", "off"),
      granularity: prng.chance(0.8) ? "range" : "volume",
    },
    blockCount,
  );
  for (let given = 0; given < 24;) {
    if (prng.chance(0.4) && recorder.openCount < 6) {
      const lba = prng.below(blockCount - 1);
      const side: Side = prng.chance(0.5) ? 1 : 2;
      recorder.write(side, lba, 1 + prng.below(2), `${side}${prng.below(3)}`);
      given++;
    } else if (prng.chance(0.05)) {
      const nexus = `${pick(1, 2)}${prng.below(3)}`;
      recorder.reserve(pick<Side>(1, 2), nexus, prng.chance(0.4));
    } else {
      recorder.advance(prng);
    }
  }
  while (recorder.advance(prng));
  return recorder.finish();
}
