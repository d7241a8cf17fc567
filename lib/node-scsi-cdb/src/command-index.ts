/**
 * All rows in one list, and what tools do with a CDB they know nothing of: find its row, decode
 * it, say it in a line, print its table. A device server has its own table of what it supports.
 */
import type { CommandRow } from "./command";
import * as families from "./commands/index";
import type { Field } from "./fields";

/** Every command this package knows, by operation code and service action. */
export const commands: readonly CommandRow[] = sorted(Object.values(families));

const byIdentity = indexed(commands);

/** A CDB with the row that explains it. */
export interface DecodedCdb {
  readonly row: CommandRow;
  readonly fields: Readonly<Record<string, number | boolean>>;
}

/** The row of a CDB, by operation code and service action; null when there is none. */
export function findCommand(cdb: Uint8Array): CommandRow | null {
  const opcode = cdb[0];
  if (opcode === undefined) return null;
  const serviceAction = (cdb[1] ?? 0) & 0x1f;
  return (
    byIdentity.get(identity(opcode, null)) ??
    byIdentity.get(identity(opcode, serviceAction)) ??
    null
  );
}

/** The row and the fields of a CDB; null when the command is not known or the CDB is cut short. */
export function decodeCdb(cdb: Uint8Array): DecodedCdb | null {
  const row = findCommand(cdb);
  if (row === null || cdb.length < row.length) return null;
  const fields = row.decode(cdb) as DecodedCdb["fields"];
  return { row, fields };
}

/**
 * One line for people: the name, the numbers that are not zero, the flags that are set, as
 * `READ (10) lba=4096 blockCount=8 fua`. Ignored fields are left out.
 */
export function describeCdb(cdb: Uint8Array): string {
  const decoded = decodeCdb(cdb);
  if (decoded === null) return `unknown CDB ${hex(cdb)}`;
  const { row, fields } = decoded;
  const told = Object.entries(fields).filter(([name]) => {
    return !IDENTITY.has(name) && row.fields[name]?.ignored === false;
  });
  const numbers = told.filter(([, value]) => typeof value === "number" && value !== 0);
  const flags = told.filter(([, value]) => value === true);
  return [
    row.name,
    ...numbers.map(([name, value]) => `${name}=${value}`),
    ...flags.map(([name]) => name),
  ].join(" ");
}

/** The standard's byte and bit table of a command as lines of text. */
export function helpText(row: CommandRow): string {
  const fields = Object.entries(row.fields as Record<string, Field<unknown>>).sort(
    ([, a], [, b]) => a.byte - b.byte || b.high - a.high,
  );
  const action = row.serviceAction === null ? "" : `/${hexByte(row.serviceAction)}h`;
  const opcode = `${hexByte(row.opcode)}h${action}`;
  const data = { none: "no data", in: "data in", out: "data out" }[row.direction];
  const lines = fields.map(([property, field]) => {
    const note = field.ignored ? " (ignored)" : "";
    return `  ${placeOf(field).padEnd(16)}${field.label.padEnd(34)}${property}${note}`;
  });
  const head = `${row.name}: ${opcode}, ${row.length} bytes, ${data} [${row.reference}]`;
  return [head, ...lines].join("\n");
}

/**
 * CDB USAGE DATA as REPORT SUPPORTED OPERATION CODES returns it: the operation code and the service
 * action as they are, and a one for each further bit that has a meaning.
 * [SPC-4 REPORT SUPPORTED OPERATION CODES]
 */
export function usageData(row: CommandRow): Uint8Array {
  const data = Uint8Array.from(row.usageMask);
  data[0] = row.opcode;
  if (row.serviceAction !== null) data[1] = ((data[1] as number) & ~0x1f) | row.serviceAction;
  return data;
}

const IDENTITY: ReadonlySet<string> = new Set(["opcode", "serviceAction"]);

/** One number for operation code and service action; no service action comes before all of them. */
function identity(opcode: number, serviceAction: number | null): number {
  return opcode * 64 + (serviceAction === null ? 0 : 1 + serviceAction);
}

function sorted(rows: readonly CommandRow[]): readonly CommandRow[] {
  const key = (row: CommandRow): number => identity(row.opcode, row.serviceAction);
  return [...rows].sort((a, b) => key(a) - key(b));
}

/** @throws RangeError when two rows claim one command. */
function indexed(rows: readonly CommandRow[]): ReadonlyMap<number, CommandRow> {
  const index = new Map<number, CommandRow>();
  for (const row of rows) {
    const other = index.get(identity(row.opcode, row.serviceAction));
    if (other !== undefined) throw new RangeError(`${row.name} and ${other.name} are one command`);
    index.set(identity(row.opcode, row.serviceAction), row);
  }
  return index;
}

function placeOf({ byte, length, high, low }: Field<unknown>): string {
  const bitRange = high === low ? `bit ${high}` : `bits ${high}-${low}`;
  const isWhole = high === 7 && low === 0;
  if (length === 1) return isWhole ? `${byte}` : `${byte} ${bitRange}`;
  return isWhole ? `${byte}-${byte + length - 1}` : `${byte}.${high}-${byte + length - 1}.${low}`;
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, "0");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(" ");
}
