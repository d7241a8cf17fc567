import { Reservation } from "../../lib/scsi/reservation";
import { Action, Replica, nexusOf } from "./support/persistent";

const { name: holder } = nexusOf("holder");
const { name: other } = nexusOf("other");

function reserved(): Reservation {
  const reservation = new Reservation();
  reservation.reserve(holder);
  return reservation;
}

/** b and c are registered, and b has reserved if a type is given. */
function registered(type?: number): Replica {
  const replica = new Replica();
  replica.send(Action.REGISTER, "b", { newKey: 2 });
  replica.send(Action.REGISTER, "c", { newKey: 3 });
  if (type !== undefined) replica.send(Action.RESERVE, "b", { key: 2, type });
  return replica;
}

describe("a unit that nobody holds", () => {
  it("is held by the first that reserves it", () => {
    const reservation = new Reservation();
    expect(reservation.reserve(other)).toBe("ok");
    expect(reservation.holdsSpc2(other)).toBe(true);
    expect(reservation.holdsSpc2(holder)).toBe(false);
  });

  it("may be released by anybody, without effect", () => {
    expect(new Reservation().release(other)).toBe("ok");
  });
});

describe("a reserved unit", () => {
  it("[SPC-2 7.21] may be reserved again by the holder and by nobody else", () => {
    const reservation = reserved();
    expect(reservation.reserve(other)).toBe("conflict");
    expect(reservation.reserve(holder)).toBe("ok");
    expect(reservation.holdsSpc2(holder)).toBe(true);
  });

  it("[SPC-2 7.17] is released by the holder, while RELEASE by others has no effect", () => {
    const reservation = reserved();
    expect(reservation.release(other)).toBe("ok");
    expect(reservation.holdsSpc2(holder)).toBe(true);
    expect(reservation.release(holder)).toBe("ok");
    expect(reservation.holdsSpc2(holder)).toBe(false);
  });

  it("[SPC-2 5.5.1] is free after the loss of the holder's nexus, not of another", () => {
    const reservation = reserved();
    reservation.nexusLost(other);
    expect(reservation.holdsSpc2(holder)).toBe(true);
    reservation.nexusLost(holder);
    expect(reservation.holdsSpc2(holder)).toBe(false);
  });

  it("[SPC-2 5.5.1] is free after a reset", () => {
    const reservation = reserved();
    reservation.reset();
    expect(reservation.allowsAccess(other, "write")).toBe(true);
  });
});

describe("RESERVE and RELEASE among registrations", () => {
  it.each([
    ["nobody holds", undefined, { a: "conflict", b: "conflict", c: "conflict" }],
    ["type 1", 1, { a: "conflict", b: "ok", c: "conflict" }],
    ["type 3", 3, { a: "conflict", b: "ok", c: "conflict" }],
    ["type 5", 5, { a: "conflict", b: "ok", c: "ok" }],
    ["type 6", 6, { a: "conflict", b: "ok", c: "ok" }],
    ["type 7", 7, { a: "conflict", b: "ok", c: "ok" }],
    ["type 8", 8, { a: "conflict", b: "ok", c: "ok" }],
  ])("[SPC-4 5.13.3] succeed for those let in, and change nothing: %s", (_case, type, expected) => {
    const replica = registered(type);
    const before = replica.state;
    for (const [from, answer] of Object.entries(expected)) {
      const { name } = nexusOf(from);
      expect(replica.reservation.reserve(name)).toBe(answer);
      expect(replica.reservation.release(name)).toBe(answer);
      expect(replica.reservation.holdsSpc2(name)).toBe(false);
    }
    expect(replica.state).toBe(before);
  });
});

describe("a persistent reservation", () => {
  it("[SPC-4 5.13.1] outlives the nexus, and resets", () => {
    const replica = registered(5);
    const before = replica.state;
    replica.reservation.nexusLost(nexusOf("b").name);
    replica.reservation.reset();
    expect(replica.state).toBe(before);
  });
});

describe("who holds, in words", () => {
  it.each([
    ["nobody", new Reservation(), ""],
    ["RESERVE", reserved(), `${holder} by RESERVE`],
    ["registrations", registered().reservation, "nobody; 2 registered"],
    [
      "one holder",
      registered(6).reservation,
      "iqn.2000-01.spec:b,i,0x000000000001,t,0x0001 with key 0x0000000000000002 " +
        "(Exclusive Access - Registrants Only)",
    ],
    ["all", registered(7).reservation, "all 2 registered (Write Exclusive - All Registrants)"],
  ])("%s", (_who, reservation, text) => {
    expect(reservation.holderText).toBe(text);
  });
});
