/**
 * Every story in this folder ends as its file says. `UPDATE=1 npx jest spec/scenarios` writes what
 * is seen now into the files: read the difference before it is kept.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, parseStory, StoryError, storyText } from "./parse";
import { Stage } from "./stage";
import { perform } from "./verbs";

/** What is seen after each block. */
function outputsOf(file: string, blocks: readonly Block[]): string[][] {
  const stage = new Stage();
  return blocks.map(({ statements }) => {
    for (const statement of statements) {
      const fault = perform(stage, statement);
      if (fault !== null) throw new StoryError(`${file}:${statement.line}: ${fault}`);
    }
    return stage.takeLines();
  });
}

function seenOf(file: string, text: string): string {
  const blocks = parseStory(file, text);
  return storyText(blocks, outputsOf(file, blocks));
}

const FILES = readdirSync(__dirname).filter((file) => file.endsWith(".txt"));

describe("a story", () => {
  it.each(FILES)("goes as %s tells it", (file) => {
    const path = join(__dirname, file);
    const text = readFileSync(path, "utf8");
    const seen = seenOf(file, text);
    expect(seen).not.toMatch(/^WRONG: /m);
    if (process.env["UPDATE"] === "1") writeFileSync(path, seen);
    else expect(seen).toBe(text);
  });

  it.each([
    ["start\n", 'bad.txt:2: no "----" ends the last statements.'],
    ["# one\nwrite 3\n----\n", 'bad.txt:2: "3" is none of 1, 2.'],
    ["start\ndance 1\n----\n", 'bad.txt:2: There is no verb "dance".'],
    ["write 1 speed=3\n----\n", 'bad.txt:1: "write" takes no speed=.'],
    ["when 7 crash 1\n----\n", 'bad.txt:1: "7" is no step of the patent\'s.'],
    ["start\npair survivor=2\n----\n", 'bad.txt:2: "pair" comes too late.'],
    ["write 1 lba=255 blocks=2\n----\n", "bad.txt:1: The volume has 256 blocks."],
  ])("that cannot be read says where and why: %j", (text, sentence) => {
    expect(() => seenOf("bad.txt", text)).toThrow(sentence);
  });
});
