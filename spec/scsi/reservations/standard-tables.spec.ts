/**
 * Which commands run in the presence of which reservation: the standards' tables, typed here by
 * command name, against a target that is asked. Nothing here is derived from the code's own table.
 */
import {
  type CommandRow,
  commands,
  persistentReserveOutClear,
  persistentReserveOutPreempt,
  persistentReserveOutPreemptAndAbort,
  persistentReserveOutRegister,
  persistentReserveOutRegisterAndIgnoreExistingKey,
  persistentReserveOutRegisterAndMove,
  persistentReserveOutRelease,
  persistentReserveOutReserve,
} from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { Nexus } from "../../../lib/scsi/nexus";
import { SpecUnit } from "../support/unit";

const CONFLICT = 0x18;

/**
 * A: allowed, C: RESERVATION CONFLICT; of another nexus than the holder
 *
 *   0  under an SPC-2 reservation [SPC-2 table 10, B.1]
 *   1  under Write Exclusive, 2 under Exclusive Access, whether it is registered or not
 *   3  registered, under one of the types for registrants [SPC-4 table 65, SBC-3 table 13]
 *   4  not registered, under such a Write Exclusive type, 5 under such an Exclusive Access type
 */
type Row = readonly [
  name: string,
  answers: string,
  fields?: Readonly<Record<string, number | boolean>>,
];

const TABLE: readonly Row[] = [
  ["TEST UNIT READY", "C A A A A A"],
  ["REQUEST SENSE", "A A A A A A"],
  ["FORMAT UNIT", "C C C A C C"],
  ["REASSIGN BLOCKS", "C C C A C C"],
  ["READ (6)", "C A C A A C"],
  ["WRITE (6)", "C C C A C C"],
  ["INQUIRY", "A A A A A A"],
  ["MODE SELECT (6)", "C C C A C C"],
  ["MODE SENSE (6)", "C A C A A C"],
  ["START STOP UNIT", "A A A A A A", { start: true }],
  ["START STOP UNIT", "C C C A C C", { start: false }],
  ["START STOP UNIT", "C C C A C C", { start: true, powerCondition: 1 }],
  ["RECEIVE DIAGNOSTIC RESULTS", "C A C A A C"],
  ["SEND DIAGNOSTIC", "C C C A C C"],
  ["PREVENT ALLOW MEDIUM REMOVAL", "A A A A A A", { prevent: 0 }],
  ["PREVENT ALLOW MEDIUM REMOVAL", "C C C A C C", { prevent: 1 }],
  ["READ CAPACITY (10)", "A A A A A A"],
  ["READ (10)", "C A C A A C"],
  ["WRITE (10)", "C C C A C C"],
  ["WRITE AND VERIFY (10)", "C C C A C C"],
  ["VERIFY (10)", "C A C A A C"],
  ["PRE-FETCH (10)", "C A C A A C"],
  ["SYNCHRONIZE CACHE (10)", "C C C A C C"],
  ["READ DEFECT DATA (10)", "C A C A A C"],
  ["WRITE BUFFER", "C C C A C C"],
  ["READ BUFFER", "C A C A A C"],
  ["WRITE SAME (10)", "C C C A C C"],
  ["UNMAP", "C C C A C C"],
  ["SANITIZE, OVERWRITE", "C C C A C C"],
  ["SANITIZE, BLOCK ERASE", "C C C A C C"],
  ["SANITIZE, CRYPTOGRAPHIC ERASE", "C C C A C C"],
  ["SANITIZE, EXIT FAILURE MODE", "C C C A C C"],
  ["LOG SELECT", "C C C A C C"],
  ["LOG SENSE", "A A A A A A"],
  ["MODE SELECT (10)", "C C C A C C"],
  ["MODE SENSE (10)", "C A C A A C"],
  ["PERSISTENT RESERVE IN, READ KEYS", "C A A A A A"],
  ["PERSISTENT RESERVE IN, READ RESERVATION", "C A A A A A"],
  ["PERSISTENT RESERVE IN, REPORT CAPABILITIES", "C A A A A A"],
  ["PERSISTENT RESERVE IN, READ FULL STATUS", "C A A A A A"],
  ["EXTENDED COPY (LID1)", "C C C A C C"],
  ["RECEIVE COPY STATUS (LID1)", "C C C A C C"],
  ["RECEIVE COPY DATA (LID1)", "C C C A C C"],
  ["RECEIVE COPY OPERATING PARAMETERS", "C C C A C C"],
  ["RECEIVE COPY FAILURE DETAILS (LID1)", "C C C A C C"],
  ["READ (16)", "C A C A A C"],
  ["COMPARE AND WRITE", "C C C A C C"],
  ["WRITE (16)", "C C C A C C"],
  ["ORWRITE (16)", "C C C A C C"],
  ["WRITE AND VERIFY (16)", "C C C A C C"],
  ["VERIFY (16)", "C A C A A C"],
  ["PRE-FETCH (16)", "C A C A A C"],
  ["SYNCHRONIZE CACHE (16)", "C C C A C C"],
  ["WRITE SAME (16)", "C C C A C C"],
  ["WRITE ATOMIC (16)", "C C C A C C"],
  ["READ CAPACITY (16)", "A A A A A A"],
  ["GET LBA STATUS", "C A C A A C"],
  ["REPORT LUNS", "A A A A A A"],
  ["REPORT IDENTIFYING INFORMATION", "A A A A A A"],
  ["REPORT TARGET PORT GROUPS", "A A A A A A"],
  ["REPORT SUPPORTED OPERATION CODES", "C A C A A C"],
  ["REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS", "C A C A A C"],
  ["REPORT TIMESTAMP", "A A A A A A"],
  ["SET IDENTIFYING INFORMATION", "C C C A C C"],
  ["SET TARGET PORT GROUPS", "C C C A C C"],
  ["SET TIMESTAMP", "C C C A C C"],
  ["READ (12)", "C A C A A C"],
  ["WRITE (12)", "C C C A C C"],
  ["WRITE AND VERIFY (12)", "C C C A C C"],
  ["VERIFY (12)", "C A C A A C"],
  ["READ DEFECT DATA (12)", "C A C A A C"],
];

