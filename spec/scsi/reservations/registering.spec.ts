import { limits } from "../../../lib/base/limits";
import { encodeTransportId } from "../../../lib/scsi/reservations/transport-id";
import { Action, type ListFields, Replica, describeOutcome, nexusOf } from "../support/persistent";

const { REGISTER, REGISTER_AND_IGNORE, REGISTER_AND_MOVE, RESERVE } = Action;
const APTPL = 0x01;
const ALL_TG_PT = 0x04;
const SPEC_I_PT = 0x08;

/** Unregistered a, and b and c registered with keys 2 and 3: one generation each. */
function registered(ports?: readonly number[]): Replica {
  const replica = new Replica(ports);
  replica.send(REGISTER, "b", { newKey: 2 });
  replica.send(REGISTER, "c", { newKey: 3 });
  return replica;
}

function transportIds(...names: string[]): Buffer {
  return Buffer.concat(names.map((name) => encodeTransportId(nexusOf(name).initiatorPort)));
}

/** Format 00b: the initiator by its name alone. */
function deviceId(initiator: string): Buffer {
  const name = nexusOf(initiator).initiatorName;
  const text = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  text.write(name);
  return Buffer.concat([Buffer.of(0x05, 0, 0, text.length), text]);
}

const UNCHANGED = "b=2 c=3 | free | generation 2";

describe("REGISTER", () => {
  it.each<[string, string, ListFields, string, string]>([
    ["unregistered, no key, no new key", "a", {}, "good", UNCHANGED],
    ["unregistered, no key", "a", { newKey: 1 }, "good", "b=2 c=3 a=1 | free | generation 3"],
    ["unregistered, a key", "a", { key: 1, newKey: 1 }, "conflict", UNCHANGED],
    ["unregistered, another's key", "a", { key: 2, newKey: 1 }, "conflict", UNCHANGED],
    ["registered, no key", "b", { newKey: 2 }, "conflict", UNCHANGED],
    ["registered, another's key", "b", { key: 3, newKey: 4 }, "conflict", UNCHANGED],
    ["registered, another's key, no new key", "b", { key: 3 }, "conflict", UNCHANGED],
    ["registered, its key", "b", { key: 2, newKey: 4 }, "good", "b=4 c=3 | free | generation 3"],
    [
      "registered, its key again",
      "b",
      { key: 2, newKey: 2 },
      "good",
      "b=2 c=3 | free | generation 3",
    ],
    ["registered, its key, no new key", "b", { key: 2 }, "good", "c=3 | free | generation 3"],
  ])("[SPC-4 table 67] %s", (_case, from, fields, answer, state) => {
    const replica = registered();
    expect(replica.send(REGISTER, from, fields)).toBe(answer);
    expect(replica.state).toBe(state);
  });

  it("[SPC-4 6.16.3] keeps one key for each of two ports of an initiator at two target ports", () => {
    const replica = registered([1, 2]);
    replica.apply(REGISTER, nexusOf("b", 2), { newKey: 9 });
    expect(replica.state).toBe("b=2 c=3 b2=9 | free | generation 3");
  });

  it("[SPC-4 5.13.6] the APTPL of the last one that went well counts, whoever sent it", () => {
    const replica = registered();
    const { registrations } = replica.reservation;
    const persists = [
      replica.send(REGISTER, "a", { key: 5, newKey: 1, flags: APTPL }),
      registrations.persistsPowerLoss,
      replica.send(REGISTER, "a", { newKey: 1, flags: APTPL }),
      registrations.persistsPowerLoss,
      replica.send(REGISTER, "b", { key: 5 }),
      registrations.persistsPowerLoss,
      replica.send(REGISTER_AND_IGNORE, "b", {}),
      registrations.persistsPowerLoss,
    ];
    expect(persists).toEqual(["conflict", false, "good", true, "conflict", true, "good", false]);
  });

  it("[SPC-4 5.13.7] refuses one more than there is room for, and changes keys when full", () => {
    const replica = new Replica();
    for (let count = 0; count < limits.registrationsMax; count++) {
      const name = String.fromCharCode(97 + (count % 26)).repeat(1 + Math.floor(count / 26));
      expect(replica.send(REGISTER, name, { newKey: 1 })).toBe("good");
    }
    expect(replica.send(REGISTER, "zzzzzzzzzzzz", { newKey: 1 })).toBe("5/55/04");
    expect(replica.send(REGISTER, "a", { key: 1, newKey: 2 })).toBe("good");
    expect(replica.reservation.registrations.count).toBe(limits.registrationsMax);
  });
});

