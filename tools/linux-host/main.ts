#!/usr/bin/env -S npx tsx
/**
 * Runs one scenario of a real Linux initiator against a target on this machine, for people; the
 * specs do the same through run.ts.
 */
import { runTool, say, UsageError } from "../support/cli";
import { run } from "../support/processes";
import { engines } from "./images";
import { describeRun, describeStep, isClean, runScenario } from "./run";
import { scenarios, type ScenarioName } from "./scenarios";
import type { CallHandler } from "./vm";

const USAGE = `Boots a Linux guest with open-iscsi and runs a scenario against an iSCSI target.

  npx tsx tools/linux-host/main.ts --portal 127.0.0.1:3260 --iqn IQN [--scenario NAME]
      [--engine ${engines.join("|")}] [--set NAME=VALUE]... [--hook COMMAND]

The disk is overwritten. The guest's 127.0.0.1 is this machine's.
Scenarios: ${Object.keys(scenarios).join(", ")}; the default is basic, on uml.
--set gives a scenario its variables (the head of its file names them).
--hook is run as COMMAND NAME ARGUMENT... for what a scenario asks of the host.
Kernel log, initramfs and the rest are kept in build/linux-host/runs.
`;

runTool({
  usage: USAGE,
  options: {
    portal: { type: "string" },
    iqn: { type: "string" },
    scenario: { type: "string", default: "basic" },
    engine: { type: "string", default: "uml" },
    set: { type: "string", multiple: true, default: [] },
    hook: { type: "string" },
  },
  async main(values) {
    const { portal, iqn, hook } = values;
    if (portal === undefined || iqn === undefined) throw new UsageError("give --portal and --iqn");
    const engine = engines.find((known) => known === values.engine);
    if (engine === undefined) throw new UsageError(`--engine takes ${engines.join(" or ")}`);
    if (!Object.hasOwn(scenarios, values.scenario!))
      throw new UsageError(`there is no scenario ${values.scenario}`);
    const done = await runScenario({
      scenario: values.scenario as ScenarioName,
      engine,
      settings: { portal, iqn, ...settingsOf(values.set ?? []) },
      ...(hook === undefined ? {} : { onCall: handlerOf(hook) }),
      onStep: (step) => say(describeStep(step)),
    });
    process.stdout.write(`${describeRun({ ...done, steps: [] })}\n`);
    return isClean(done) ? 0 : 1;
  },
});

function settingsOf(pairs: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, value] = /^(\w+)=([^']*)$/.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`--set takes NAME=VALUE, not "${pair}"`);
    settings[name] = value!;
  }
  return settings;
}

function handlerOf(hook: string): CallHandler {
  return async (name, args) => (await run(hook, [name, ...args])).code ?? 1;
}