/**
 * As SPC-2 defines them, with the exceptions of compatible reservation handling: where nexuses are
 * registered they succeed, without effect, for those that a persistent reservation lets in, and
 * conflict for all others. [SPC-2 7.17, 7.21, SPC-4 5.13.3]
 */
const SPC2_COMMANDS: readonly Row[] = [
  ["RESERVE (6)", "C C C A C C"],
  ["RELEASE (6)", "A C C A C C"],
  ["RESERVE (10)", "C C C A C C"],
  ["RELEASE (10)", "A C C A C C"],
];

const OUT = "PERSISTENT RESERVE OUT, ";

/** Types, and which columns they fill for c, registered as the holder b is, and for a, who is not. */
const TYPES = [
  { type: 1, a: 1, c: 1 },
  { type: 3, a: 2, c: 2 },
  { type: 5, a: 4, c: 3 },
  { type: 6, a: 5, c: 3 },
  { type: 7, a: 4, c: 3 },
  { type: 8, a: 5, c: 3 },
] as const;

const HOLDER_KEY = 2;
const OTHER_KEY = 3;

interface Scene {
  readonly unit: SpecUnit;
  readonly a: Nexus;
  readonly b: Nexus;
  readonly c: Nexus;
}

function listOf(key: number, serviceActionKey: number): Buffer {
  const list = Buffer.alloc(24);
  list[7] = key;
  list[15] = serviceActionKey;
  return list;
}

interface Out {
  readonly key?: number;
  readonly newKey?: number;
  readonly type?: number;
}

function out(unit: SpecUnit, row: CommandRow, nexus: Nexus, { key, newKey, type }: Out): number {
  const cdb = (row as typeof persistentReserveOutReserve).encode({
    type: type ?? 0,
    parameterListLength: 24,
  });
  return unit.check(cdb, { nexus, dataOut: listOf(key ?? 0, newKey ?? 0) }).status;
}

function scene(): Scene {
  const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
  const access = new TargetPortGroups(groups);
  const unit = new SpecUnit({ access, profile: { removable: true } });
  return { unit, a: unit.login(), b: unit.login(), c: unit.login() };
}

/** b and c are registered, and b reserves unless the type is null. */
function registered(type: number | null): Scene {
  const one = scene();
  const { unit, b, c } = one;
  expect(out(unit, persistentReserveOutRegister, b, { newKey: HOLDER_KEY })).toBe(0);
  expect(out(unit, persistentReserveOutRegister, c, { newKey: OTHER_KEY })).toBe(0);
  if (type !== null) {
    expect(out(unit, persistentReserveOutReserve, b, { key: HOLDER_KEY, type })).toBe(0);
  }
  return one;
}

/** b has reserved by RESERVE. */
function reserved(): Scene {
  const one = scene();
  expect(one.unit.check(Buffer.from([0x16, 0, 0, 0, 0, 0]), { nexus: one.b }).status).toBe(0);
  return one;
}

function answer({ unit }: Scene, nexus: Nexus, cdb: Uint8Array): "A" | "C" {
  return unit.check(cdb, { nexus, dataOut: Buffer.alloc(24) }).status === CONFLICT ? "C" : "A";
}

/** What the unit here has of a table: the row's CDB, and the answer of each column. */
function casesOf(table: readonly Row[]): { title: string; cdb: Uint8Array; columns: string[] }[] {
  return table.flatMap(([name, answers, fields = {}]) => {
    const command = diskCommands.find(({ row }) => row.name === name);
    if (command === undefined) return [];
    const asked = Object.entries(fields).map(([field, value]) => ` ${field}=${value}`);
    const cdb = command.row.encode(fields);
    return [{ title: `${name}${asked.join("")}`, cdb, columns: answers.split(" ") }];
  });
}

