/**
 * A story as text: blocks of statements, a line "----", and what is seen of them up to an empty
 * line. Only its form; what statements mean is in `verbs.ts`.
 */

export interface Statement {
  /** In the file, from 1. */
  readonly line: number;
  readonly verb: string;
  /** Words without "=", in their order. */
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

export interface Block {
  /** As they stand in the file, comments too. */
  readonly source: readonly string[];
  readonly statements: readonly Statement[];
  readonly expected: readonly string[];
}

/** A sentence, with the file and line it is about. */
export class StoryError extends Error {}

export const RULE = "----";

export function parseStory(file: string, text: string): Block[] {
  const blocks: Block[] = [];
  let source: string[] = [];
  let expected: string[] | null = null;
  let first = 1;
  const end = (): void => {
    if (expected === null) return;
    const statements = statementsOf(file, source, first);
    blocks.push({ source, statements, expected });
    source = [];
    expected = null;
  };
  const lines = text.split("\n");
  lines.forEach((line, index) => {
    if (expected === null && line === RULE) expected = [];
    else if (expected === null) {
      if (source.length === 0) first = index + 1;
      source.push(line);
    } else if (line === "") end();
    else expected.push(line);
  });
  end();
  if (source.some((line) => line.trim() !== ""))
    throw new StoryError(`${file}:${lines.length}: no "${RULE}" ends the last statements.`);
  return blocks;
}

function statementsOf(file: string, source: readonly string[], first: number): Statement[] {
  return source.flatMap((text, index) => {
    const line = first + index;
    const words = text.trim().split(/\s+/);
    if (text.trim() === "" || text.startsWith("#")) return [];
    const statement = statementOf(words, line);
    if (typeof statement === "string") throw new StoryError(`${file}:${line}: ${statement}`);
    return [statement];
  });
}

/** Or a sentence on what is wrong. */
export function statementOf(parts: readonly string[], line: number): Statement | string {
  const [verb = "", ...rest] = parts;
  const words: string[] = [];
  const values = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at < 0) words.push(part);
    else if (at === 0 || at === part.length - 1) return `"${part}" is no KEY=VALUE.`;
    else values.set(part.slice(0, at), part.slice(at + 1));
  }
  return { line, verb, words, values };
}

/** The file as it would be with these outputs. */
export function storyText(
  blocks: readonly Block[],
  outputs: readonly (readonly string[])[],
): string {
  return blocks
    .map(({ source }, index) => [...source, RULE, ...(outputs[index] ?? []), ""].join("\n"))
    .join("\n");
}
