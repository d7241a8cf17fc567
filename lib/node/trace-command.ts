/**
 * `twinlun trace`: asks each process of a pair what its last commands went through, and prints it
 * in one order, as a table or as charts. What the steps mean is `lib/mirror`'s.
 */
import type { Side } from "../mirror/config";
import { mermaidChart, textChart } from "../mirror/step-chart";
import type { CommandSteps, StepRow } from "../mirror/step-log";
import { mergeSteps } from "../mirror/step-merge";
import { NAMED_MAX, type AdminStatus } from "./admin";
import { askStatus, askSteps } from "./admin-client";
import type { Terminal } from "./pair-command";
import { SettingsError } from "./settings-error";

export type TraceForm = "text" | "mermaid" | "json";

export interface TraceOrder {
  /** One for each process of the pair. */
  readonly sockets: readonly string[];
  /** How many commands, at most `limits.tracedCommandsMax`. */
  readonly last: number;
  readonly form: TraceForm;
}

/** A process that answered. */
interface Asked {
  readonly socket: string;
  readonly status: AdminStatus;
  readonly rows: readonly StepRow[];
}

/** @throws SettingsError in a sentence when nobody answers. */
export async function runTrace(order: TraceOrder, terminal: Terminal): Promise<number> {
  const asked = await askAll(order, terminal);
  const rows = await completed(asked);
  const bySide = (side: Side): StepRow[] => rows.filter((row) => row.side === side);
  const commands = mergeSteps(bySide(1), bySide(2)).slice(-order.last);
  if (commands.length === 0) terminal.err("No command has gone through a step yet.\n");
  terminal.out(textOf(commands, { form: order.form, statuses: asked.map(({ status }) => status) }));
  return 0;
}

/** Who does not answer is told of, and counts as one that remembers nothing. */
async function askAll({ sockets, last }: TraceOrder, terminal: Terminal): Promise<Asked[]> {
  const asked: Asked[] = [];
  const failures: SettingsError[] = [];
  for (const socket of new Set(sockets)) {
    try {
      const status = await askStatus(socket);
      asked.push({ socket, status, rows: await askSteps(socket, { last, commands: [] }) });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (asked.length === 0 && failure !== undefined) throw failure;
  for (const { message } of failures) terminal.err(`twinlun: ${message}\n`);
  return asked;
}

/** The last commands of one process may be older ones of another: it is asked for them by name. */
async function completed(asked: readonly Asked[]): Promise<readonly StepRow[]> {
  const [first, ...others] = asked;
  if (others.length === 0) return first?.rows ?? [];
  const numbers = new Set(asked.flatMap(({ rows }) => rows.map(({ command }) => command)));
  const commands = [...numbers].slice(-NAMED_MAX);
  const all = asked.map(({ socket }) => askSteps(socket, { last: 0, commands }));
  return (await Promise.all(all)).flat();
}

function textOf(
  commands: readonly CommandSteps[],
  { form, statuses }: { form: TraceForm; statuses: readonly AdminStatus[] },
): string {
  if (form === "json") return `${JSON.stringify(commands, null, 2)}\n`;
  const chart = form === "mermaid" ? mermaidChart : textChart;
  const charts = commands.map((command) =>
    chart(command, { mainSide: mainSideOf(statuses, command) }),
  );
  return charts.join("\n");
}

/** The side that has the main role of the command's volume now. */
function mainSideOf(statuses: readonly AdminStatus[], { rows }: CommandSteps): Side {
  const volumes = statuses.flatMap(({ sides }) => sides.flatMap((side) => side.volumes));
  const volume = volumes.find(({ number }) => number === rows[0]?.volume);
  if (volume === undefined) return 1;
  return (volume.role === "main") === (volume.side === 1) ? 1 : 2;
}