describe("the tables", () => {
  const names = new Set([...TABLE, ...SPC2_COMMANDS].map(([name]) => name));

  it("have a row for every command that has a CDB here, and for no other", () => {
    const known = commands.map(({ name }) => name).filter((name) => !name.startsWith(OUT));
    expect([...names].sort()).toEqual(known.sort());
  });

  it("have a row for every command that a disk runs", () => {
    const run = diskCommands.map(({ row }) => row.name).filter((name) => !name.startsWith(OUT));
    expect(run.filter((name) => !names.has(name))).toEqual([]);
  });

  it("have an answer in every column", () => {
    const wrong = [...TABLE, ...SPC2_COMMANDS].filter(([, row]) => !/^[AC]( [AC]){5}$/.test(row));
    expect(wrong).toEqual([]);
  });
});

describe.each(casesOf([...TABLE, ...SPC2_COMMANDS]))("$title", ({ title, cdb, columns }) => {
  const isSpc2 = SPC2_COMMANDS.some(([name]) => name === title);
  const isPersistent = title.startsWith("PERSISTENT");

  it("[SPC-2 5.5.1] of others under an SPC-2 reservation", () => {
    const one = reserved();
    expect(answer(one, one.a, cdb)).toBe(columns[0]);
  });

  it("[SPC-2 5.5.1] of the holder under an SPC-2 reservation", () => {
    const one = reserved();
    expect(answer(one, one.b, cdb)).toBe(isPersistent ? "C" : "A");
  });

  it.each(TYPES)("[SPC-4 table 65] under a persistent reservation of type $type", (row) => {
    for (const who of ["a", "c"] as const) {
      const one = registered(row.type);
      expect([who, answer(one, one[who], cdb)]).toEqual([who, columns[row[who]]]);
    }
    const one = registered(row.type);
    expect(answer(one, one.b, cdb)).toBe("A");
  });

  it("[SPC-4 5.13.1, 5.13.3] among registrations without a reservation", () => {
    for (const who of ["a", "b"] as const) {
      const one = registered(null);
      expect(answer(one, one[who], cdb)).toBe(isSpc2 ? "C" : "A");
    }
  });

  it("on a unit that nobody holds", () => {
    const one = scene();
    expect(answer(one, one.a, cdb)).toBe("A");
  });
});

/** Of a nexus with its right key: what c registered, a not registered, and b the holder is told. */
const OUT_TABLE: readonly (readonly [CommandRow, c: string, a: string, b: string])[] = [
  [persistentReserveOutRegister, "A", "A", "A"],
  [persistentReserveOutReserve, "C", "C", "A"],
  [persistentReserveOutRelease, "A", "C", "A"],
  [persistentReserveOutClear, "A", "C", "A"],
  [persistentReserveOutPreempt, "A", "C", "A"],
  [persistentReserveOutPreemptAndAbort, "A", "C", "A"],
  [persistentReserveOutRegisterAndIgnoreExistingKey, "A", "A", "A"],
  [persistentReserveOutRegisterAndMove, "C", "C", "A"],
];

describe.each(OUT_TABLE.map(([row, c, a, b]) => ({ name: row.name, row, c, a, b })))(
  "$name",
  ({ row, a, b, c }) => {
    it.each(TYPES)("[SPC-4 table 66] under a persistent reservation of type $type", ({ type }) => {
      const isOfAll = type === 7 || type === 8;
      const answers = { a, b, c };
      // All registrants hold it: they may reserve so once more, and nobody has it to move.
      if (isOfAll && row === persistentReserveOutReserve) answers.c = "A";
      if (isOfAll && row === persistentReserveOutRegisterAndMove) answers.b = "C";
      const keys = { a: 0, b: HOLDER_KEY, c: OTHER_KEY };
      for (const who of ["a", "b", "c"] as const) {
        const one = registered(type);
        // To preempt, c names the holder's key and b that of c.
        const newKey = who === "b" ? OTHER_KEY : HOLDER_KEY;
        const status = out(one.unit, row, one[who], { key: keys[who], newKey, type });
        expect([who, status === CONFLICT ? "C" : "A"]).toEqual([who, answers[who]]);
      }
    });

    it("[SPC-2 5.5.1] conflicts under an SPC-2 reservation, of whomever", () => {
      for (const who of ["a", "b"] as const) {
        const one = reserved();
        expect(out(one.unit, row, one[who], { newKey: HOLDER_KEY })).toBe(CONFLICT);
      }
    });
  },
);

it("PERSISTENT RESERVE OUT has a row for every service action that a disk runs", () => {
  const run = diskCommands.map(({ row }) => row.name).filter((name) => name.startsWith(OUT));
  const names = OUT_TABLE.map(([row]) => row.name);
  expect(run.filter((name) => !names.includes(name))).toEqual([]);
});
