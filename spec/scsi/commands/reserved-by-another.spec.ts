/** Which commands on the medium run while another nexus holds the unit. */
import {
  orwrite16,
  preFetch10,
  preFetch16,
  readBuffer,
  readDefectData10,
  readDefectData12,
  verify10,
  verify12,
  verify16,
  writeAndVerify10,
  writeAndVerify12,
  writeAndVerify16,
  writeBuffer,
} from "node-scsi-cdb";
import { reserveCommands } from "../../../lib/scsi/commands/reserve";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import { Action, parameterList } from "../support/persistent";
import { SpecUnit } from "../support/unit";

const CONFLICT = 0x18;
const GOOD = 0;
const WRITE_EXCLUSIVE = 1;
const EXCLUSIVE_ACCESS = 3;

const readBytes = readBuffer.encode({ mode: 0x03 });
const writeBytes = writeBuffer.encode({ mode: 0x02 });

/** Whether each leaves the medium alone, as READ does; the others are the holder's alone. */
const commands = [
  { row: verify10, cdb: verify10.encode({}), isRead: true },
  { row: verify12, cdb: verify12.encode({}), isRead: true },
  { row: verify16, cdb: verify16.encode({}), isRead: true },
  { row: preFetch10, cdb: preFetch10.encode({}), isRead: true },
  { row: preFetch16, cdb: preFetch16.encode({}), isRead: true },
  { row: readDefectData10, cdb: readDefectData10.encode({}), isRead: true },
  { row: readDefectData12, cdb: readDefectData12.encode({}), isRead: true },
  { row: writeAndVerify10, cdb: writeAndVerify10.encode({}), isRead: false },
  { row: writeAndVerify12, cdb: writeAndVerify12.encode({}), isRead: false },
  { row: writeAndVerify16, cdb: writeAndVerify16.encode({}), isRead: false },
  { row: orwrite16, cdb: orwrite16.encode({}), isRead: false },
  { row: readBuffer, cdb: readBytes, isRead: false },
  { row: writeBuffer, cdb: writeBytes, isRead: false },
].map(({ row, ...rest }) => ({ name: row.name, ...rest }));

function persistentlyReserved(type: number): SpecUnit {
  const unit = new SpecUnit();
  const nexus = unit.login();
  for (const [action, fields] of [
    [Action.REGISTER, { newKey: 1 }],
    [Action.RESERVE, { key: 1, type }],
  ] as const) {
    const dataOut = parameterList(action, fields);
    const cdb = persistentReserveOutCommands[action]?.row.encode({
      type: action === Action.RESERVE ? type : 0,
      parameterListLength: dataOut.length,
    }) as Uint8Array;
    expect(unit.check(cdb, { nexus, dataOut }).status).toBe(GOOD);
  }
  return unit;
}

describe("a unit that another nexus holds", () => {
  it.each(commands)("[SPC-2 B.1] by RESERVE ends $name with a conflict", ({ cdb }) => {
    const unit = new SpecUnit();
    const reserve = reserveCommands.find(({ row }) => row.name === "RESERVE (6)");
    unit.check(reserve?.row.encode({}) as Uint8Array, { nexus: unit.login() });
    expect(unit.check(cdb).status).toBe(CONFLICT);
  });

  it.each(commands)("[SBC-3 reservations] Write Exclusive: $name", ({ cdb, isRead }) => {
    const unit = persistentlyReserved(WRITE_EXCLUSIVE);
    expect(unit.check(cdb).status).toBe(isRead ? GOOD : CONFLICT);
  });

  it.each(commands)(
    "[SBC-3 reservations] Exclusive Access ends $name with a conflict",
    ({ cdb }) => {
      expect(persistentlyReserved(EXCLUSIVE_ACCESS).check(cdb).status).toBe(CONFLICT);
    },
  );
});
