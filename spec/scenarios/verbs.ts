/**
 * What statements of a story mean: a row for each verb, with the words and keys it takes. A
 * statement that does not fit its row is refused with a sentence.
 */
import type { JobOp } from "../../lib/block/job";
import type { Side } from "../../lib/mirror/config";
import type { PairCommand } from "../../lib/mirror/pair-status";
import { actionOf } from "../sim/unit-state";
import { type Statement, statementOf } from "./parse";
import { BLOCKS, SIDES, type Stage } from "./stage";

/** A word or value as its kind has it; a string is a sentence on what is wrong with it. */
type Kind = (text: string) => { readonly value: string | number } | string;

const side: Kind = (text) => oneOf(["1", "2"])(text);
const number: Kind = (text) =>
  /^\d+$/.test(text) ? { value: Number(text) } : `"${text}" is no number.`;
const time: Kind = (text) => {
  const [, count, unit] = /^(\d+)(ms|s)$/.exec(text) ?? [];
  if (count === undefined) return `"${text}" is no time such as 20ms or 5s.`;
  return { value: Number(count) * (unit === "s" ? 1000 : 1) };
};
const letter: Kind = (text) => (text.length === 1 ? { value: text } : `"${text}" is no letter.`);
const host: Kind = (text) => (/^h\d$/.test(text) ? { value: text } : `"${text}" is no host.`);

function oneOf(choices: readonly string[]): Kind {
  return (text) =>
    choices.includes(text) ? { value: text } : `"${text}" is none of ${choices.join(", ")}.`;
}

/** Words and values of a statement that fits. */
interface Given {
  side(place?: number): Side;
  text(key: string, byDefault: string): string;
  number(key: string, byDefault: number): number;
  has(key: string): boolean;
}

interface Verb {
  /** Kinds of its words; "rest": a statement of its own follows. */
  readonly words: readonly Kind[];
  /** How many of its words may be left out. */
  readonly optional?: number;
  readonly keys?: Readonly<Record<string, Kind>>;
  /** Whether it has to come before all that are not. */
  readonly isFirst?: boolean;
  run(stage: Stage, given: Given): void;
}

const RANGE = { lba: number, blocks: number, host, pattern: letter };

function asks(op: JobOp): Verb {
  return {
    words: [side],
    keys: RANGE,
    run: (stage, given) =>
      stage.ask({
        op,
        side: given.side(),
        host: given.text("host", `h${given.side()}`),
        lba: given.number("lba", 0),
        blockCount: op === "flush" ? 0 : given.number("blocks", 1),
        pattern: given.text("pattern", "x"),
      }),
  };
}

function commands(commandOf: (given: Given) => PairCommand): Verb {
  return {
    words: [side],
    keys: { source: side, repairs: oneOf(["yes", "no"]) },
    run: (stage, given) => {
      const command = commandOf(given);
      const at = given.side();
      stage.side(at).command(0, command, ({ ok, text }) => {
        stage.say(`${command.type} at ${at}: ${ok ? "yes" : "no"}, ${text}`);
      });
    },
  };
}

function sourceOf(given: Given): Side | null {
  return given.has("source") ? (Number(given.text("source", "1")) as Side) : null;
}

function reserves(holder: (given: Given) => number | "release", what: string): Verb {
  return {
    words: [side],
    keys: { host },
    run: (stage, given) => {
      const at = given.side();
      const action = Buffer.alloc(4);
      action.writeUInt32BE(actionOf(stage.nextAction(), holder(given)));
      stage.side(at).propose(0, action, (answer) => {
        stage.say(`${what} at ${at}: ${answer === null ? "refused" : "done on both sides"}`);
      });
    },
  };
}

const PAIR_KEYS: Readonly<Record<string, Kind>> = {
  survivor: oneOf(["1", "2", "none"]),
  example: oneOf(["communication", "sub-relay", "symmetric"]),
  acknowledge: oneOf(["sync", "async-locked", "async-relay"]),
  completeAt: oneOf(["job-two", "job-four-end"]),
  directRead: oneOf(["shared", "overlap-test", "off"]),
  omitTransfer: oneOf(["yes", "no"]),
  granularity: oneOf(["range", "volume"]),
  onMirrorLoss: oneOf(["go-on", "check"]),
};

function configure(stage: Stage, given: Given): void {
  const only = given.has("only") ? [Number(given.text("only", "1")) as Side] : SIDES;
  for (const each of only) {
    const config = stage.configs[each];
    const options: Record<string, unknown> = { ...config.options };
    for (const key of Object.keys(PAIR_KEYS)) {
      if (key === "survivor" || !given.has(key)) continue;
      const value = given.text(key, "");
      options[key] = key === "omitTransfer" ? value === "yes" : value;
    }
    const survivor = given.text("survivor", String(config.survivor ?? "none"));
    stage.configs[each] = {
      ...config,
      options: options as unknown as typeof config.options,
      survivor: survivor === "none" ? null : (Number(survivor) as Side),
    };
  }
}

function pathOf(given: Given): Side {
  return given.text("path", "202") === "202" ? 1 : 2;
}

const PATH = { path: oneOf(["202", "203"]) };

