/**
 * How every tool here starts: flags by Node's parser, `--help` on stdout, a wrong flag as one
 * sentence with exit code 2, any other failure as one sentence with exit code 1.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line is wrong: the sentence for stderr; the exit code is 2. */
export class UsageError extends Error {}

/** This machine lacks something: the sentence for stderr; the exit code is 1. */
export class CannotError extends Error {}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>
>;

export interface Tool<O extends Options> {
  /** Printed for `--help`. */
  readonly usage: string;
  readonly options: O;
  /** Does the work; the exit code. */
  main(values: Parsed<O>["values"], positionals: readonly string[]): Promise<number>;
}

/** Runs a tool on this process's command line. */
export function runTool<O extends Options>(tool: Tool<O>): void {
  // Children are ended by "exit" listeners of those who started them; a signal must come by there.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  outcome(tool, process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${describeError(error)}\n`);
      process.exit(error instanceof UsageError ? 2 : 1);
    },
  );
}

async function outcome<O extends Options>(tool: Tool<O>, argv: string[]): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(tool.usage);
    return 0;
  }
  const parsed = parse(tool.options, argv);
  return tool.main(parsed.values, parsed.positionals);
}

function parse<O extends Options>(options: O, args: string[]): Parsed<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(". ")[0]}; --help lists the flags`);
  }
}

function describeError(error: unknown): string {
  if (error instanceof UsageError || error instanceof CannotError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A whole number of at least `min` from a flag, or the default where the flag is not given. */
export function countOf(
  flag: string,
  text: string | undefined,
  byDefault: number,
  min = 1,
): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(`--${flag} takes a whole number of at least ${min}, not "${text}"`);
}

/** Progress: one line on stderr, so that stdout carries results alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
