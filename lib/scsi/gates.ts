/**
 * What stands between an enabled task and its command: one function per gate. `refusalOf` and
 * `commandRefusalOf` are the order in which gates refuse, and the documentation of it. The standard
 * puts resets before reservations and both before the rest [SAM-5 5.3.3 status precedence]; among
 * the rest the order is ours: first whether the CDB is one of ours at all, then the state of the
 * unit, last what the fields ask for, since initiators probe a stopped or protected unit with
 * fields of any value. ACA ACTIVE and TASK SET FULL come before all gates: the task never was in
 * the set.
 */
import {
  INVALID_COMMAND_OPERATION_CODE,
  INVALID_MESSAGE_ERROR,
  LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED,
  LOGICAL_UNIT_NOT_SUPPORTED,
  MEDIUM_NOT_PRESENT,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  WRITE_PROTECTED,
  invalidFieldInCdb,
} from "node-scsi-cdb";
import { assert } from "../base/assert";
import { limits } from "../base/limits";
import { accessRefusal } from "./alua";
import { type Command, type DecodedCdb, reservationRuleOf } from "./command";
import { isSupported } from "./command-table";
import type { Task } from "./task";
import type { Unit } from "./unit";
import { isResetAttention } from "./unit-attention";

/** Why a task goes no further. */
export type Refusal = Sense | "reservation-conflict";

/** A task that may run, with its CDB as its command's row decodes it. */
export interface Admission {
  readonly command: Command;
  readonly cdb: DecodedCdb;
}

/** SERVICE ACTION stands in byte 1, bits 4 to 0. */
const SERVICE_ACTION = { byte: 1, bit: 4 };

/** [SAM-5 5.11 Incorrect logical unit numbers for commands] */
function logicalUnitGate(unit: Unit, command: Command | null): Refusal | null {
  if (!unit.isVacant || command?.runsWithoutUnit === true) return null;
  return { code: LOGICAL_UNIT_NOT_SUPPORTED };
}

/** A reset is reported before a conflict, and cleared as it is reported. [SAM-5 5.14] */
function resetAttentionGate(task: Task, unit: Unit, command: Command | null): Refusal | null {
  const waiting = unit.unitAttentions.peek(task.nexus.id);
  if (waiting === null || !isResetAttention(waiting)) return null;
  return attentionGate(task, unit, command);
}

/** [SPC-2 5.5.1, SPC-4 5.13.1] */
function reservationGate(task: Task, unit: Unit, command: Command | null): Refusal | null {
  if (command === null) return null;
  const rule = reservationRuleOf(command, task.cdb);
  return unit.reservation.allows(task.nexus, rule) ? null : "reservation-conflict";
}

/** With an interlock only REQUEST SENSE clears what is reported. [SPC-4 UA_INTLCK_CTRL] */
function attentionGate(task: Task, unit: Unit, command: Command | null): Refusal | null {
  if (command?.bypassesUnitAttention === true) return null;
  const { unitAttentions, modePages } = unit;
  const { id } = task.nexus;
  return modePages.isInterlocked ? unitAttentions.peek(id) : unitAttentions.take(id);
}

/** The state of the port's group. [SPC-4 5.11.2] */
function accessGate(task: Task, unit: Unit, command: Command | null): Refusal | null {
  if (command === null) return null;
  return accessRefusal(command, unit, task.nexus.relativeTargetPort);
}

/** An unknown service action of a known operation code is a field, and so is pointed at. */
function supportGate(task: Task, unit: Unit, command: Command | null): Refusal | null {
  if (command !== null && isSupported(command, unit)) return null;
  const others = unit.commands.byOpcode(task.cdb[0] as number);
  if (others.some((other) => isSupported(other, unit))) return invalidFieldInCdb(SERVICE_ACTION);
  return { code: INVALID_COMMAND_OPERATION_CODE };
}

/** ACA is for the nexus that has a condition to deal with. [SAM-5 8.6.5] */
function attributeGate(task: Task, unit: Unit): Sense | null {
  if (task.attribute !== "aca" || unit.aca.isFaulted(task.nexus.name)) return null;
  return { code: INVALID_MESSAGE_ERROR };
}

function reservedBitsGate(task: Task, { command }: Admission): Sense | null {
  const pointer = command.row.firstReservedBit(task.cdb);
  return pointer === null ? null : invalidFieldInCdb(pointer);
}

/** What is done, or has failed, to the whole medium. [SBC-4 4.11, 4.33] */
function operationGate(unit: Unit, { command }: Admission): Sense | null {
  return unit.operation.refusalOf(command);
}

/** Why blocks of the unit cannot be touched now; null: they can. [SBC-4 START STOP UNIT] */
export function notReadySense(unit: Unit): Sense | null {
  if (!unit.isMediumPresent) return { code: MEDIUM_NOT_PRESENT };
  if (!unit.isStopped) return null;
  return { code: LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED };
}

function readinessGate(unit: Unit, { command }: Admission): Sense | null {
  return command.needsMedium ? notReadySense(unit) : null;
}

function writeProtectGate(unit: Unit, { command }: Admission): Sense | null {
  return command.writes && unit.isWriteProtected ? { code: WRITE_PROTECTED } : null;
}

function fieldsGate(task: Task, unit: Unit, { command, cdb }: Admission): Sense | null {
  return command.check?.(cdb, unit, task) ?? null;
}

/** What all controllers apply they have to be told. */
function parameterListGate(task: Task, unit: Unit, { command, cdb }: Admission): Sense | null {
  if (command.apply === undefined) return null;
  const length = command.dataOutLength?.(cdb, unit, task) ?? 0;
  return length <= limits.parameterListMax ? null : { code: PARAMETER_LIST_LENGTH_ERROR };
}

/**
 * The gates that refuse whatever the CDB is, in their order; `command` is null if no row is of its
 * operation code.
 */
function refusalOf(task: Task, unit: Unit, command: Command | null): Refusal | null {
  return (
    logicalUnitGate(unit, command) ??
    resetAttentionGate(task, unit, command) ??
    reservationGate(task, unit, command) ??
    attentionGate(task, unit, command) ??
    accessGate(task, unit, command) ??
    supportGate(task, unit, command)
  );
}

/** The gates of a command that the unit supports, in their order. */
function commandRefusalOf(task: Task, unit: Unit, admission: Admission): Sense | null {
  return (
    attributeGate(task, unit) ??
    reservedBitsGate(task, admission) ??
    operationGate(unit, admission) ??
    readinessGate(unit, admission) ??
    writeProtectGate(unit, admission) ??
    fieldsGate(task, unit, admission) ??
    parameterListGate(task, unit, admission)
  );
}

/** Leads a task through all gates: what it may run, or the first refusal. */
export function passGates(task: Task, unit: Unit): Admission | { readonly refusal: Refusal } {
  const command = unit.commands.find(task.cdb);
  const refusal = refusalOf(task, unit, command);
  if (refusal !== null) return { refusal };
  assert(command !== null, "an unsupported command is refused");
  const admission = { command, cdb: command.row.decode(task.cdb) };
  const commandRefusal = commandRefusalOf(task, unit, admission);
  return commandRefusal === null ? admission : { refusal: commandRefusal };
}
