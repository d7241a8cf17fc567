/**
 * REPORT IDENTIFYING INFORMATION and SET IDENTIFYING INFORMATION: what an application client has
 * the unit remember to know it by, for all that ask. [SPC-4 6.36, 6.46]
 */
import {
  DEVICE_IDENTIFIER_CHANGED,
  PARAMETER_LIST_LENGTH_ERROR,
  bits,
  format,
  invalidFieldInParameterList,
  reportIdentifyingInformation as reportRow,
  setIdentifyingInformation as setRow,
  uint,
} from "node-scsi-cdb";
import { command } from "../command";
import { INFORMATION_TYPES, type InformationType, isOfType } from "../identifying-information";
import { refuse } from "./transfer";

/** Asks which types there are. */
const SUPPORTED_TYPES = 0x7f;
const INFORMATION = { byte: 0, bit: 7 };

const header = format({
  name: "REPORT IDENTIFYING INFORMATION parameter data",
  length: 4,
  fields: { length: uint(2, 2, "IDENTIFYING INFORMATION LENGTH") },
});

const typeDescriptor = format({
  name: "Identifying information descriptor",
  length: 4,
  fields: {
    type: bits(0, 7, 1, "IDENTIFYING INFORMATION TYPE"),
    lengthMax: uint(2, 2, "MAXIMUM IDENTIFYING INFORMATION LENGTH"),
  },
});

function typeOf(code: number): InformationType | undefined {
  return INFORMATION_TYPES.find((type) => type.code === code);
}

function supportedTypes(): Uint8Array {
  return Buffer.concat(
    INFORMATION_TYPES.map(({ code, lengthMax }) =>
      typeDescriptor.encode({ type: code, lengthMax }),
    ),
  );
}

export const reportIdentifyingInformation = command({
  row: reportRow,
  reservation: "allowed",
  needsMedium: false,
  writes: false,
  check({ type }) {
    const isKnown = type === SUPPORTED_TYPES || typeOf(type) !== undefined;
    return isKnown ? null : refuse(reportRow, "type");
  },
  execute({ type, allocationLength }, task, unit) {
    const isList = type === SUPPORTED_TYPES;
    const behind = isList ? supportedTypes() : unit.records.identifyingInformation.of(type);
    const data = Buffer.concat([header.encode({ length: behind.length }), behind]);
    unit.goodWithData(task, data, allocationLength);
  },
});

export const setIdentifyingInformation = command({
  row: setRow,
  reservation: "conflict",
  needsMedium: false,
  writes: false,
  check({ type: code, parameterListLength }) {
    const type = typeOf(code);
    if (type === undefined) return refuse(setRow, "type");
    return parameterListLength <= type.lengthMax ? null : refuse(setRow, "parameterListLength");
  },
  dataOutLength: (cdb) => cdb.parameterListLength,
  apply({ type: code, parameterListLength }, { data }, unit) {
    const type = typeOf(code);
    // An initiator may expect to send less than its CDB says.
    if (type === undefined || data.length !== parameterListLength) {
      return { answer: { code: PARAMETER_LIST_LENGTH_ERROR } };
    }
    if (!isOfType(type, data)) return { answer: invalidFieldInParameterList(INFORMATION) };
    unit.records.identifyingInformation.put(code, data);
    return {
      answer: "good",
      attentions: [{ to: "others", sense: { code: DEVICE_IDENTIFIER_CHANGED } }],
    };
  },
});
