/**
 * The well known logical unit REPORT LUNS: it stands at the same LUN in every target and runs four
 * commands, among them the one it is named after. It is no disk, and each controller has its own.
 * [SPC-4 8.2]
 */
import { inquiry, reportLuns, requestSense, testUnitReady } from "node-scsi-cdb";
import type { Command } from "./command";
import { CommandTable } from "./command-table";
import { REPORT_LUNS_LUN } from "./lun";
import type { Unit, UnitProfile } from "./unit";

const OPCODES = [inquiry, reportLuns, requestSense, testUnitReady].map(({ opcode }) => opcode);

/** Those of a target's commands that it runs. */
export function wellKnownCommands(commands: readonly Command[]): CommandTable {
  return new CommandTable(commands.filter(({ row }) => OPCODES.includes(row.opcode)));
}

/** It has the names of the target and none of its own. */
export function wellKnownProfile(profile: UnitProfile): UnitProfile {
  return { ...profile, lun: REPORT_LUNS_LUN, serial: "", removable: false };
}

export function isWellKnown({ profile }: Pick<Unit, "profile">): boolean {
  return profile.lun === REPORT_LUNS_LUN;
}
