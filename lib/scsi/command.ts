/**
 * One declaration per command of the device server: the node-scsi-cdb row that says what its CDB
 * looks like, and what this target does with it. Dispatch, gates, REPORT SUPPORTED OPERATION CODES
 * and the specs all read this one declaration. `command-table.ts` indexes the rows.
 */
import type { Cdb, CommandRow, Sense } from "node-scsi-cdb";
import type { OperationKind } from "./operations/operation";
import type { ReservationRule } from "./reservations/rules";
import type { Task } from "./task";
import type { Unit } from "./unit";
import type { ActionOutcome, CommandAction } from "./unit-action";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- one table for rows of all formats
type AnyRow = CommandRow<any>;

interface Traits<R extends AnyRow> {
  readonly row: R;
  /** False: the unit answers INVALID COMMAND OPERATION CODE and does not report the command. */
  supported?(unit: Unit): boolean;
  /** Runs although a unit attention waits (INQUIRY, REPORT LUNS, REQUEST SENSE). */
  readonly bypassesUnitAttention?: boolean;
  /** Whether it may run while another nexus holds the unit reserved. */
  readonly reservation: ReservationRule;
  /** The same, for a command of which the standard's table says it by fields of the CDB. */
  reservationBy?(cdb: Cdb<R>): ReservationRule;
  /** Needs a started unit with its medium loaded. */
  readonly needsMedium: boolean;
  /** Changes the medium: refused on a write-protected unit. */
  readonly writes: boolean;
  /**
   * Makes the whole medium anew, or gives up doing so: runs after a sanitize or a format that
   * failed, where others do not.
   */
  readonly renews?: OperationKind;
  /** Runs on a LUN without a unit (INQUIRY, REPORT LUNS, REQUEST SENSE). */
  readonly runsWithoutUnit?: boolean;
  /** CDB USAGE DATA where the unit decides bits of it; the row's mask otherwise. */
  usage?(mask: Uint8Array, unit: Unit): Uint8Array;
  /** Refuses the CDB before any data moves; null: go on. */
  check?(cdb: Cdb<R>, unit: Unit, task: Task): Sense | null;
  /** Bytes of Data-Out that the CDB asks for; of one that does not tell, what the task brings. */
  dataOutLength?(cdb: Cdb<R>, unit: Unit, task: Task): number;
}

/** A command that touches blocks or tells something: the controller it came to executes it. */
interface Executed<R extends AnyRow> extends Traits<R> {
  /**
   * Runs when all Data-Out is there. Ends in exactly one of the Unit's ending verbs, now or later.
   */
  execute(cdb: Cdb<R>, task: Task, unit: Unit): void;
  readonly apply?: undefined;
}

/** A command that changes the unit's state: all controllers of the unit apply it, in one order. */
interface Applied<R extends AnyRow> extends Traits<R> {
  /**
   * Changes this controller's replica of the unit, by nothing but its arguments, so that all
   * replicas stay alike. The reservation rule has been asked once more; `check` has been asked
   * where the command came in, of a replica that may have been older.
   */
  apply(cdb: Cdb<R>, action: CommandAction, unit: Unit): ActionOutcome;
  /** Before it is proposed, where the command came in: calls `then`, or ends the task. */
  prepare?(cdb: Cdb<R>, task: Task, unit: Unit, then: () => void): void;
  /** After the answer "good", where the command came in; ends the task. Absent: GOOD. */
  conclude?(cdb: Cdb<R>, task: Task, unit: Unit): void;
  readonly execute?: undefined;
}

export type Behaviour<R extends AnyRow> = Executed<R> | Applied<R>;

export type Command = Behaviour<AnyRow>;

/** A CDB as the row of its command decodes it; only that command knows which fields it has. */
export type DecodedCdb = Cdb<AnyRow>;

/** All properties that a behaviour may have. */
const SHAPE: { readonly [property in keyof Executed<AnyRow> | keyof Applied<AnyRow>]: undefined } =
  {
    row: undefined,
    supported: undefined,
    bypassesUnitAttention: undefined,
    reservation: undefined,
    reservationBy: undefined,
    needsMedium: undefined,
    writes: undefined,
    renews: undefined,
    runsWithoutUnit: undefined,
    usage: undefined,
    check: undefined,
    dataOutLength: undefined,
    execute: undefined,
    apply: undefined,
    prepare: undefined,
    conclude: undefined,
  };

/**
 * Ties a behaviour to its row's field types; in the table all rows are alike. They all have the
 * same properties in the same order, too, so that the path of every command finds them by place.
 */
export function command<R extends AnyRow>(behaviour: Behaviour<R>): Command {
  return { ...SHAPE, ...behaviour } as unknown as Command;
}

/** What a reservation of another nexus has to do with this CDB. */
export function reservationRuleOf(command: Command, cdb: Uint8Array): ReservationRule {
  const { row, reservation, reservationBy } = command;
  if (reservationBy === undefined || cdb.length < row.length) return reservation;
  return reservationBy(row.decode(cdb));
}
