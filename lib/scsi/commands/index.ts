/** The commands of a disk: the list is the table. A new command is a file and a line here. */
import type { Command } from "../command";
import { readBuffer, writeBuffer } from "./buffer";
import { compareAndWrite } from "./compare-and-write";
import { receiveDiagnosticResults, sendDiagnostic } from "./diagnostic";
import { reportIdentifyingInformation, setIdentifyingInformation } from "./identifying-information";
import { extendedCopyLid1 } from "./extended-copy";
import { formatUnit } from "./format-unit";
import { getLbaStatus } from "./get-lba-status";
import { inquiry } from "./inquiry";
import { logSelect, logSense } from "./log";
import { modeSelectCommands } from "./mode-select";
import { modeSenseCommands } from "./mode-sense";
import { orwrite } from "./orwrite";
import { persistentReserveInCommands } from "./persistent-reserve-in";
import { persistentReserveOutCommands } from "./persistent-reserve-out";
import { preFetchCommands } from "./pre-fetch";
import { preventAllowMediumRemoval } from "./prevent-allow-medium-removal";
import { readCommands } from "./read";
import { readCapacity10, readCapacity16 } from "./read-capacity";
import { readDefectDataCommands } from "./read-defect-data";
import { receiveCopyResultsCommands } from "./receive-copy-results";
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
import { reportTimestamp, setTimestamp } from "./timestamp";
import { unmap } from "./unmap";
import { verifyCommands } from "./verify";
import { writeAndVerifyCommands } from "./write-and-verify";
import { writeCommands } from "./write";
import { writeAtomic } from "./write-atomic";
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
  writeAtomic,
  ...writeSameCommands,
  ...writeAndVerifyCommands,
  ...verifyCommands,
  ...preFetchCommands,
  compareAndWrite,
  orwrite,
  unmap,
  getLbaStatus,
  ...synchronizeCacheCommands,
  ...readDefectDataCommands,
  readBuffer,
  writeBuffer,
  extendedCopyLid1,
  ...receiveCopyResultsCommands,
  ...modeSenseCommands,
  ...modeSelectCommands,
  startStopUnit,
  preventAllowMediumRemoval,
  ...sanitizeCommands,
  formatUnit,
  ...reserveCommands,
  ...persistentReserveInCommands,
  ...persistentReserveOutCommands,
  reportIdentifyingInformation,
  setIdentifyingInformation,
  reportTimestamp,
  setTimestamp,
  logSense,
  logSelect,
  sendDiagnostic,
  receiveDiagnosticResults,
];
