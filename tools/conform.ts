#!/usr/bin/env -S npx tsx
/**
 * Runs libiscsi's test program, one process per test, against twinlun on several set-ups, beside
 * it against tgtd if asked, or against any target by its URL. spec/real/libiscsi.spec.ts holds
 * twinlun to the list; this shows and compares.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensurePackages } from "./packages";
import { countOf, runTool, say, UsageError } from "./support/cli";
import { lineFor, matchesGlob, parseList, type ListLine } from "./conform/list";
import { toMarkdown, toTsv, toTsvLine, worstPerTest, type Column } from "./conform/report";
import { answers, listTests, runTests, type RunOptions, type Subject } from "./conform/runner";
import { PEER_NAMES, startPeer, type PeerName } from "./conform/peers";
import { SETUP_NAMES, startTwinlun, type SetupName } from "./conform/setups";

const USAGE = `Runs libiscsi's test program (iscsi-test-cu) against a target, one process per test.

  npx tsx tools/conform.ts [flags]                the built twinlun, the tests of the list
  npx tsx tools/conform.ts [flags] URL [URL2]     any target; URL2 is the same unit by another path

  --only GLOB,...     tests to run, such as 'SCSI.Read*.*,iSCSI.*.*'; the default is all
  --setup NAME        one set-up only: ${SETUP_NAMES.join(", ")}
  --all               the tests left out by the list too, on the set-up "thin"
  --peer NAME,...     targets of Debian beside twinlun: ${PEER_NAMES.join(", ")}
  --list FILE         the list; the default is spec/real/libiscsi.list
  --program FILE      the test program; the default is iscsi-test-cu
  --test-seconds N    limit of one test (60)
  --suite-seconds N   limit of one suite (600)
  --no-dataloss       keep the unit's data: tests that write are skipped
  --out FOLDER        TSV and logs go there; the default is build/conform

Prints a Markdown table per suite (with a URL: TSV). Exit code 0 when nothing failed, hung, crashed
or was left for lack of time, else 1; 2 for a wrong command line.
`;

const OPTIONS = {
  only: { type: "string", default: "*" },
  setup: { type: "string" },
  all: { type: "boolean", default: false },
  peer: { type: "string" },
  list: { type: "string", default: "spec/real/libiscsi.list" },
  program: { type: "string", default: "iscsi-test-cu" },
  "test-seconds": { type: "string" },
  "suite-seconds": { type: "string" },
  "no-dataloss": { type: "boolean", default: false },
  out: { type: "string", default: "build/conform" },
} as const;

/** Tests of each set-up, in the order of the list's lines. */
export type Plan = ReadonlyMap<SetupName, readonly string[]>;

/** What to run where: the list's set-ups, and for tests left out `thin` if they are wanted. */
export function planOf(tests: readonly string[], list: readonly ListLine[], all: boolean): Plan {
  const setupsOf = (test: string): readonly SetupName[] => {
    const setups = lineFor(list, test)?.setups ?? [];
    return setups.length === 0 && all ? ["thin"] : setups;
  };
  const placeOf = (test: string): number => {
    const line = lineFor(list, test);
    return line === null ? list.length : list.indexOf(line);
  };
  const ordered = [...tests].sort((a, b) => placeOf(a) - placeOf(b));
  return new Map(
    SETUP_NAMES.map((name) => [name, ordered.filter((test) => setupsOf(test).includes(name))]),
  );
}

async function runPlan(
  title: string,
  plan: Plan,
  start: (name: SetupName) => Promise<Subject>,
  options: RunOptions,
): Promise<Column> {
  const results = [];
  for (const [name, tests] of plan) {
    if (tests.length === 0) continue;
    say(`${title}, set-up "${name}": ${tests.length} tests`);
    const subject = await start(name);
    const logFolder = join(options.logFolder, `${title}-${name}`);
    try {
      const ran = await runTests(subject, tests, { ...options, logFolder });
      writeFileSync(`${logFolder}.tsv`, toTsv(ran));
      results.push(...ran);
    } finally {
      await subject.stop();
    }
  }
  return { title, results };
}

/** The exit code: whether the first column, which is what is tested, is free of failures. */
function judge(column: Column): number {
  const verdicts = [...worstPerTest(column.results).values()];
  return verdicts.every((verdict) => ["PASS", "PARTIAL", "SKIP"].includes(verdict)) ? 0 : 1;
}

async function conformByUrl(
  urls: readonly string[],
  tests: readonly string[],
  options: RunOptions,
): Promise<number> {
  const [url = "", otherPath = null] = urls;
  if (!(await answers(url))) throw new UsageError(`no target answers at ${url}`);
  const subject: Subject = {
    urls: () => [url, otherPath],
    restart: null,
    stop: () => Promise.resolve(),
  };
  const results = await runTests(subject, tests, options);
  process.stdout.write(toTsv(results));
  return judge({ title: url, results });
}

async function conformBySetups(
  plan: Plan,
  peers: readonly PeerName[],
  options: RunOptions,
): Promise<number> {
  const twinlun = await runPlan("twinlun", plan, startTwinlun, options);
  const columns = [twinlun];
  for (const peer of peers) {
    columns.push(await runPlan(peer, plan, (name) => startPeer(peer, name), options));
  }
  process.stdout.write(toMarkdown(columns));
  return judge(twinlun);
}

/** Of a list of names. */
function peersOf(names: string | undefined): readonly PeerName[] {
  return (names?.split(",") ?? []).map((name) => {
    const peer = PEER_NAMES.find((known) => known === name);
    if (peer === undefined)
      throw new UsageError(`--peer knows ${PEER_NAMES.join(", ")}, not "${name}"`);
    return peer;
  });
}

if (require.main === module)
  runTool({
    usage: USAGE,
    options: OPTIONS,
    async main(values, urls) {
      if (urls.length > 2) throw new UsageError("at most two URLs");
      const peers = peersOf(values.peer);
      if (values.setup !== undefined && !SETUP_NAMES.some((name) => name === values.setup))
        throw new UsageError(`--setup knows ${SETUP_NAMES.join(", ")}, not "${values.setup}"`);
      const options: RunOptions = {
        program: values.program,
        testSeconds: countOf("test-seconds", values["test-seconds"], 60),
        suiteSeconds: countOf("suite-seconds", values["suite-seconds"], 600),
        dataloss: !values["no-dataloss"],
        logFolder: values.out,
        onResult: (result) => say(toTsvLine(result)),
      };
      await ensurePackages(["libiscsi-bin", ...peers]);
      mkdirSync(values.out, { recursive: true });
      const globs = values.only.split(",");
      const tests = (await listTests(values.program)).filter((test) =>
        globs.some((glob) => matchesGlob(test, glob)),
      );
      if (tests.length === 0) throw new UsageError(`no test matches ${values.only}`);
      if (urls.length > 0) return conformByUrl(urls, tests, options);
      const list = parseList(readFileSync(values.list, "utf8"));
      const plan = planOf(tests, list, values.all);
      const wanted = [...plan].filter(([name]) => name === (values.setup ?? name));
      return conformBySetups(new Map(wanted), peers, options);
    },
  });
