/**
 * What guest and host say to each other over the guest's second serial line, one line each; kernel
 * and programs cannot mix into it. The guest's half is guest/lab.sh.
 *
 *   VMLAB|UPTIME|STEP|PASS or FAIL or INFO|DETAIL   a step of the scenario ended
 *   VMLAB-CALL|NAME|ARGUMENT…                       do this on the host; it answers `rc=STATUS`
 *   VMLAB-RESULT|OK or FAILED                       the scenario came to its end
 *   anything else                                   output of the step that follows
 */

export type Outcome = "PASS" | "FAIL" | "INFO";

export interface Step {
  readonly uptime: number;
  readonly name: string;
  readonly outcome: Outcome;
  readonly detail: string;
  /** What the step wrote; kept by the guest for failures only. */
  readonly output: readonly string[];
}

export type Line =
  | { readonly type: "step"; readonly step: Step }
  | { readonly type: "call"; readonly name: string; readonly args: readonly string[] }
  | { readonly type: "result"; readonly isOk: boolean }
  | { readonly type: "output"; readonly text: string };

const outcomes: ReadonlySet<string> = new Set(["PASS", "FAIL", "INFO"]);

/** Reads one line of the guest, without its line end. */
export function parseLine(text: string): Line {
  const [mark, ...fields] = text.split("|");
  if (mark === "VMLAB-RESULT") return { type: "result", isOk: fields[0] === "OK" };
  if (mark === "VMLAB-CALL") return { type: "call", name: fields[0] ?? "", args: fields.slice(1) };
  const [uptime = "", name = "", outcome = "", ...detail] = fields;
  if (mark !== "VMLAB" || !outcomes.has(outcome)) return { type: "output", text };
  const known = { name, outcome: outcome as Outcome, detail: detail.join("|") };
  return { type: "step", step: { uptime: Number(uptime), ...known, output: [] } };
}

/** The host's answer to a call. */
export function answer(status: number): string {
  return `rc=${status}\n`;
}

/** The line that names the next step in the kernel's log; the guest writes it to /dev/kmsg. */
export const stepMark = /VMLAB step (\S+)/;
