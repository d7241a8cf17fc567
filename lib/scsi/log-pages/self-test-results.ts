/** Self-Test Results, 10h: the latest self-tests. [SPC-4 Self-Test Results log page] */
import { UNRECOVERED_READ_ERROR, bits, format, octets, uint } from "node-scsi-cdb";
import { putU64 } from "../../base/bytes";
import { limits } from "../../base/limits";
import type { SelfTestEnd, SelfTestResult } from "../self-tests";
import type { LogPage } from "./log-page";

/** SELF-TEST RESULTS; a self-test has one segment, the first. */
const RESULT_CODE: Readonly<Record<SelfTestEnd, number>> = {
  passed: 0x0,
  aborted: 0x1,
  reset: 0x2,
  incomplete: 0x3,
  failed: 0x5,
};
const IN_PROGRESS = 0xf;
const FIRST_SEGMENT = 1;
const HOURS_MAX = 0xffff;

const entry = format({
  name: "Self-test results log parameter",
  length: 16,
  fields: {
    selfTestCode: bits(0, 7, 5, "SELF-TEST CODE"),
    result: bits(0, 3, 0, "SELF-TEST RESULTS"),
    number: uint(1, 1, "SELF-TEST NUMBER"),
    hours: uint(2, 2, "ACCUMULATED POWER ON HOURS"),
    failedAt: octets(4, 8, "ADDRESS OF FIRST FAILURE"),
    senseKey: bits(12, 3, 0, "SENSE KEY"),
    asc: uint(13, 1, "ADDITIONAL SENSE CODE"),
    ascq: uint(14, 1, "ADDITIONAL SENSE CODE QUALIFIER"),
  },
});

/** All ones: nowhere. */
function addressOf(failedAt: number | null): Uint8Array {
  const address = Buffer.alloc(8, 0xff);
  if (failedAt !== null) putU64(address, 0, failedAt);
  return address;
}

function encodeResult({ code, end, hours, failedAt }: SelfTestResult): Uint8Array {
  const isFailure = end === "failed";
  const { key: senseKey, asc, ascq } = UNRECOVERED_READ_ERROR;
  return entry.encode({
    selfTestCode: code,
    result: end === null ? IN_PROGRESS : RESULT_CODE[end],
    hours: Math.min(hours, HOURS_MAX),
    failedAt: addressOf(failedAt),
    ...(isFailure && { number: FIRST_SEGMENT, senseKey, asc, ascq }),
  });
}

export const selfTestResults: LogPage = {
  name: "Self-Test Results",
  pageCode: 0x10,
  // There are always as many; those that are not used are zeros.
  parameters: ({ records: { selfTests } }) =>
    Array.from({ length: limits.selfTestsKept }, (_, index) => {
      const result = selfTests.results[index];
      const value = result === undefined ? new Uint8Array(entry.length) : encodeResult(result);
      return { code: index + 1, form: "binary", value };
    }),
};
