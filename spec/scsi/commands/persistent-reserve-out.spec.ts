import { limits } from "../../../lib/base/limits";
import { Prng } from "../../../lib/base/prng";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import { encodeTransportId } from "../../../lib/scsi/reservations/transport-id";
import type { Task } from "../../../lib/scsi/task";
import type { Unit } from "../../../lib/scsi/unit";
import { Action, Replica, describeOutcome, nexusOf, parameterList } from "../support/persistent";
import { describeSense } from "../support/unit";

const SEED = 6_160;
const ACTIONS = Object.entries(Action).map(([name, action]) => ({ name, action }));
const BASIC = ACTIONS.filter(({ action }) => action !== Action.REGISTER_AND_MOVE);
const PLAIN = BASIC.filter(({ action }) => action !== Action.REGISTER);
const LENGTH_ERROR = "5/1a/00";
const port = nexusOf("d").initiatorPort;

/** b is registered with key 2 and holds type 1. */
function held(): Replica {
  const replica = new Replica();
  replica.send(Action.REGISTER, "b", { newKey: 2 });
  replica.send(Action.RESERVE, "b", { key: 2, type: 1 });
  return replica;
}

/** Sends a list as it is, from b. */
function send(action: number, list: Uint8Array, parameterListLength = list.length): string {
  const replica = held();
  const fields = { type: 1 };
  return describeOutcome(replica.apply(action, nexusOf("b"), fields, list, parameterListLength));
}

function changed(action: number, at: number, value: number): Buffer {
  const list = parameterList(action, { key: 2, newKey: 2 });
  list[at] = value;
  return list;
}

describe.each(ACTIONS)("$name", ({ action }) => {
  const command = persistentReserveOutCommands[action];

  it("has its service action, and the length of its CDB for its data", () => {
    expect(command?.row.serviceAction).toBe(action);
    const cdb = command?.row.decode(command.row.encode({ parameterListLength: 0x1234567 }));
    expect(command?.dataOutLength?.(cdb as never, {} as Unit, {} as Task)).toBe(0x1234567);
  });

  it.each([0, 23, limits.parameterListMax + 1, 0xffffffff])(
    "[SPC-4 6.16.1] refuses %i bytes before any come",
    (parameterListLength) => {
      const cdb = command?.row.decode(command.row.encode({ parameterListLength }));
      const sense = command?.check?.(cdb as never, {} as Unit, {} as Task);
      expect(describeSense(sense as never)).toBe(LENGTH_ERROR);
    },
  );

  it("[SPC-4 6.16.1] refuses a list of which less came than its CDB says", () => {
    expect(send(action, parameterList(action, { key: 2 }), 25)).toBe(LENGTH_ERROR);
    expect(send(action, parameterList(action, { key: 2 }).subarray(0, 23), 24)).toBe(LENGTH_ERROR);
    expect(send(action, parameterList(action, { key: 2 }).subarray(0, 23))).toBe(LENGTH_ERROR);
  });

  it("[SPC-4 6.16.3] looks at no more than its CDB says", () => {
    const list = parameterList(action, { key: 2, newKey: 2 });
    const longer = Buffer.concat([list, Buffer.alloc(8, 0xff)]);
    expect(send(action, longer, 24)).toBe(send(action, list));
  });
});

describe.each(BASIC)("the list of $name", ({ action }) => {
  it.each([
    [20, 0x80, "20.7"],
    [20, 0x02, "20.1"],
    [21, 0x01, "21.0"],
  ])("[SPC-4 6.16.3] refuses reserved bits: byte %i, %i", (at, value, place) => {
    expect(send(action, changed(action, at, value))).toBe(`5/26/00 data ${place}`);
  });

  it.each([16, 19, 22, 23])("[SPC-4 6.16.3] takes what is obsolete in byte %i", (at) => {
    expect(send(action, changed(action, at, 0xff))).toMatch(/^good/);
  });

  it("[SPC-4 6.16.1] may not be longer without SPEC_I_PT", () => {
    const list = Buffer.concat([changed(action, 16, 0), Buffer.alloc(4)]);
    expect(send(action, list)).toBe(LENGTH_ERROR);
  });
});

describe.each(PLAIN)("the list of $name", ({ action }) => {
  it("[SPC-4 6.16.3] refuses SPEC_I_PT, and points at it", () => {
    expect(send(action, changed(action, 20, 0x08))).toBe("5/26/00 data 20.3");
    const list = Buffer.concat([changed(action, 20, 0x08), Buffer.alloc(4)]);
    expect(send(action, list)).toBe("5/26/00 data 20.3");
  });
});

