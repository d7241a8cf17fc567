/** LOG SENSE and LOG SELECT: log pages, read and set back. [SPC-4 6.8, 6.9] */
import {
  type Cdb,
  LOG_PARAMETERS_CHANGED,
  type Sense,
  invalidFieldInParameterList,
  logSelect as selectRow,
  logSense as senseRow,
} from "node-scsi-cdb";
import { command } from "../command";
import { type LogPage, encodeLogPage, encodePageList } from "../log-pages/log-page";
import { logPages } from "../log-pages/pages";
import type { Unit } from "../unit";
import type { ActionOutcome } from "../unit-action";
import { refuse } from "./transfer";

/** PC */
const PageControl = {
  THRESHOLD: 0,
  CUMULATIVE: 1,
  DEFAULT_THRESHOLD: 2,
  DEFAULT_CUMULATIVE: 3,
} as const;

/** PAGE CODE of the page that lists them all; SUBPAGE CODE for lists with subpages. */
const SUPPORTED_PAGES = 0x00;
const ALL_SUBPAGES = 0xff;

const GOOD: ActionOutcome = { answer: "good" };
const PAGE_CODE = { byte: 0, bit: 5 };

type Ask = Pick<Cdb<typeof senseRow>, "pageCode" | "subpageCode">;

function pageOf({ pageCode }: Ask): LogPage | undefined {
  return logPages.find((page) => page.pageCode === pageCode);
}

/** The pages that a list is of, as page code and subpage code: page 00h lists itself, too. */
function listed({ pageCode }: Ask): readonly (readonly [number, number])[] {
  if (pageCode !== SUPPORTED_PAGES) {
    return [
      [pageCode, 0],
      [pageCode, ALL_SUBPAGES],
    ];
  }
  const pages = logPages.map((page): readonly [number, number] => [page.pageCode, 0]);
  return [[SUPPORTED_PAGES, 0], [SUPPORTED_PAGES, ALL_SUBPAGES], ...pages];
}

function isList({ pageCode, subpageCode }: Ask): boolean {
  return pageCode === SUPPORTED_PAGES || subpageCode === ALL_SUBPAGES;
}

function encodeList(cdb: Ask): Uint8Array {
  if (cdb.subpageCode === ALL_SUBPAGES) {
    return encodePageList(cdb, Uint8Array.from(listed(cdb).flat()));
  }
  const codes = [SUPPORTED_PAGES, ...logPages.map(({ pageCode }) => pageCode)];
  return encodePageList(cdb, Uint8Array.from(codes));
}

/** Whether there is such a page, or such a list. */
function checkPage(cdb: Ask): "pageCode" | "subpageCode" | null {
  const isKnown = cdb.pageCode === SUPPORTED_PAGES || pageOf(cdb) !== undefined;
  if (!isKnown) return "pageCode";
  return cdb.subpageCode === 0 || cdb.subpageCode === ALL_SUBPAGES ? null : "subpageCode";
}

export const logSense = command({
  row: senseRow,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  check(cdb, unit) {
    // Nothing can be saved.
    if (cdb.sp) return refuse(senseRow, "sp");
    const wrong = checkPage(cdb);
    if (wrong !== null) return refuse(senseRow, wrong);
    return checkParameters(cdb, unit);
  },
  execute(cdb, task, unit) {
    const page = isList(cdb) ? undefined : pageOf(cdb);
    if (page === undefined) return unit.goodWithData(task, encodeList(cdb), cdb.allocationLength);
    const parameters = page
      .parameters(unit, cdb.pc === PageControl.DEFAULT_CUMULATIVE)
      .filter(({ code }) => code >= cdb.parameterPointer);
    unit.goodWithData(task, encodeLogPage(page, parameters), cdb.allocationLength);
  },
});

/** Counters have no thresholds, and there is something from the pointer on. */
function checkParameters(cdb: Cdb<typeof senseRow>, unit: Unit): Sense | null {
  const page = isList(cdb) ? undefined : pageOf(cdb);
  if (page === undefined) {
    return cdb.parameterPointer === 0 ? null : refuse(senseRow, "parameterPointer");
  }
  const isThreshold = cdb.pc === PageControl.THRESHOLD || cdb.pc === PageControl.DEFAULT_THRESHOLD;
  if (page.reset !== undefined && isThreshold) return refuse(senseRow, "pc");
  const last = page.parameters(unit, false).at(-1)?.code ?? 0;
  return cdb.parameterPointer <= last ? null : refuse(senseRow, "parameterPointer");
}

/**
 * No parameter can be given a value; without a list counters can be set back, those of a page or
 * all. [SPC-4 6.8.1, table of PCR, SP and PC]
 */
export const logSelect = command({
  row: selectRow,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check(cdb) {
    if (cdb.sp) return refuse(selectRow, "sp");
    if (cdb.parameterListLength > 0) {
      return cdb.pcr ? refuse(selectRow, "pcr") : null;
    }
    const wrong = checkPage(cdb);
    return wrong === null ? null : refuse(selectRow, wrong);
  },
  dataOutLength: (cdb) => cdb.parameterListLength,
  apply(cdb, _action, unit) {
    if (cdb.parameterListLength > 0) return { answer: invalidFieldInParameterList(PAGE_CODE) };
    const isReset = cdb.pcr || cdb.pc === PageControl.DEFAULT_CUMULATIVE;
    const pages = cdb.pageCode === SUPPORTED_PAGES ? logPages : [pageOf(cdb)];
    const counting = pages.filter((page) => page?.reset !== undefined);
    if (!isReset || counting.length === 0) return GOOD;
    for (const page of counting) page?.reset?.(unit);
    const sense = { code: LOG_PARAMETERS_CHANGED };
    return { answer: "good", attentions: [{ to: "others", sense }] };
  },
});
