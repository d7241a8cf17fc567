/**
 * One command's way for people to read: as a table, and as a sequence chart in Mermaid's language,
 * as the patent draws Figs. 8, 9 and 16. It takes the steps in the order it is given.
 */
import type { Role, Side } from "./config";
import type { CommandSteps, StepRow } from "./step-log";
import type { Party, StepName } from "./step-names";
import { COMMUNICATION_VOLUME, controlUnits, stepName } from "./step-names";
import type { JobNumber } from "./steps";
import { commandNumber, sideOf } from "./steps";

export interface ChartOptions {
  /** The side whose control unit is 301, unless the steps themselves say which it was. */
  readonly mainSide: Side;
}

/** What takes part, by its numeral in Fig. 1; a processor with the jobs it runs. */
interface Participant {
  readonly element: number;
  readonly role: Role;
  readonly party: Party;
}

/** A row with all that the charts show of it. */
interface Drawn {
  readonly row: StepRow;
  readonly what: string;
  readonly paragraph: string;
  readonly by: Participant;
  readonly from: Participant;
  /** null: nothing leaves the processor. */
  readonly to: Participant | null;
}

/** The way a request takes; ends are reported against it. */
const WAY: readonly Party[] = ["host", 1, 3, 4, 5, 2, "volume"];

/** Left to right; the processors of one control unit stand in one box. */
const PLACES: readonly { readonly unit: Role | null; readonly elements: readonly number[] }[] = [
  { unit: null, elements: [101] },
  { unit: "main", elements: [501, 503, 502] },
  { unit: null, elements: [601, 602] },
  { unit: "sub", elements: [509, 508, 510] },
  { unit: null, elements: [102] },
];

export function textChart(command: CommandSteps, options: ChartOptions): string {
  const drawn = drawnOf(command, options);
  const startMs = command.rows[0]?.timeMs ?? 0;
  const cells = drawn.map(({ row, what, paragraph, from, to }) => [
    (row.timeMs - startMs).toFixed(3),
    `${row.side}`,
    `JOB${row.job}`,
    to === null ? `${from.element}` : `${from.element} → ${to.element}`,
    `${row.step}`,
    paragraph === "" ? what : `${what} [${paragraph}]`,
  ]);
  const headings = ["ms", "side", "job", "who", "step", "what"];
  return `${titleOf(command)}\n${tableOf([headings, ...cells])}`;
}

export function mermaidChart(command: CommandSteps, options: ChartOptions): string {
  const drawn = drawnOf(command, options);
  const lines = ["sequenceDiagram", ...participantLines(drawn)];
  let notes: Drawn[] = [];
  for (const step of drawn) {
    if (notes.length > 0 && (step.to !== null || notes[0]?.by.element !== step.by.element)) {
      lines.push(noteOf(notes));
      notes = [];
    }
    if (step.to === null) notes.push(step);
    else lines.push(arrowOf(step, step.to));
  }
  if (notes.length > 0) lines.push(noteOf(notes));
  return `${lines.join("\n")}\n`;
}

/** "command 15 of side 2, volume 0": by the number that side 2 gave. */
function titleOf({ command, rows }: CommandSteps): string {
  const side = sideOf(command);
  const count = command - commandNumber(side, 0);
  return `command ${count} of side ${side}, volume ${rows[0]?.volume ?? "unknown"}`;
}

/** Numbers to the right, words to the left. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  );
  const lines = rows.map((row) =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return index === 0 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function drawnOf(command: CommandSteps, { mainSide }: ChartOptions): Drawn[] {
  const main = mainSideOf(command.rows, mainSide);
  return command.rows.map((row) => drawnStep(row, row.side === main ? "main" : "sub"));
}

/** Roles may have been exchanged since: JOB4 and JOB5 are the main side's, JOB2 and JOB3 not. */
function mainSideOf(rows: readonly StepRow[], mainSide: Side): Side {
  const telling = rows.find(({ job }) => job !== 1);
  if (telling === undefined) return mainSide;
  const isMain = telling.job === 4 || telling.job === 5;
  return isMain === (telling.side === 1) ? 1 : 2;
}

