import { Reservation } from "../../../lib/scsi/reservation";
import {
  PERSISTENT_TYPES,
  RESERVATION_RULES,
  type ReservationRule,
} from "../../../lib/scsi/reservations/rules";
import { Action, Replica, nexusOf } from "../support/persistent";

const RULES = Object.keys(RESERVATION_RULES) as ReservationRule[];

/** A unit reserved by b, with c registered beside it, and what a may be: neither. */
function reserved(type: number): Reservation {
  const replica = new Replica();
  replica.send(Action.REGISTER, "b", { newKey: 2 });
  replica.send(Action.REGISTER, "c", { newKey: 3 });
  replica.send(Action.RESERVE, "b", { key: 2, type });
  return replica.reservation;
}

function allowed(reservation: Reservation, from: string): string {
  return RULES.filter((rule) => reservation.allows(nexusOf(from), rule)).join(" ");
}

const EVERY = RULES.join(" ");
const READING = "allowed test read persistent";
const LOOKING = "allowed test persistent";

describe("commands in the presence of a persistent reservation", () => {
  it.each([
    // The columns of the standard's table: any nexus, registered ones, ones not registered.
    [1, { b: EVERY, c: READING, a: READING }],
    [3, { b: EVERY, c: LOOKING, a: LOOKING }],
    [5, { b: EVERY, c: EVERY, a: READING }],
    [6, { b: EVERY, c: EVERY, a: LOOKING }],
    [7, { b: EVERY, c: EVERY, a: READING }],
    [8, { b: EVERY, c: EVERY, a: LOOKING }],
  ])(
    "[SPC-4 table 65] of type %i are allowed to holder, registered and others",
    (type, expected) => {
      const reservation = reserved(type);
      const { a, b, c } = expected;
      expect({ a: allowed(reservation, "a"), b: allowed(reservation, "b") }).toEqual({ a, b });
      expect(allowed(reservation, "c")).toBe(c);
    },
  );

  it("[SPC-4 5.13.1] know nexuses, not initiators: the holder's other target port is another", () => {
    const reservation = reserved(5);
    expect(reservation.allowsAccess(nexusOf("b", 2).name, "write")).toBe(false);
    expect(reservation.allowsAccess(nexusOf("b", 1).name, "write")).toBe(true);
  });

  it.each(PERSISTENT_TYPES.map(({ code, isExclusiveAccess }) => [code, !isExclusiveAccess]))(
    "[SPC-4 table 65] of type %i let others read: %p, and never write",
    (type, reads) => {
      const reservation = reserved(type as number);
      const { name } = nexusOf("a");
      expect(reservation.allowsAccess(name, "read")).toBe(reads);
      expect(reservation.allowsAccess(name, "write")).toBe(false);
      expect(reservation.allowsAccess(nexusOf("b").name, "write")).toBe(true);
    },
  );
});

describe("commands among registrations without a reservation", () => {
  it("[SPC-2 5.5.1] are all allowed but RESERVE and RELEASE, to registered nexuses and others", () => {
    const replica = new Replica();
    replica.send(Action.REGISTER, "b", { newKey: 2 });
    for (const from of ["a", "b"]) {
      expect(allowed(replica.reservation, from)).toBe("allowed test read conflict persistent");
    }
  });
});

describe("commands on a unit that nobody holds", () => {
  it("are all allowed", () => {
    expect(allowed(new Reservation(), "a")).toBe(EVERY);
  });
});

describe("commands in the presence of an SPC-2 reservation", () => {
  it("[SPC-2 5.5.1] are allowed to the holder but for PERSISTENT RESERVE", () => {
    const reservation = new Reservation();
    reservation.reserve(nexusOf("b").name);
    expect(allowed(reservation, "b")).toBe("allowed test read conflict reserve release");
    expect(allowed(reservation, "a")).toBe("allowed release");
  });
});