export const VERBS: Readonly<Record<string, Verb>> = {
  pair: { words: [], keys: { ...PAIR_KEYS, only: side }, isFirst: true, run: configure },
  start: {
    words: [side],
    optional: 1,
    run: (stage, given) => {
      for (const each of given.has("0") ? [given.side()] : SIDES) stage.side(each).start();
    },
  },
  crash: { words: [side], run: (stage, given) => stage.side(given.side()).crash() },
  stop: { words: [side], run: (stage, given) => stage.side(given.side()).stop() },
  pause: { words: [side], run: (stage, given) => stage.side(given.side()).pause() },
  resume: { words: [side], run: (stage, given) => stage.side(given.side()).resume() },
  advance: { words: [time], run: (stage, given) => stage.advance(given.number("0", 0)) },
  data: {
    words: [side],
    keys: { pattern: letter },
    run: (stage, given) => {
      const [disk] = stage.side(given.side()).disks;
      disk?.content.fill(given.text("pattern", "x"));
      if (disk !== undefined) disk.isNew = false;
    },
  },
  write: asks("write"),
  read: asks("read"),
  flush: asks("flush"),
  create: commands((given) => ({ type: "create", source: sourceOf(given) })),
  split: commands(() => ({ type: "split" })),
  resync: commands((given) => ({ type: "resync", source: sourceOf(given) })),
  verify: commands((given) => ({
    type: "verify",
    isRepairing: given.text("repairs", "no") === "yes",
  })),
  alone: commands(() => ({ type: "alone" })),
  swap: commands(() => ({ type: "swap" })),
  reserve: reserves((given) => Number(given.text("host", "h1").slice(1)), "reserve"),
  release: reserves(() => "release", "release"),
  cut: { words: [], keys: PATH, run: (stage, given) => stage.path(pathOf(given)).cut() },
  heal: {
    words: [],
    keys: PATH,
    run: (stage, given) => {
      stage.path(pathOf(given)).reset();
      stage.path(pathOf(given)).heal();
    },
  },
  disk: {
    words: [side, oneOf(["fails", "works"])],
    run: (stage, given) => {
      const errors = given.text("1", "works") === "fails" ? 1 : 0;
      for (const disk of stage.side(given.side()).disks) disk.errors = errors;
    },
  },
  damage: {
    words: [side],
    run: (stage, given) => {
      stage.side(given.side()).storages[0]?.record.fill(0xee);
    },
  },
  rot: {
    words: [side],
    keys: { lba: number, pattern: letter },
    run: (stage, given) => {
      const at = given.number("lba", 0) * 512;
      stage.side(given.side()).disks[0]?.content.fill(given.text("pattern", "?"), at, at + 512);
    },
  },
  steps: { words: [], run: (stage) => stage.steps() },
  copies: {
    words: [],
    keys: RANGE,
    run: (stage, given) => stage.copies(given.number("lba", 0), given.number("blocks", 1)),
  },
};

/** Null, or a sentence on what is wrong with a statement. */
export function perform(stage: Stage, statement: Statement): string | null {
  if (statement.verb === "when") return performLater(stage, statement);
  const verb = VERBS[statement.verb];
  if (verb === undefined) return `There is no verb "${statement.verb}".`;
  const given = givenOf(verb, statement);
  if (typeof given === "string") return given;
  const { lba, blocks } = { lba: given.number("lba", 0), blocks: given.number("blocks", 1) };
  if (verb.isFirst === true && stage.isBuilt) return `"${statement.verb}" comes too late.`;
  if (lba + blocks > BLOCKS) return `The volume has ${BLOCKS} blocks.`;
  verb.run(stage, given);
  return null;
}

/** `when STEP STATEMENT`: right after the turn in which the step is taken for the first time. */
function performLater(stage: Stage, { line, words, values }: Statement): string | null {
  const [step = "", ...rest] = words;
  if (!/^\d{3}$/.test(step)) return `"${step}" is no step of the patent's.`;
  const pairs = [...values].map(([key, value]) => `${key}=${value}`);
  const later = statementOf([...rest, ...pairs], line);
  if (typeof later === "string") return later;
  const verb = VERBS[later.verb];
  const given = verb === undefined ? `There is no verb "${later.verb}".` : givenOf(verb, later);
  if (typeof given === "string") return given;
  stage.when(Number(step), () => verb?.run(stage, given));
  return null;
}

function givenOf(verb: Verb, { verb: name, words, values }: Statement): Given | string {
  const least = verb.words.length - (verb.optional ?? 0);
  if (words.length < least || words.length > verb.words.length)
    return `"${name}" takes ${verb.words.length} words, not ${words.length}.`;
  const found = new Map<string, string | number>();
  const take = (key: string, kind: Kind | undefined, text: string): string | null => {
    const result = kind === undefined ? `"${name}" takes no ${key}=.` : kind(text);
    if (typeof result === "string") return result;
    found.set(key, result.value);
    return null;
  };
  for (const [index, text] of words.entries()) {
    const fault = take(String(index), verb.words[index], text);
    if (fault !== null) return fault;
  }
  for (const [key, text] of values) {
    const fault = take(key, verb.keys?.[key], text);
    if (fault !== null) return fault;
  }
  return {
    side: (place = 0) => Number(found.get(String(place))) as Side,
    text: (key, byDefault) => String(found.get(key) ?? byDefault),
    number: (key, byDefault) => Number(found.get(key) ?? byDefault),
    has: (key) => found.has(key),
  };
}