describe("REGISTER AND IGNORE EXISTING KEY", () => {
  it.each<[string, string, ListFields, string]>([
    ["unregistered, no new key", "a", { key: 7 }, UNCHANGED],
    ["unregistered", "a", { key: 7, newKey: 1 }, "b=2 c=3 a=1 | free | generation 3"],
    ["registered", "b", { key: 7, newKey: 4 }, "b=4 c=3 | free | generation 3"],
    ["registered, no new key", "b", { key: 7 }, "c=3 | free | generation 3"],
  ])("[SPC-4 table 68] %s", (_case, from, fields, state) => {
    const replica = registered();
    expect(replica.send(REGISTER_AND_IGNORE, from, fields)).toBe("good");
    expect(replica.state).toBe(state);
  });

  it("[SPC-4 table 69] refuses SPEC_I_PT", () => {
    const fields = { newKey: 1, flags: SPEC_I_PT, behind: transportIds("d") };
    expect(registered().send(REGISTER_AND_IGNORE, "a", fields)).toBe("5/26/00 data 20.3");
  });
});

describe("SPEC_I_PT", () => {
  const specify = (...names: string[]): ListFields => {
    return { newKey: 1, flags: SPEC_I_PT, behind: transportIds(...names) };
  };

  it("[SPC-4 table 69] registers the ports of the list and the one that asks", () => {
    const replica = registered();
    expect(replica.send(REGISTER, "a", specify("d", "a", "e", "d"))).toBe("good");
    expect(replica.state).toBe("b=2 c=3 a=1 d=1 e=1 | free | generation 3");
  });

  it("[SPC-4 table 69] with ALL_TG_PT registers each at every target port", () => {
    const replica = new Replica([1, 2]);
    const fields = { ...specify("d"), flags: SPEC_I_PT | ALL_TG_PT };
    expect(replica.send(REGISTER, "a", fields)).toBe("good");
    expect(replica.state).toBe("a=1 a2=1 d=1 d2=1 | free | generation 1");
  });

  it("[SPC-4 table 67] registers nobody when one of the list is registered, and points at it", () => {
    const replica = registered();
    const second = 28 + transportIds("d").length;
    expect(replica.send(REGISTER, "a", specify("d", "b"))).toBe(`5/26/00 data ${second}.7`);
    expect(replica.state).toBe(UNCHANGED);
  });

  it("[SPC-4 6.16.3] registers nobody when there is not room for all", () => {
    const replica = new Replica();
    const names = Array.from({ length: limits.registrationsMax }, (_, index) =>
      String.fromCharCode(98 + (index % 25)).repeat(1 + Math.floor(index / 25)),
    );
    expect(replica.send(REGISTER, "a", specify(...names))).toBe("5/55/04");
    expect(replica.state).toBe(" | free | generation 0");
    expect(replica.send(REGISTER, "a", specify(...names.slice(1)))).toBe("good");
  });

  it.each([0, 4])("[SPC-4 table 67] is refused of who is registered (new key %i)", (newKey) => {
    const replica = registered();
    const fields = { ...specify("d"), key: 2, newKey };
    expect(replica.send(REGISTER, "b", fields)).toBe("5/26/00 data 20.3");
    expect(replica.state).toBe(UNCHANGED);
  });

  it("[SPC-4 7.6.4.6] takes an initiator's name for its ports that are known by another way", () => {
    const replica = new Replica([1, 2]);
    replica.apply(REGISTER, nexusOf("d", 2), { newKey: 4 });
    const fields = { newKey: 1, flags: SPEC_I_PT, behind: deviceId("d") };
    expect(replica.send(REGISTER, "a", fields)).toBe("good");
    expect(replica.state).toBe("d2=4 a=1 d=1 | free | generation 2");
  });

  it("[SPC-4 7.6.4.6] refuses the name of an initiator of which no port is known", () => {
    const fields = { newKey: 1, flags: SPEC_I_PT, behind: deviceId("d") };
    expect(registered().send(REGISTER, "a", fields)).toBe("5/26/00 data 28.7");
  });
});

