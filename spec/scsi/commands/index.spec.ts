import { encodeSense, reportSupportedOperationCodes as rsoc } from "node-scsi-cdb";
import { Prng } from "../../../lib/base/prng";
import { hasNaca } from "../../../lib/scsi/aca";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import type { Command } from "../../../lib/scsi/command";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { Task } from "../../../lib/scsi/task";
import { SpecUnit } from "../support/unit";

const SEED = 20_230;
const rows = diskCommands.map(({ row }) => ({ name: row.name, row }));

type Row = Command["row"];

/** A unit that has every command. */
function pairedUnit(removable = false): SpecUnit {
  const groups = [1, 2].map((tag) => ({ tag, relativeTargetPorts: [tag] }));
  return new SpecUnit({ profile: { removable }, access: new TargetPortGroups(groups) });
}

/** Every bit of the CDB that the row does not define, as byte and bit. */
function reservedBits(row: Row): { byte: number; bit: number }[] {
  const blank = row.encode({});
  const bits = Array.from({ length: row.length * 8 }, (_, index) => ({
    byte: index >> 3,
    bit: 7 - (index & 7),
  }));
  return bits.filter(({ byte, bit }) => {
    const cdb = Buffer.from(blank);
    cdb[byte] = (cdb[byte] as number) | (1 << bit);
    return row.firstReservedBit(cdb) !== null;
  });
}

/** SENSE KEY SPECIFIC of a task's sense data in either format. [SPC-4 4.5.2.4.2, 4.5.3] */
function pointersOf({ sense }: Task): string[] {
  if (sense === null) return [];
  const [fixed, descriptors] = [encodeSense(sense, "fixed"), encodeSense(sense, "descriptor")];
  return [fixed.subarray(15, 18), descriptors.subarray(12, 15)].map(hexOf);
}

/** SKSV, C/D and BPV with the bit, and the byte in two. */
function pointerAt(byte: number, bit: number): string {
  return hexOf(Buffer.of(0xc8 | bit, 0, byte));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("every command of the table", () => {
  it.each(rows)("$name refuses each reserved bit, and points at it", ({ row }) => {
    const unit = pairedUnit(true);
    for (const { byte, bit } of reservedBits(row)) {
      const cdb = Buffer.from(row.encode({}));
      cdb[byte] = (cdb[byte] as number) | (1 << bit);
      const { status, sense, task } = unit.check(cdb);
      expect({ byte, bit, status, sense }).toEqual({
        byte,
        bit,
        status: 2,
        sense: `5/24/00 cdb ${byte}.${bit}`,
      });
      expect(pointersOf(task)).toEqual([pointerAt(byte, bit), pointerAt(byte, bit)]);
    }
  });

  it.each(rows)(`$name answers 200 random CDBs (seed ${SEED})`, ({ row }) => {
    const prng = new Prng(SEED + row.opcode);
    const unit = pairedUnit(prng.chance(0.5));
    for (let round = 0; round < 200; round++) {
      const cdb = Buffer.from(prng.bytes(row.length));
      // Most reserved bits and most of the address clear, or few would get past the first checks.
      const mask = row.usageMask;
      const isTame = prng.chance(0.8);
      for (let at = 0; isTame && at < cdb.length; at++) {
        cdb[at] = (cdb[at] as number) & (mask[at] as number) & (prng.chance(0.5) ? 0xff : 0);
      }
      row.encode({}, cdb);
      const dataOut = Buffer.from(prng.bytes(prng.pick([0, 4, 24, 512, 1000])));
      const { status, sense } = unit.check(cdb, { dataOut, dataInMax: prng.pick([0, 8, 4096]) });
      // PERSISTENT RESERVE OUT by another key than the registered one is a conflict.
      expect(row.opcode === 0x5f ? [0, 2, 0x18] : [0, 2]).toContain(status);
      expect(sense !== null).toBe(status === 2);
      expect(unit.unit.aca.areAny).toBe(status === 2 && hasNaca(cdb));
      unit.unit.aca.clearAll();
    }
  });

  it.each([
    { name: "thin", profile: { thin: true } },
    { name: "thick", profile: { thin: false } },
  ])("what a $name unit reports is exactly what it runs", ({ profile }) => {
    const unit = new SpecUnit({ profile });
    const { data } = unit.check(rsoc.encode({ allocationLength: 65535 }));
    const reported = new Set<string>();
    for (let at = 4; at < data.length; at += 8) {
      reported.add(`${data[at]} ${(data[at + 5] as number) & 1 ? data.readUInt16BE(at + 2) : "-"}`);
    }
    const runs = new Set<string>();
    for (let opcode = 0; opcode < 256; opcode++) {
      const hasActions = diskCommands.some(
        ({ row }) => row.opcode === opcode && row.serviceAction !== null,
      );
      for (let action = 0; action < (hasActions ? 32 : 1); action++) {
        const { sense } = new SpecUnit({ profile }).check(Buffer.from([opcode, action]));
        const isUnknown = sense === "5/20/00" || (hasActions && sense === "5/24/00 cdb 1.4");
        if (!isUnknown) runs.add(`${opcode} ${hasActions ? action : "-"}`);
      }
    }
    expect([...reported].sort()).toEqual([...runs].sort());
  });
});
