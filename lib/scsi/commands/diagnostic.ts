/**
 * SEND DIAGNOSTIC and RECEIVE DIAGNOSTIC RESULTS: self-tests, and the list of diagnostic pages,
 * which has itself alone. [SPC-4 6.17, 6.42]
 */
import {
  type Cdb,
  LOGICAL_UNIT_FAILED_SELF_TEST,
  LOGICAL_UNIT_NOT_READY_SELF_TEST_IN_PROGRESS,
  PARAMETER_LIST_LENGTH_ERROR,
  type Sense,
  format,
  invalidFieldInParameterList,
  receiveDiagnosticResults as receiveRow,
  sendDiagnostic as sendRow,
  uint,
} from "node-scsi-cdb";
import { gather } from "../../base/bytes";
import { command } from "../command";
import type { Task } from "../task";
import type { Unit } from "../unit";
import { refuse } from "./transfer";

/** SELF-TEST CODE */
const SelfTestCode = {
  NONE: 0,
  BACKGROUND_SHORT: 1,
  BACKGROUND_EXTENDED: 2,
  ABORT_BACKGROUND: 4,
  FOREGROUND_SHORT: 5,
} as const;

/** Without an extended one in the foreground, which would keep all hosts waiting. */
const KNOWN: ReadonlySet<number> = new Set(Object.values(SelfTestCode));

const SUPPORTED_PAGES = 0x00;

const page = format({
  name: "Diagnostic page header",
  length: 4,
  fields: {
    pageCode: uint(0, 1, "PAGE CODE"),
    pageLength: uint(2, 2, "PAGE LENGTH"),
  },
});

type Send = Cdb<typeof sendRow>;

/** A self-test comes without a list, and one by SELFTEST without a code. */
function checkSelfTest({ selfTest, selfTestCode, parameterListLength }: Send): Sense | null {
  const isTest = selfTest || selfTestCode !== SelfTestCode.NONE;
  if (selfTest && selfTestCode !== SelfTestCode.NONE) return refuse(sendRow, "selfTestCode");
  if (!KNOWN.has(selfTestCode)) return refuse(sendRow, "selfTestCode");
  return isTest && parameterListLength > 0 ? refuse(sendRow, "parameterListLength") : null;
}

/** What runs in the background may be aborted, and keeps others from beginning. */
function checkRunning(
  { selfTest, selfTestCode }: Send,
  { records: { selfTests } }: Unit,
): Sense | null {
  if (selfTestCode === SelfTestCode.ABORT_BACKGROUND) {
    return selfTests.isRunning ? null : refuse(sendRow, "selfTestCode");
  }
  const isTest = selfTest || selfTestCode !== SelfTestCode.NONE;
  if (!isTest || !selfTests.isRunning) return null;
  return { code: LOGICAL_UNIT_NOT_READY_SELF_TEST_IN_PROGRESS };
}

/** The one page there is has nothing in it here. */
function listRefusal(list: Uint8Array): Sense | null {
  if (list.length < page.length) return { code: PARAMETER_LIST_LENGTH_ERROR };
  const { pageCode, pageLength } = page.decode(list);
  if (pageCode !== SUPPORTED_PAGES) return invalidFieldInParameterList(page.pointer("pageCode"));
  const reserved = page.firstReservedBit(list);
  if (reserved !== null) return invalidFieldInParameterList(reserved);
  if (pageLength !== 0) return invalidFieldInParameterList(page.pointer("pageLength"));
  return null;
}

/** The task ends with the test; one that is aborted has ended before. */
function testInForeground(code: number, task: Task, unit: Unit): void {
  unit.records.selfTests.begin({ code, isExtended: false }, (end) => {
    if (task.isAborted) return;
    if (end === "passed") unit.good(task);
    else unit.fail(task, { code: LOGICAL_UNIT_FAILED_SELF_TEST });
  });
}

function selfTest({ selfTestCode: code }: Send, task: Task, unit: Unit): void {
  switch (code) {
    case SelfTestCode.ABORT_BACKGROUND:
      unit.records.selfTests.abort("aborted");
      return unit.good(task);
    case SelfTestCode.BACKGROUND_SHORT:
    case SelfTestCode.BACKGROUND_EXTENDED: {
      const isExtended = code === SelfTestCode.BACKGROUND_EXTENDED;
      unit.records.selfTests.begin({ code, isExtended }, () => undefined);
      return unit.good(task);
    }
    default:
      return testInForeground(code, task, unit);
  }
}

export const sendDiagnostic = command({
  row: sendRow,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check(cdb, unit) {
    const refusal = checkSelfTest(cdb) ?? checkRunning(cdb, unit);
    if (refusal !== null) return refusal;
    // Without PF the list would be vendor specific.
    return cdb.parameterListLength > 0 && !cdb.pf ? refuse(sendRow, "pf") : null;
  },
  dataOutLength: (cdb) => Math.min(cdb.parameterListLength, page.length),
  execute(cdb, task, unit) {
    const isTest = cdb.selfTest || cdb.selfTestCode !== SelfTestCode.NONE;
    if (isTest) return selfTest(cdb, task, unit);
    const refusal = cdb.parameterListLength === 0 ? null : listRefusal(gather(task.dataOut));
    if (refusal === null) unit.good(task);
    else unit.fail(task, refusal);
  },
});

export const receiveDiagnosticResults = command({
  row: receiveRow,
  reservation: "read",
  needsMedium: false,
  writes: false,
  check({ pcv, pageCode }) {
    return pageCode === SUPPORTED_PAGES || !pcv ? null : refuse(receiveRow, "pageCode");
  },
  // Without PCV the results of the last page sent, which can have been this one alone.
  execute({ allocationLength }, task, unit) {
    const list = Uint8Array.of(SUPPORTED_PAGES);
    const head = page.encode({ pageCode: SUPPORTED_PAGES, pageLength: list.length });
    unit.goodWithData(task, Buffer.concat([head, list]), allocationLength);
  },
});