describe("ALL_TG_PT", () => {
  it("[SPC-4 6.16.3] registers, changes and unregisters at every target port", () => {
    const replica = new Replica([2, 3]);
    expect(replica.send(REGISTER, "a", { newKey: 1, flags: ALL_TG_PT })).toBe("good");
    expect(replica.state).toBe("a=1 a2=1 a3=1 | free | generation 1");
    expect(replica.send(REGISTER, "a", { key: 1, newKey: 2, flags: ALL_TG_PT })).toBe("good");
    expect(replica.state).toBe("a=2 a2=2 a3=2 | free | generation 2");
    expect(replica.send(REGISTER_AND_IGNORE, "a", { flags: ALL_TG_PT })).toBe("good");
    expect(replica.state).toBe(" | free | generation 3");
  });

  it("[SPC-4 6.16.3] absent, changes the one nexus alone", () => {
    const replica = new Replica([1, 2]);
    replica.send(REGISTER, "a", { newKey: 1, flags: ALL_TG_PT });
    replica.send(REGISTER, "a", { key: 1 });
    expect(replica.state).toBe("a2=1 | free | generation 2");
  });
});

describe("unregistering", () => {
  it.each<[number, string, string]>([
    [1, "good", "c=3 | free"],
    [3, "good", "c=3 | free"],
    [5, "good, c: reservations released", "c=3 | free"],
    [6, "good, c: reservations released", "c=3 | free"],
    [7, "good", "c=3 | all holds 7"],
    [8, "good", "c=3 | all holds 8"],
  ])("[SPC-4 5.13.11.2.3] a holder of type %i: %s", (type, answer, state) => {
    for (const action of [REGISTER, REGISTER_AND_IGNORE]) {
      const replica = registered();
      replica.send(RESERVE, "b", { key: 2, type });
      expect(replica.send(action, "b", { key: 2 })).toBe(answer);
      expect(replica.state).toBe(`${state} | generation 3`);
    }
  });

  it("[SPC-4 5.13.10] the last of all registrants releases the reservation", () => {
    const replica = registered();
    replica.send(RESERVE, "b", { key: 2, type: 8 });
    replica.send(REGISTER, "b", { key: 2 });
    expect(replica.send(REGISTER, "c", { key: 3 })).toBe("good");
    expect(replica.state).toBe(" | free | generation 4");
  });

  it("[SPC-4 5.13.11.2.3] another than the holder leaves the reservation alone", () => {
    const replica = registered();
    replica.send(RESERVE, "b", { key: 2, type: 5 });
    expect(replica.send(REGISTER, "c", { key: 3 })).toBe("good");
    expect(replica.state).toBe("b=2 | b holds 5 | generation 3");
  });

  it("[SPC-4 5.13.7] changing the holder's key leaves the reservation alone", () => {
    const replica = registered();
    replica.send(RESERVE, "b", { key: 2, type: 1 });
    replica.send(REGISTER, "b", { key: 2, newKey: 9 });
    expect(replica.state).toBe("b=9 c=3 | b holds 1 | generation 3");
  });
});

