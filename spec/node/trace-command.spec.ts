import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Side } from "../../lib/mirror/config";
import type { VolumeStatus } from "../../lib/mirror/pair-status";
import { StepLog } from "../../lib/mirror/step-log";
import { commandNumber, type JobNumber } from "../../lib/mirror/steps";
import { AdminServer, type StepsRequest } from "../../lib/node/admin";
import type { Terminal } from "../../lib/node/pair-command";
import { runTrace, type TraceForm } from "../../lib/node/trace-command";

/** A sub-side write, the steps of each side with their times. */
const SUB: readonly (readonly [JobNumber, number, number])[] = [
  ...([701, 702, 704] as const).map((step) => [1, step, 10] as const),
  ...([713, 714, 715, 716] as const).map((step) => [3, step, 11] as const),
  ...([708, 709, 711, 712] as const).map((step) => [2, step, 13] as const),
  ...([717, 718] as const).map((step) => [3, step, 15] as const),
  [1, 707, 15],
];
const MAIN: readonly (readonly [JobNumber, number, number])[] = [
  ...([719, 721, 722] as const).map((step) => [4, step, 12] as const),
  ...([726, 727, 728, 729] as const).map((step) => [5, step, 12] as const),
  ...([724, 725] as const).map((step) => [4, step, 14] as const),
];

let directory: string;
let servers: AdminServer[];
let logs: Readonly<Record<Side, StepLog>>;
let output: string;
let errors: string;

const terminal: Terminal = {
  out: (text) => void (output += text),
  err: (text) => void (errors += text),
  wait: () => Promise.resolve(),
};

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  [servers, output, errors] = [[], "", ""];
  logs = {
    1: new StepLog({ side: 1, capacity: 256 }),
    2: new StepLog({ side: 2, capacity: 256 }),
  };
});
afterEach(() => {
  for (const server of servers) server.close();
  fs.rmSync(directory, { recursive: true });
});

const socketOf = (side: Side): string => join(directory, `${side}.sock`);

/** A process with one side, whose log it is asked for. */
async function process(side: Side, role: "main" | "sub"): Promise<void> {
  const volume = { number: 0, side, role } as VolumeStatus;
  const server = await AdminServer.open(socketOf(side));
  servers.push(server);
  server.start((request) => {
    if (request.command === "status") {
      const sides = [{ side, portals: [], sessions: 0, volumes: [volume] }];
      return Promise.resolve({ target: "iqn", pid: 1, sides });
    }
    const { last, commands } = request as StepsRequest;
    const log = logs[side];
    return Promise.resolve({ steps: log.rows([...log.numbers(last), ...commands]) });
  });
}

function log(side: Side, command: number, steps: typeof SUB): void {
  for (const [job, step, timeMs] of steps) {
    logs[side].at(timeMs);
    logs[side].sink(0, command, job, step);
  }
}

function subWrite(count: number): void {
  const command = commandNumber(2, count);
  log(2, command, SUB);
  log(1, command, MAIN);
}

function trace(more: {
  last?: number;
  form?: TraceForm;
  sides?: readonly Side[];
}): Promise<number> {
  const { last = 1, form = "text", sides = [1, 2] } = more;
  return runTrace({ sockets: sides.map(socketOf), last, form }, terminal);
}

const stepsIn = (text: string): number[] =>
  [...text.matchAll(/ JOB\d .* {2}(\d{3}) {2}/g)].map((match) => Number(match[1]));

describe("twinlun trace", () => {
  it("puts both processes' steps of a command in one order", async () => {
    await process(1, "main");
    await process(2, "sub");
    subWrite(7);
    expect(await trace({})).toBe(0);
    expect(output).toMatch(/^command 7 of side 2, volume 0\n/);
    const wanted = [701, 702, 704, 713, 714, 715, 716, 719, 721, 722, 726, 727, 728];
    expect(stepsIn(output).slice(0, wanted.length)).toEqual(wanted);
    expect(stepsIn(output).slice(-6)).toEqual([729, 724, 725, 717, 718, 707]);
    expect(errors).toBe("");
  });

  it("asks the other process by name for commands that are old there", async () => {
    await process(1, "main");
    await process(2, "sub");
    subWrite(1);
    log(1, commandNumber(1, 1), [[1, 701, 20]]);
    log(1, commandNumber(1, 2), [[1, 701, 21]]);
    await trace({ last: 3, form: "json" });
    const commands = JSON.parse(output) as { command: number; rows: unknown[] }[];
    expect(commands.map(({ command }) => command)).toEqual(
      [
        [2, 1],
        [1, 1],
        [1, 2],
      ].map(([side, count]) => commandNumber(side as Side, count as number)),
    );
    output = "";
    await trace({ last: 1, form: "json" });
    expect(JSON.parse(output)).toMatchObject([{ command: commandNumber(1, 2) }]);
    expect(commands[0]?.rows).toHaveLength(SUB.length + MAIN.length);
  });

  it("finds the main side's part of a command that only the sub side has among its last", async () => {
    await process(1, "main");
    await process(2, "sub");
    subWrite(1);
    for (const count of [1, 2, 3]) log(1, commandNumber(1, count), [[1, 701, 5]]);
    await trace({ form: "json" });
    const [{ rows }] = JSON.parse(output) as [{ rows: unknown[] }];
    expect(rows).toHaveLength(SUB.length + MAIN.length);
  });

  it("draws charts for Mermaid, one for each command", async () => {
    await process(1, "main");
    await process(2, "sub");
    subWrite(1);
    subWrite(2);
    await trace({ last: 2, form: "mermaid" });
    expect(output.match(/^sequenceDiagram$/gm)).toHaveLength(2);
    expect(output).toMatch(/box transparent sub storage control unit 302/);
  });

  it("draws a command of one side alone by the roles of now", async () => {
    await process(1, "sub");
    log(1, commandNumber(1, 1), [[1, 701, 5]]);
    await trace({ form: "mermaid", sides: [1] });
    expect(output).toContain("sub storage control unit 302");
  });

  it("warns of a process that does not answer, and shows what the other knows", async () => {
    await process(2, "sub");
    subWrite(4);
    expect(await trace({})).toBe(0);
    expect(errors).toMatch(/^twinlun: Nobody listens at .*1\.sock: .*\n$/);
    expect(stepsIn(output)).toEqual(SUB.map(([, step]) => step));
  });

  it("fails in a sentence when nobody answers", async () => {
    await expect(trace({})).rejects.toThrow(/^Nobody listens at .*1\.sock/);
    expect(errors).toBe("");
  });

  it("says that nothing has happened yet", async () => {
    await process(1, "main");
    expect(await trace({ sides: [1] })).toBe(0);
    expect([output, errors]).toEqual(["", "No command has gone through a step yet.\n"]);
  });
});
