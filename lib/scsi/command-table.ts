/**
 * The commands a target knows, indexed by operation code and service action. One table serves all
 * units; what a unit supports of it is asked with the unit in hand, so that what REPORT SUPPORTED
 * OPERATION CODES tells is exactly what runs.
 */
import { assert } from "../base/assert";
import type { Command } from "./command";
import type { Unit } from "./unit";

/** Whether this unit runs the command. */
export function isSupported(command: Command, unit: Unit): boolean {
  return command.supported?.(unit) ?? true;
}

/** The SERVICE ACTION field of operation codes that have one: byte 1, bits 4 to 0. */
function serviceActionOf(cdb: Uint8Array): number {
  return (cdb[1] as number) & 0x1f;
}

function compare(a: Command, b: Command): number {
  return a.row.opcode - b.row.opcode || (a.row.serviceAction ?? 0) - (b.row.serviceAction ?? 0);
}

export class CommandTable {
  readonly #sorted: readonly Command[];
  readonly #byOpcode: readonly (readonly Command[])[];

  constructor(commands: readonly Command[]) {
    this.#sorted = [...commands].sort(compare);
    const byOpcode: Command[][] = Array.from({ length: 256 }, () => []);
    for (const command of this.#sorted) {
      const { opcode, serviceAction } = command.row;
      const others = byOpcode[opcode] as Command[];
      for (const { row } of others) {
        assert((row.serviceAction === null) === (serviceAction === null), "mixed opcode");
        assert(row.serviceAction !== serviceAction, "two commands of one opcode");
      }
      others.push(command);
    }
    this.#byOpcode = byOpcode;
  }

  /** The command of a CDB, supported or not; null when no row is of its code and service action. */
  find(cdb: Uint8Array): Command | null {
    const commands = this.byOpcode(cdb[0] as number);
    const first = commands[0];
    if (first === undefined || first.row.serviceAction === null) return first ?? null;
    const serviceAction = serviceActionOf(cdb);
    for (const command of commands) {
      if (command.row.serviceAction === serviceAction) return command;
    }
    return null;
  }

  /** All commands of an operation code, ascending by service action. */
  byOpcode(opcode: number): readonly Command[] {
    return this.#byOpcode[opcode] ?? [];
  }

  /** Whether an operation code is told apart by service actions. */
  hasServiceActions(opcode: number): boolean {
    const first = this.byOpcode(opcode)[0];
    return first !== undefined && first.row.serviceAction !== null;
  }

  /** What the unit supports, ascending by operation code and service action. */
  supported(unit: Unit): readonly Command[] {
    return this.#sorted.filter((command) => isSupported(command, unit));
  }
}