describe("REGISTER AND MOVE", () => {
  const UNREG = 0x02;
  const HELD = "b=2 c=3 | b holds 5 | generation 2";
  const toD = { key: 2, newKey: 4, behind: transportIds("d") };

  function held(type = 5): Replica {
    const replica = registered([1, 2]);
    replica.send(RESERVE, "b", { key: 2, type });
    return replica;
  }

  it.each<[string, string, ListFields, string, string]>([
    ["unregistered", "a", toD, "conflict", HELD],
    ["unregistered, no key", "a", { ...toD, key: 0 }, "conflict", HELD],
    ["registered, no holder", "c", { ...toD, key: 3 }, "conflict", HELD],
    ["the holder, another's key", "b", { ...toD, key: 3 }, "conflict", HELD],
    ["the holder, no new key", "b", { ...toD, newKey: 0 }, "5/26/00 data 8.7", HELD],
    ["the holder", "b", toD, "good", "b=2 c=3 d=4 | d holds 5 | generation 3"],
    ["UNREG", "b", { ...toD, flags: UNREG }, "good", "c=3 d=4 | d holds 5 | generation 3"],
    [
      "to another target port",
      "b",
      { ...toD, relativeTargetPort: 2 },
      "good",
      "b=2 c=3 d2=4 | d2 holds 5 | generation 3",
    ],
    [
      "to who is registered",
      "b",
      { ...toD, behind: transportIds("c") },
      "good",
      "b=2 c=4 | c holds 5 | generation 3",
    ],
    [
      "to an initiator with one known port",
      "b",
      { ...toD, behind: deviceId("c") },
      "good",
      "b=2 c=4 | c holds 5 | generation 3",
    ],
    ["to itself", "b", { ...toD, behind: transportIds("b") }, "5/26/00 data 24.7", HELD],
    ["to nobody known", "b", { ...toD, behind: deviceId("d") }, "5/26/00 data 24.7", HELD],
    ["to nobody", "b", { ...toD, behind: Buffer.alloc(0) }, "5/26/00 data 20.7", HELD],
    ["to two", "b", { ...toD, behind: transportIds("d", "e") }, "5/26/00 data 20.7", HELD],
    ["no such port", "b", { ...toD, relativeTargetPort: 3 }, "5/26/00 data 18.7", HELD],
    ["no such port, conflicting", "c", { ...toD, relativeTargetPort: 3 }, "conflict", HELD],
  ])("[SPC-4 table 70] %s", (_case, from, fields, answer, state) => {
    const replica = held();
    expect(replica.send(REGISTER_AND_MOVE, from, fields)).toBe(answer);
    expect(replica.state).toBe(state);
  });

  it("[SPC-4 5.13.6] APTPL counts as that of REGISTER does", () => {
    const replica = held();
    expect(replica.send(REGISTER_AND_MOVE, "b", { ...toD, flags: APTPL })).toBe("good");
    expect(replica.reservation.registrations.persistsPowerLoss).toBe(true);
  });

  it("[SPC-4 5.13.8] refuses the own initiator port at another target port too", () => {
    const fields = { ...toD, behind: transportIds("b"), relativeTargetPort: 2 };
    expect(held().send(REGISTER_AND_MOVE, "b", fields)).toBe("5/26/00 data 24.7");
  });

  it("[SPC-4 5.13.8] conflicts while all registrants hold the reservation", () => {
    for (const type of [7, 8]) {
      expect(held(type).send(REGISTER_AND_MOVE, "b", toD)).toBe("conflict");
    }
  });

  it("[SPC-4 5.13.8] is an invalid field of the CDB while nobody holds one", () => {
    const outcome = registered().apply(REGISTER_AND_MOVE, nexusOf("b"), toD);
    expect(describeOutcome(outcome)).toBe("5/24/00 cdb 1.4");
  });

  it("[SPC-4 5.13.8] keeps SCOPE and TYPE whatever the CDB has", () => {
    const replica = held(3);
    expect(replica.send(REGISTER_AND_MOVE, "b", { ...toD, scope: 15, type: 15 })).toBe("good");
    expect(replica.state).toBe("b=2 c=3 d=4 | d holds 3 | generation 3");
  });
});
