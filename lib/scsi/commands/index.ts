/** The commands of a disk: the list is the table. A new command is a file and a line here. */
import type { Command } from "../command";
import { compareAndWrite } from "./compare-and-write";
import { formatUnit } from "./format-unit";
import { getLbaStatus } from "./get-lba-status";
import { inquiry } from "./inquiry";
import { modeSelectCommands } from "./mode-select";
import { modeSenseCommands } from "./mode-sense";
import { persistentReserveInCommands } from "./persistent-reserve-in";
import { persistentReserveOutCommands } from "./persistent-reserve-out";
import { preventAllowMediumRemoval } from "./prevent-allow-medium-removal";
import { readCommands } from "./read";
import { readCapacity10, readCapacity16 } from "./read-capacity";
import { reportLuns } from "./report-luns";
import { reportSupportedOperationCodes } from "./report-supported-operation-codes";
import { reportSupportedTaskManagementFunctions } from "./report-supported-tmf";
import { requestSense } from "./request-sense";
import { reserveCommands } from "./reserve";
import { sanitizeCommands } from "./sanitize";
import { startStopUnit } from "./start-stop-unit";
import { synchronizeCacheCommands } from "./synchronize-cache";
import { reportTargetPortGroups } from "./target-port-groups";
import { testUnitReady } from "./test-unit-ready";
import { unmap } from "./unmap";
import { writeCommands } from "./write";
import { writeSameCommands } from "./write-same";

export const diskCommands: readonly Command[] = [
  testUnitReady,
  inquiry,
  requestSense,
  reportLuns,
  reportSupportedOperationCodes,
  reportSupportedTaskManagementFunctions,
  reportTargetPortGroups,
  readCapacity10,
  readCapacity16,
  ...readCommands,
  ...writeCommands,
  ...writeSameCommands,
  compareAndWrite,
  unmap,
  getLbaStatus,
  ...synchronizeCacheCommands,
  ...modeSenseCommands,
  ...modeSelectCommands,
  startStopUnit,
  preventAllowMediumRemoval,
  ...sanitizeCommands,
  formatUnit,
  ...reserveCommands,
  ...persistentReserveInCommands,
  ...persistentReserveOutCommands,
];