function drawnStep(row: StepRow, role: Role): Drawn {
  const name = stepName(row.step);
  const by = participantOf(row.job, role);
  if (name === null) {
    return { row, what: "no step of the patent's", paragraph: "", by, from: by, to: null };
  }
  const { what, paragraph, carries } = name;
  if (carries === null) return { row, what, paragraph, by, from: by, to: null };
  const from = carries.from === "host" ? participantOf("host", role) : by;
  return { row, what, paragraph, by, from, to: targetOf(carries, row, role) };
}

function targetOf(
  carries: NonNullable<StepName["carries"]>,
  row: StepRow,
  role: Role,
): Participant {
  const { to } = carries;
  // A command of the main side's own host has no JOB4: JOB1 asked for the copy. [0043]
  if (row.job === 5 && to === 4 && sideOf(row.command) === row.side) return participantOf(1, role);
  const other: Role = role === "main" ? "sub" : "main";
  return participantOf(to, isAcross(row.job, to) ? other : role);
}

/** Whether it goes over one of the paths 202 and 203: from JOB3, JOB5 or back to them. */
function isAcross(from: JobNumber, to: Party): boolean {
  const senders: readonly Party[] = [3, 5];
  const receivers: readonly Party[] = [4, 2];
  const [one, another] = [senders.indexOf(from), receivers.indexOf(to)];
  if (one >= 0) return one === another;
  const receiver = receivers.indexOf(from);
  return receiver >= 0 && receiver === senders.indexOf(to);
}

function participantOf(party: Party, role: Role): Participant {
  const { host, volume, processors } = controlUnits[role];
  if (party === "host") return { element: host, role, party };
  if (party === "volume") return { element: volume, role, party };
  return { element: processors[party], role, party };
}

function participantLines(drawn: readonly Drawn[]): string[] {
  const labels = labelsOf(drawn);
  return PLACES.flatMap(({ unit, elements }) => {
    const lines = elements
      .filter((element) => labels.has(element))
      .map((element) => `  participant e${element} as ${labels.get(element)}`);
    if (unit === null || lines.length === 0) return lines;
    const title = `${unit} storage control unit ${controlUnits[unit].unit}`;
    return [`  box transparent ${title}`, ...lines, "  end"];
  });
}

/** Of those that take part. */
function labelsOf(drawn: readonly Drawn[]): Map<number, string> {
  const hasCommunication = drawn.some(({ row }) => row.step === 704);
  const taking = new Map<number, Participant[]>();
  for (const { by, from, to } of drawn) {
    for (const each of to === null ? [by] : [by, from, to]) {
      const known = taking.get(each.element) ?? [];
      if (!known.some(({ party }) => party === each.party))
        taking.set(each.element, [...known, each]);
    }
  }
  return new Map(
    [...taking].map(([element, participants]) => [
      element,
      labelOf(element, participants, hasCommunication),
    ]),
  );
}

function labelOf(
  element: number,
  participants: readonly Participant[],
  hasCommunication: boolean,
): string {
  const role = participants[0]?.role ?? "main";
  const parties = participants.map(({ party }) => party);
  if (parties.includes("host")) return `${role} host ${element}`;
  if (parties.includes("volume")) return `${role} volume ${element}`;
  const isCommunication = hasCommunication && parties.includes(3);
  const volume = isCommunication ? COMMUNICATION_VOLUME : controlUnits[role].volume;
  const jobs = parties.map((job) => `JOB${job}`).join(", ");
  return `${jobs} of ${volume}<br/>processor ${element}`;
}

function arrowOf({ row, what, from }: Drawn, to: Participant): string {
  const isBack = WAY.indexOf(to.party) < WAY.indexOf(from.party);
  return `  e${from.element}${isBack ? "-->>" : "->>"}e${to.element}: ${row.step} ${what}`;
}

function noteOf(steps: readonly Drawn[]): string {
  const text = steps.map(({ row, what }) => `${row.step} ${what}`).join("<br/>");
  return `  Note over e${steps[0]?.by.element}: ${text}`;
}