describe.each(PLAIN.filter(({ action }) => action !== Action.REGISTER_AND_IGNORE))(
  "the list of $name",
  ({ action }) => {
    it("[SPC-4 6.16.3] ignores ALL_TG_PT and APTPL", () => {
      expect(send(action, changed(action, 20, 0x05))).toMatch(/^good/);
    });
  },
);

describe("the list of REGISTER with SPEC_I_PT", () => {
  const id = Buffer.from(encodeTransportId(port));

  function register(behind: Uint8Array, dataLength: number): string {
    const list = parameterList(Action.REGISTER, { newKey: 1, flags: 0x08, behind });
    list.writeUInt32BE(dataLength, 24);
    const replica = held();
    return describeOutcome(replica.apply(Action.REGISTER, nexusOf("a"), {}, list));
  }

  it("[SPC-4 6.16.3] is as long as it says", () => {
    expect(register(id, id.length)).toBe("good");
    expect(register(Buffer.concat([id, id]), id.length)).toBe("good");
    expect(register(Buffer.alloc(0), 0)).toBe("good");
  });

  it.each([
    ["a length beyond the list", id, id.length + 4],
    ["a length beyond all lists", id, 0xffffffff],
    ["a length within a TransportID", id, id.length - 4],
    ["a length within the head of one", id, 3],
  ])("[SPC-4 6.16.3] refuses %s", (_case, behind, dataLength) => {
    expect(register(behind, dataLength)).toBe(LENGTH_ERROR);
  });

  it("[SPC-4 6.16.3] needs the length of its TransportIDs", () => {
    const list = parameterList(Action.REGISTER, { newKey: 1, flags: 0x08 });
    const replica = held();
    const outcome = replica.apply(Action.REGISTER, nexusOf("a"), {}, list);
    expect(describeOutcome(outcome)).toBe(LENGTH_ERROR);
  });

  it("[SPC-4 7.6.4] refuses a TransportID of another protocol, and points at it", () => {
    const other = Buffer.from(id);
    other[0] = 0x46;
    const behind = Buffer.concat([id, other]);
    expect(register(behind, behind.length)).toBe(`5/26/00 data ${28 + id.length}.7`);
  });
});

describe("the list of REGISTER AND MOVE", () => {
  const fields = { key: 2, newKey: 4, behind: encodeTransportId(port) };

  it.each([
    [16, 0x80, "16.7"],
    [17, 0x04, "17.2"],
  ])("[SPC-4 6.16.4] refuses reserved bits: byte %i, %i", (at, value, place) => {
    const list = parameterList(Action.REGISTER_AND_MOVE, fields);
    list[at] = value;
    expect(send(Action.REGISTER_AND_MOVE, list)).toBe(`5/26/00 data ${place}`);
  });

  it.each([4, 0xffffff])("[SPC-4 6.16.4] refuses a TransportID %i bytes too long", (more) => {
    const list = parameterList(Action.REGISTER_AND_MOVE, fields);
    list.writeUInt32BE(fields.behind.length + more, 20);
    expect(send(Action.REGISTER_AND_MOVE, list)).toBe(LENGTH_ERROR);
  });
});

describe("random lists", () => {
  it.each(ACTIONS)(`of $name are answered (seed ${SEED})`, ({ action }) => {
    const prng = new Prng(SEED + action);
    const behind = encodeTransportId(port);
    const replica = held();
    for (let round = 0; round < 500; round++) {
      const key = prng.pick([0, 2]);
      const list = parameterList(action, { key, newKey: prng.below(3), flags: 8, behind });
      for (let count = prng.below(3); count > 0; count--) {
        list[8 + prng.below(list.length - 8)] = prng.below(256);
      }
      const cut = prng.chance(0.9) ? list : list.subarray(0, prng.below(list.length));
      const at = { type: prng.below(16), scope: prng.pick([0, 0, 1]) };
      const { answer } = replica.apply(action, nexusOf(prng.pick(["a", "b"])), at, cut);
      if (typeof answer !== "string") expect(answer.code.key).toBe(5);
      const { registrations } = replica.reservation;
      const holder = registrations.reservation?.holder ?? null;
      if (holder !== null) expect(registrations.keyOf(holder)).not.toBeNull();
      expect(replica.reservation.restore(replica.reservation.snapshot())).toBe(true);
    }
  });
});
