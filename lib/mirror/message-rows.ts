/**
 * One row for each message: its command number and where its parameter's fields stand. A message
 * without a row, or a field without a place, does not compile.
 */
import { flag, uint } from "node-scsi-cdb";
import type { JobOp } from "../block/job";
import { rowsOf, word } from "./message-codec";
import type { JobResult, LinkMessage } from "./messages";

/** On the wire by these numbers: never change one. */
export const OPS: Readonly<Record<JobOp, number>> = {
  read: 0,
  write: 1,
  flush: 2,
  unmap: 3,
  "write-same": 4,
  "compare-and-write": 5,
  "or-write": 6,
  "write-atomic": 7,
};
export const RESULTS: Readonly<Record<JobResult, number>> = {
  done: 0,
  exclusive: 1,
  reserved: 2,
  check: 3,
  "need-data": 4,
  miscompare: 5,
  "medium-error": 6,
  "no-space": 7,
};

const VOLUME = { volume: true } as const;
const VOLUME_AND_DATA = { volume: true, data: true } as const;
/** Numbers of commands have up to 50 bits: see `commandNumber`. */
const ID_LENGTH = 8;
const relayId = uint(0, ID_LENGTH, "RELAY ID");
const copyId = uint(0, ID_LENGTH, "COPY ID");
const controlId = uint(0, ID_LENGTH, "CONTROL ID");

export const messageRows = rowsOf<LinkMessage>({
  relay: {
    code: 0x10,
    length: 26,
    fields: {
      relayId,
      lba: uint(8, 6, "LOGICAL BLOCK ADDRESS"),
      blockCount: uint(14, 6, "NUMBER OF BLOCKS"),
      checksum: uint(20, 4, "CHECKSUM"),
      op: word(24, OPS, "OPERATION"),
      fua: flag(25, 0, "FUA"),
      hasTicket: flag(25, 1, "TICKET"),
      isLockOnly: flag(25, 2, "LOCK ONLY"),
      isEarly: flag(25, 3, "EARLY"),
    },
    beside: { volume: true, data: true, origin: true },
  },
  "relay-data": {
    code: 0x11,
    length: 12,
    fields: { relayId, checksum: uint(8, 4, "CHECKSUM") },
    beside: VOLUME_AND_DATA,
  },
  "relay-end": {
    code: 0x12,
    length: 13,
    fields: {
      relayId,
      miscompareAt: uint(8, 4, "MISCOMPARE OFFSET"),
      result: word(12, RESULTS, "RESULT"),
    },
    beside: VOLUME_AND_DATA,
  },
  "relay-freed": { code: 0x13, length: 8, fields: { relayId }, beside: VOLUME },
  "relay-withdrawn": { code: 0x14, length: 8, fields: { relayId }, beside: VOLUME },
  "relay-granted": { code: 0x15, length: 8, fields: { relayId }, beside: VOLUME },
  copy: {
    code: 0x20,
    length: 34,
    fields: {
      copyId,
      relayId: uint(8, ID_LENGTH, "RELAY ID"),
      lba: uint(16, 6, "LOGICAL BLOCK ADDRESS"),
      blockCount: uint(22, 6, "NUMBER OF BLOCKS"),
      checksum: uint(28, 4, "CHECKSUM"),
      op: word(32, OPS, "OPERATION"),
      fua: flag(33, 0, "FUA"),
      isOmitted: flag(33, 1, "OMITTED"),
    },
    beside: VOLUME_AND_DATA,
  },
  "copy-end": {
    code: 0x21,
    length: 9,
    fields: { copyId, result: word(8, RESULTS, "RESULT") },
    beside: VOLUME,
  },
  lock: {
    code: 0x22,
    length: 20,
    fields: {
      copyId,
      lba: uint(8, 6, "LOGICAL BLOCK ADDRESS"),
      blockCount: uint(14, 6, "NUMBER OF BLOCKS"),
    },
    beside: VOLUME,
  },
  "lock-end": { code: 0x23, length: 8, fields: { copyId }, beside: VOLUME },
  unlock: { code: 0x24, length: 8, fields: { copyId }, beside: VOLUME },
  control: { code: 0x30, length: 8, fields: { controlId }, beside: VOLUME_AND_DATA },
  "control-apply": { code: 0x31, length: 8, fields: { controlId }, beside: VOLUME_AND_DATA },
  "control-end": {
    code: 0x32,
    length: 9,
    fields: { controlId, isDone: flag(8, 0, "DONE") },
    beside: VOLUME_AND_DATA,
  },
  pair: {
    code: 0x40,
    length: 2,
    fields: { kind: uint(0, 2, "KIND") },
    beside: VOLUME_AND_DATA,
  },
});
