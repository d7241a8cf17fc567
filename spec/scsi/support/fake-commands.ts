/** A few commands, one for each kind of behaviour that the core of the SCSI layer tells apart. */
import { command as declareRow, INVALID_FIELD_IN_CDB, uint } from "node-scsi-cdb";
import { type Command, command } from "../../../lib/scsi/command";

const blocks = {
  lba: uint(2, 4, "LOGICAL BLOCK ADDRESS"),
  blockCount: uint(7, 2, "TRANSFER LENGTH"),
};

const plain = { reservation: "conflict", needsMedium: false, writes: false } as const;

/** Ends at once. */
export const ping = command({
  ...plain,
  row: declareRow({
    name: "PING",
    opcode: 0x00,
    length: 6,
    reference: "spec",
    direction: "none",
    fields: {},
  }),
  execute: (_cdb, task, unit) => unit.good(task),
});

/** Runs everywhere and always, as INQUIRY does. */
export const look = command({
  ...plain,
  row: declareRow({
    name: "LOOK",
    opcode: 0x12,
    length: 6,
    reference: "spec",
    direction: "in",
    fields: { allocationLength: uint(3, 2, "ALLOCATION LENGTH") },
  }),
  reservation: "allowed",
  bypassesUnitAttention: true,
  runsWithoutUnit: true,
  execute(cdb, task, unit) {
    const data = Buffer.from(unit.isVacant ? "vacant" : "unit");
    unit.goodWithData(task, data, cdb.allocationLength);
  },
});

export const reserve = command({
  ...plain,
  row: declareRow({
    name: "RESERVE",
    opcode: 0x16,
    length: 6,
    reference: "spec",
    direction: "none",
    fields: {},
  }),
  apply(_cdb, { nexus }, unit) {
    const isReserved = unit.reservation.reserve(nexus.name) === "ok";
    return { answer: isReserved ? "good" : "conflict" };
  },
});

export const read = command({
  ...plain,
  row: declareRow({
    name: "READ",
    opcode: 0x28,
    length: 10,
    reference: "spec",
    direction: "in",
    fields: blocks,
  }),
  needsMedium: true,
  execute: (cdb, task, unit) => unit.read(task, cdb.lba, cdb.blockCount, () => unit.good(task)),
});

/** Refuses block 13 by a look at its fields. */
export const write = command({
  ...plain,
  row: declareRow({
    name: "WRITE",
    opcode: 0x2a,
    length: 10,
    reference: "spec",
    direction: "out",
    fields: blocks,
  }),
  needsMedium: true,
  writes: true,
  check: (cdb) => (cdb.lba === 13 ? { code: INVALID_FIELD_IN_CDB } : null),
  dataOutLength: (cdb) => cdb.blockCount * 512,
  execute(cdb, task, unit) {
    const { lba, blockCount } = cdb;
    unit.run(task, { op: "write", lba, blockCount, data: task.dataOut }, () => unit.good(task));
  },
});

/** One job for each block, all at once; ends when the last is done. */
export const scatter = command({
  ...plain,
  row: declareRow({
    name: "SCATTER",
    opcode: 0x41,
    length: 10,
    reference: "spec",
    direction: "none",
    fields: blocks,
  }),
  execute(cdb, task, unit) {
    let left = cdb.blockCount;
    for (let index = 0; index < cdb.blockCount; index++) {
      unit.run(task, { op: "unmap", lba: cdb.lba + index, blockCount: 1 }, () => {
        if (--left === 0) unit.good(task);
      });
    }
  },
});

/** Reads for itself, and gives the initiator nothing. */
export const verify = command({
  ...plain,
  row: declareRow({
    name: "VERIFY",
    opcode: 0x2f,
    length: 10,
    reference: "spec",
    direction: "none",
    fields: blocks,
  }),
  execute: (cdb, task, unit) => unit.read(task, cdb.lba, cdb.blockCount, () => unit.good(task)),
});

/** In the table, but on no unit. */
export const absent = command({
  ...plain,
  row: declareRow({
    name: "ABSENT",
    opcode: 0x42,
    length: 10,
    reference: "spec",
    direction: "none",
    fields: {},
  }),
  supported: () => false,
  execute: (_cdb, task, unit) => unit.good(task),
});

/** The one service action of its operation code. */
export const action = command({
  ...plain,
  row: declareRow({
    name: "ACTION",
    opcode: 0x9e,
    serviceAction: 0x10,
    length: 16,
    reference: "spec",
    direction: "none",
    fields: {},
  }),
  execute: (_cdb, task, unit) => unit.good(task),
});

export const fakeCommands: readonly Command[] = [
  ping,
  look,
  reserve,
  read,
  write,
  scatter,
  verify,
  absent,
  action,
];
