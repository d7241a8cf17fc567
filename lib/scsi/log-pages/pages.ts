/**
 * The log pages of a disk here, one row each, ascending: the list is the table. They tell what this
 * controller has seen since it began; there is no page of what nobody counts.
 */
import { format, uint } from "node-scsi-cdb";
import type { LogPage, LogParameter } from "./log-page";
import { selfTestResults } from "./self-test-results";

/** Of a sensor that there is none of. [SPC-4 Temperature log page] */
const NO_TEMPERATURE = 0xff;

const number = format({
  name: "Log parameter value",
  length: 4,
  fields: { value: uint(0, 4, "value") },
});

function parameter(code: number, form: LogParameter["form"], value: number): LogParameter {
  return { code, form, value: number.encode({ value }) };
}

/** Total errors corrected, which none is, and total uncorrected errors. [SPC-4 Error counter] */
function errorCounters(
  name: string,
  pageCode: number,
  counted: "writeErrors" | "readErrors" | "verifyErrors",
): LogPage {
  return {
    name,
    pageCode,
    parameters: ({ records: { counters } }, isDefault) => [
      parameter(0x0003, "counter", 0),
      parameter(0x0006, "counter", isDefault ? 0 : counters[counted]),
    ],
    reset({ records: { counters } }) {
      counters[counted] = 0;
    },
  };
}

/** Temperature and reference temperature. */
const temperature: LogPage = {
  name: "Temperature",
  pageCode: 0x0d,
  parameters: () =>
    [0x0000, 0x0001].map((code) => {
      return { code, form: "binary", value: Uint8Array.of(0, NO_TEMPERATURE) };
    }),
};

/** Accumulated start-stop cycles. */
const startStopCycleCounter: LogPage = {
  name: "Start-Stop Cycle Counter",
  pageCode: 0x0e,
  parameters: ({ records: { counters } }) => [parameter(0x0004, "binary", counters.starts)],
};

/** No exception is predicted here: no additional sense, no temperature nor a bound for it. */
const informationalExceptions: LogPage = {
  name: "Informational Exceptions",
  pageCode: 0x2f,
  parameters: () => [
    { code: 0x0000, form: "binary", value: Uint8Array.of(0, 0, NO_TEMPERATURE, NO_TEMPERATURE) },
  ],
};

export const logPages: readonly LogPage[] = [
  errorCounters("Write Error Counter", 0x02, "writeErrors"),
  errorCounters("Read Error Counter", 0x03, "readErrors"),
  errorCounters("Verify Error Counter", 0x05, "verifyErrors"),
  temperature,
  startStopCycleCounter,
  selfTestResults,
  informationalExceptions,
];
