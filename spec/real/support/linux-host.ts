/**
 * A spec of the real Linux initiator: one target, one scenario in the guest, one test per
 * requirement. A requirement names the steps that show it; whatever else the scenario did, and the
 * kernel's log, must be clean too.
 */
import type { Engine } from "../../../tools/linux-host/images";
import {
  describeRun,
  describeStep,
  isClean,
  runScenario,
  type Run,
} from "../../../tools/linux-host/run";
import type { ScenarioName } from "../../../tools/linux-host/scenarios";
import type { CallHandler } from "../../../tools/linux-host/vm";
import { Target } from "./target";

export interface LinuxHostSpec {
  readonly scenario: ScenarioName;
  /** The default is User-mode Linux. */
  readonly engine?: Engine;
  /** Flags of the target beside its portal and store. */
  readonly targetArgs?: readonly string[];
  /** Shell variables of the scenario beside `portal` and `iqn`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Answers what the scenario asks of the host. */
  readonly onCall?: (target: Target) => CallHandler;
  /** Title → the steps, by their whole names. */
  readonly requirements: readonly (readonly [title: string, steps: RegExp])[];
}

/** Registers the tests; call it inside a `describe`. */
export function itHolds(spec: LinuxHostSpec): void {
  const engine = spec.engine ?? "uml";
  let target: Target;
  let run: Run;

  beforeAll(async () => {
    const name = `linux-${spec.scenario}-${engine}`;
    target = await Target.start({ name, args: spec.targetArgs ?? [] });
    run = await runScenario({
      scenario: spec.scenario,
      engine,
      settings: { portal: target.portal, iqn: target.iqn, ...spec.settings },
      ...(spec.onCall === undefined ? {} : { onCall: spec.onCall(target) }),
    });
  });

  afterAll(() => target?.kill());

  it.each(spec.requirements)("%s", (_title, steps) => expectPassed(run, steps));

  it("leaves no step failed, and the kernel without a complaint", () => {
    if (!isClean(run)) throw new Error(`${describeRun(run)}\n${target.log()}`);
  });

  it("leaves a target that ends in order", async () => {
    expect(await target.stop()).toBe(0);
  });
}

/** At least one step of that name, and each of them passed. */
export function expectPassed(run: Run, steps: RegExp): void {
  const name = new RegExp(`^(?:${steps.source})$`);
  const own = run.steps.filter((step) => name.test(step.name));
  const passed = own.filter(({ outcome }) => outcome === "PASS");
  if (own.length > 0 && passed.length === own.length) return;
  const story = own.length > 0 ? own.map(describeStep).join("\n") : describeRun(run);
  throw new Error(`${passed.length} of ${own.length} steps ${String(name)} passed\n${story}`);
}
