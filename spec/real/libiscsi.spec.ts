// libiscsi's own test program against the built target, on several set-ups. libiscsi.list says which tests must pass
// where and why the others are left out; a test that fails, hangs, crashes, skips or passes in part fails its line.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lineFor, parseList, type ListLine } from "../../tools/conform/list";
import { listTests, runTests, type Subject } from "../../tools/conform/runner";
import { SETUP_NAMES, startTwinlun } from "../../tools/conform/setups";
import { ensurePackages } from "../../tools/packages";
import { root } from "./support/target";

const program = "iscsi-test-cu";
const list = parseList(readFileSync(join(__dirname, "libiscsi.list"), "utf8"));
let tests: readonly string[] = [];

beforeAll(async () => {
  await ensurePackages(["libiscsi-bin"]);
  tests = await listTests(program);
});

const testsOf = (line: ListLine): string[] => tests.filter((test) => lineFor(list, test) === line);

describe("the list of libiscsi's tests", () => {
  it("decides for every test the program has", () => {
    expect(tests.length).toBeGreaterThan(200);
    expect(tests.filter((test) => lineFor(list, test) === null)).toEqual([]);
  });

  it("has no line that decides for nothing", () => {
    expect(list.filter((line) => testsOf(line).length === 0)).toEqual([]);
  });
});

describe.each(SETUP_NAMES)("libiscsi's tests pass on the set-up %s:", (setup) => {
  let subject: Subject;

  beforeAll(async () => {
    subject = await startTwinlun(setup);
  });
  afterAll(() => subject.stop());

  const lines = list.filter(({ setups }) => setups.includes(setup));
  it.each(lines.map((line) => [line.pattern, line] as const))("%s", async (_pattern, line) => {
    const results = await runTests(subject, testsOf(line), {
      program,
      testSeconds: 60,
      suiteSeconds: 240,
      dataloss: true,
      logFolder: join(root, "build/real", `libiscsi-${setup}`),
    });
    const failures = results.filter(({ verdict }) => verdict !== "PASS");
    expect(failures.map(({ test, verdict, detail }) => `${test} ${verdict}: ${detail}`)).toEqual(
      [],
    );
  });
});
