/** REPORT TIMESTAMP and SET TIMESTAMP: the device clock of the unit. [SPC-4 6.42, 6.50] */
import {
  PARAMETER_LIST_LENGTH_ERROR,
  TIMESTAMP_CHANGED,
  bits,
  format,
  invalidFieldInParameterList,
  reportTimestamp as reportRow,
  setTimestamp as setRow,
  uint,
} from "node-scsi-cdb";
import { command } from "../command";
import type { TimestampOrigin } from "../timestamp";
import { refuse } from "./transfer";

/** TIMESTAMP ORIGIN */
const ORIGIN_CODE: Readonly<Record<TimestampOrigin, number>> = { set: 2, outside: 3 };
/** Times from here on are no milliseconds since 1970. */
const TIMESTAMP_MAX = 0xf0_ff_ff_ff_ff_ff;

const reportData = format({
  name: "REPORT TIMESTAMP parameter data",
  length: 12,
  fields: {
    length: uint(0, 2, "TIMESTAMP PARAMETER DATA LENGTH"),
    origin: bits(2, 2, 0, "TIMESTAMP ORIGIN"),
    timestamp: uint(4, 6, "TIMESTAMP"),
  },
});

const setList = format({
  name: "SET TIMESTAMP parameter list",
  length: 12,
  fields: { timestamp: uint(4, 6, "TIMESTAMP") },
});

export const reportTimestamp = command({
  row: reportRow,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  execute({ allocationLength }, task, unit) {
    const { nowMs, origin } = unit.records.timestamp;
    const length = reportData.length - reportData.fields.length.length;
    const data = reportData.encode({ length, origin: ORIGIN_CODE[origin], timestamp: nowMs });
    unit.goodWithData(task, data, allocationLength);
  },
});

export const setTimestamp = command({
  row: setRow,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check({ parameterListLength: length }) {
    const isLength = length === 0 || length >= setList.length;
    return isLength ? null : refuse(setRow, "parameterListLength");
  },
  dataOutLength: ({ parameterListLength }) => Math.min(parameterListLength, setList.length),
  apply({ parameterListLength }, { data }, unit) {
    // No list is no error, and sets nothing.
    if (parameterListLength === 0) return { answer: "good" };
    if (data.length < setList.length) return { answer: { code: PARAMETER_LIST_LENGTH_ERROR } };
    const reserved = setList.firstReservedBit(data);
    if (reserved !== null) return { answer: invalidFieldInParameterList(reserved) };
    const { timestamp } = setList.decode(data);
    if (timestamp > TIMESTAMP_MAX) {
      return { answer: invalidFieldInParameterList(setList.pointer("timestamp")) };
    }
    unit.records.timestamp.set(timestamp);
    return { answer: "good", attentions: [{ to: "others", sense: { code: TIMESTAMP_CHANGED } }] };
  },
});
