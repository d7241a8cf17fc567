import { Prng } from "../../../lib/base/prng";
import type { PduRow } from "../../../lib/iscsi/pdu";
import { asyncMessage } from "../../../lib/iscsi/pdus/async-message";
import { dataIn, dataOut } from "../../../lib/iscsi/pdus/data";
import { initiatorPdus } from "../../../lib/iscsi/pdus/initiator-pdus";
import { loginRequest, loginResponse } from "../../../lib/iscsi/pdus/login";
import { logoutRequest, logoutResponse } from "../../../lib/iscsi/pdus/logout";
import { nopIn, nopOut } from "../../../lib/iscsi/pdus/nop";
import { r2t } from "../../../lib/iscsi/pdus/r2t";
import { reject } from "../../../lib/iscsi/pdus/reject";
import { scsiCommand, scsiResponse } from "../../../lib/iscsi/pdus/scsi-command";
import { snackRequest } from "../../../lib/iscsi/pdus/snack";
import {
  taskManagementRequest,
  taskManagementResponse,
} from "../../../lib/iscsi/pdus/task-management";
import { textRequest, textResponse } from "../../../lib/iscsi/pdus/text";

/** The opcodes of RFC 7143 11.2.1.2, and the bytes of the BHS that RFC 7143 leaves reserved. */
const rows = [
  [nopOut, 0x00, [2, 3, 32, 47]],
  [scsiCommand, 0x01, [3, 3]],
  [taskManagementRequest, 0x02, [2, 3, 40, 47]],
  [loginRequest, 0x03, [22, 23, 32, 47]],
  [textRequest, 0x04, [2, 3, 32, 47]],
  [dataOut, 0x05, [2, 3, 24, 27, 32, 35, 44, 47]],
  [logoutRequest, 0x06, [2, 3, 8, 15, 22, 23, 32, 47]],
  [snackRequest, 0x10, [2, 3, 24, 27, 32, 39]],
  [nopIn, 0x20, [2, 3, 36, 47]],
  [scsiResponse, 0x21, [10, 15]],
  [taskManagementResponse, 0x22, [3, 3, 11, 15, 20, 23, 36, 47]],
  [loginResponse, 0x23, [20, 23, 38, 47]],
  [textResponse, 0x24, [2, 3, 36, 47]],
  [dataIn, 0x25, [2, 2]],
  [logoutResponse, 0x26, [3, 3, 8, 15, 20, 23, 36, 39, 44, 47]],
  [r2t, 0x31, [2, 3]],
  [asyncMessage, 0x32, [2, 3, 20, 23, 44, 47]],
  [reject, 0x3f, [3, 3, 8, 15, 20, 23, 40, 47]],
].map(([row, opcode, reserved]) => ({
  row: row as unknown as PduRow,
  name: (row as unknown as PduRow).name,
  opcode: opcode as number,
  reserved: reserved as number[],
}));

describe("the PDU rows", () => {
  it.each(rows)("[RFC7143 11.2.1.2] $name has its opcode", ({ row, opcode }) => {
    expect(row.opcode).toBe(opcode);
    expect(row.encode({})[0]).toBe(opcode);
  });

  it.each(rows)("[RFC7143 11] $name leaves exactly the reserved bytes alone", (entry) => {
    const free: number[] = [];
    entry.row.usageMask.forEach((mask, byte) => {
      if (mask === 0) free.push(byte);
    });
    const expected: number[] = [];
    for (let index = 0; index < entry.reserved.length; index += 2) {
      const [first, last] = entry.reserved.slice(index, index + 2) as [number, number];
      for (let byte = first; byte <= last; byte++) expected.push(byte);
    }
    expect(free).toEqual(expected);
  });

  it.each(rows)("$name encodes what it decodes (seed 1)", ({ row }) => {
    const prng = new Prng(1);
    for (let round = 0; round < 20; round++) {
      const bhs = prng.bytes(48).map((byte, at) => byte & (row.usageMask[at] as number));
      bhs[0] = ((bhs[0] as number) & 0x40) | row.opcode;
      expect(Buffer.from(row.encode(row.decode(bhs)))).toEqual(Buffer.from(bhs));
    }
  });

  it("lists what an initiator may send, by opcode", () => {
    expect([...initiatorPdus.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 0x10]);
    for (const row of initiatorPdus.values()) expect(row.from).toBe("initiator");
  });
});
