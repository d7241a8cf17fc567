import {
  modeSelect6,
  persistentReserveOutClear,
  persistentReserveOutRegister,
  persistentReserveOutReserve,
  reserve6,
  sanitizeBlockErase,
  setIdentifyingInformation,
  testUnitReady,
} from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import type { Nexus } from "../../lib/scsi/nexus";
import { parseMemory } from "../../lib/scsi/unit-memory";
import { KeptMemory } from "./support/kept-memory";
import { SpecUnit } from "./support/unit";

const APTPL = 1;
const SWP_LIST = Buffer.from("00000000" + "0a0a00100800" + "0000ffff0000", "hex");
const parameterListLength = 24;

type Outcome = { readonly status: number; readonly sense: string | null };

function list(fields: { key?: number; newKey?: number; flags?: number }): Buffer {
  const bytes = Buffer.alloc(parameterListLength);
  bytes.writeUInt8(fields.key ?? 0, 7);
  bytes.writeUInt8(fields.newKey ?? 0, 15);
  bytes.writeUInt8(fields.flags ?? 0, 20);
  return bytes;
}

function register(unit: SpecUnit, flags: number, nexus: Nexus = unit.nexus): Outcome {
  const cdb = persistentReserveOutRegister.encode({ parameterListLength });
  return unit.check(cdb, { dataOut: list({ newKey: 7, flags }), nexus });
}

function reserve(unit: SpecUnit): Outcome {
  const cdb = persistentReserveOutReserve.encode({ parameterListLength, type: 5 });
  return unit.check(cdb, { dataOut: list({ key: 7 }) });
}

function protect(unit: SpecUnit, sp: boolean): Outcome {
  const cdb = modeSelect6.encode({ pf: true, sp, parameterListLength: SWP_LIST.length });
  return unit.check(cdb, { dataOut: SWP_LIST });
}

/** The unit as it begins after a loss of power. */
function again(memory: KeptMemory): SpecUnit {
  return new SpecUnit({ memory: memory.again() });
}

let memory: KeptMemory;
let unit: SpecUnit;

beforeEach(() => {
  memory = new KeptMemory();
  unit = new SpecUnit({ memory });
});

describe("what a loss of power leaves of a unit", () => {
  it("[SBC-4 SANITIZE] is a SANITIZE that has not ended, which goes on by itself", () => {
    expect(unit.check(sanitizeBlockErase.encode({ immed: true }))).toMatchObject({ status: 0 });
    const next = again(memory);
    expect(next.check(testUnitReady.encode({}))).toMatchObject({ sense: "2/04/1b" });
    expect(next.target.nextDeadline()).toBeLessThan(Infinity);
  });

  it("[SPC-4 5.13.6] is registrations and reservation, with APTPL", () => {
    register(unit, APTPL);
    reserve(unit);
    const { reservation } = again(memory).unit;
    expect(reservation.allowsAccess(unit.nexus.name, "write")).toBe(true);
    expect(reservation.allowsAccess("another", "write")).toBe(false);
    expect(reservation.registrations.persistsPowerLoss).toBe(true);
    expect(reservation.registrations.generation).toBe(0);
  });

  it("[SPC-4 5.13.6] is nothing of them without APTPL, nor after a REGISTER without", () => {
    register(unit, 0);
    expect(again(memory).unit.reservation.registrations.count).toBe(0);
    const other = unit.login();
    register(unit, APTPL, other);
    expect(again(memory).unit.reservation.registrations.count).toBe(2);
    const cdb = persistentReserveOutRegister.encode({ parameterListLength });
    unit.check(cdb, { dataOut: list({ key: 7, newKey: 8 }), nexus: other });
    expect(again(memory).unit.reservation.registrations.count).toBe(0);
  });

  it("[SPC-4 5.13.6] is what the last service action made of them, CLEAR too", () => {
    register(unit, APTPL);
    reserve(unit);
    const cdb = persistentReserveOutClear.encode({ parameterListLength });
    unit.check(cdb, { dataOut: list({ key: 7 }) });
    const { registrations } = again(memory).unit.reservation;
    expect([registrations.count, registrations.persistsPowerLoss]).toEqual([0, true]);
  });

  it("[SPC-2 5.5.1] is nothing of what RESERVE made", () => {
    unit.check(reserve6.encode({}));
    expect(again(memory).unit.reservation.holderText).toBe("");
  });

  it("[SPC-4 MODE SELECT, SP] is the saved mode pages, as the current ones", () => {
    protect(unit, false);
    expect(again(memory).unit.isWriteProtected).toBe(false);
    protect(unit, true);
    expect(again(memory).unit.isWriteProtected).toBe(true);
  });
});

describe("identifying information", () => {
  it("[SPC-4 6.46] of each type outlives a loss of power, until it is taken away", () => {
    const set = (type: number, text: string): void => {
      const dataOut = Buffer.from(text);
      const cdb = setIdentifyingInformation.encode({ type, parameterListLength: dataOut.length });
      expect(unit.check(cdb, { dataOut }).status).toBe(0);
    };
    const kept = (): string[] => {
      const { identifyingInformation } = again(memory).unit.records;
      return [0, 2].map((type) => Buffer.from(identifyingInformation.of(type)).toString());
    };
    set(0, "rack 7");
    set(2, "großer Schrank\0");
    expect(kept()).toEqual(["rack 7", "großer Schrank\0"]);
    set(0, "");
    expect(kept()).toEqual(["", "großer Schrank\0"]);
  });
});

describe("who changes what a unit remembers", () => {
  it("[invariant 21] is answered when it is kept, and not before", () => {
    memory.isSlow = true;
    expect(() => register(unit, APTPL)).toThrow("the task has not ended");
    expect(memory.kept).toHaveLength(0);
    memory.end();
    memory.isSlow = false;
    expect(reserve(unit).status).toBe(0);
  });

  it("is told when it cannot be kept, and it is tried again with the next", () => {
    memory.works = false;
    expect(register(unit, APTPL)).toMatchObject({ status: 2, sense: "4/44/00" });
    expect(protect(unit, false)).toMatchObject({ status: 2, sense: "4/44/00" });
    memory.works = true;
    expect(reserve(unit).status).toBe(0);
    expect(again(memory).unit.reservation.registrations.count).toBe(1);
  });

  it("is refused for what it did wrong although nothing can be kept", () => {
    memory.works = false;
    expect(reserve(unit)).toMatchObject({ status: 0x18 });
  });

  it("waits for nothing when it has nothing remembered", () => {
    memory.isSlow = true;
    expect(register(unit, 0).status).toBe(0);
    expect(memory.waitingCount).toBe(0);
  });

  it("waits also when it takes back a change that is on its way", () => {
    register(unit, 0);
    memory.isSlow = true;
    for (const flags of [APTPL, 0]) {
      const cdb = persistentReserveOutRegister.encode({ parameterListLength });
      const dataOut = list({ key: 7, newKey: 7, flags });
      expect(() => unit.check(cdb, { dataOut })).toThrow("the task has not ended");
    }
    expect(memory.waitingCount).toBe(2);
    for (let count = 0; count < 2; count++) memory.end();
    expect(again(memory).unit.reservation.registrations.count).toBe(0);
  });
});

describe("bytes that are no memory", () => {
  it.each([1, 2])("are refused or taken whole, and never throw (seed %i)", (seed) => {
    const prng = new Prng(seed);
    register(unit, APTPL);
    reserve(unit);
    protect(unit, true);
    const whole = Buffer.from(memory.kept);
    expect(parseMemory(whole)).not.toBeNull();
    let refusals = 0;
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(whole);
      bytes[prng.below(bytes.length)] = prng.below(256);
      const recall = parseMemory(bytes);
      if (recall === null) refusals++;
      else recall(new SpecUnit().unit);
    }
    expect(refusals).toBeGreaterThan(0);
  });

  it("are those of another version, those with a part twice, and what is cut off in one", () => {
    protect(unit, true);
    const bytes = Buffer.from(memory.kept);
    const twice = Buffer.concat([bytes, bytes.subarray(1)]);
    expect(parseMemory(bytes)).not.toBeNull();
    expect(parseMemory(twice)).toBeNull();
    expect(parseMemory(Buffer.concat([Buffer.of(2), bytes.subarray(1)]))).toBeNull();
    for (let end = 2; end < bytes.length; end++) {
      expect(parseMemory(bytes.subarray(0, end))).toBeNull();
    }
  });
});
