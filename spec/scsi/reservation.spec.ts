import { Reservation } from "../../lib/scsi/reservation";
import type { ReservationRule } from "../../lib/scsi/command";
import { makeNexus } from "./support/bench";

const holder = makeNexus("holder");
const other = makeNexus("other");

function reserved(): Reservation {
  const reservation = new Reservation();
  reservation.reserve(holder);
  return reservation;
}

describe("a unit that nobody holds", () => {
  it.each<ReservationRule>(["allowed", "conflict", "release"])("allows %s to all", (rule) => {
    expect(new Reservation().allows(other, { reservation: rule })).toBe(true);
  });

  it("is held by the first that reserves it", () => {
    const reservation = new Reservation();
    expect(reservation.reserve(other)).toBe("ok");
    expect(reservation.holder).toBe(other);
  });
});

describe("a reserved unit", () => {
  it.each<[ReservationRule, boolean, boolean]>([
    ["allowed", true, true],
    ["release", true, true],
    ["conflict", true, false],
  ])("[SPC-2 5.5.1] asked for %s says %s to the holder, %s to others", (rule, own, others) => {
    const reservation = reserved();
    expect(reservation.allows(holder, { reservation: rule })).toBe(own);
    expect(reservation.allows(other, { reservation: rule })).toBe(others);
  });

  it("[SPC-2 7.21] may be reserved again by the holder and by nobody else", () => {
    const reservation = reserved();
    expect(reservation.reserve(other)).toBe("conflict");
    expect(reservation.reserve(holder)).toBe("ok");
    expect(reservation.holder).toBe(holder);
  });

  it("[SPC-2 7.17] is released by the holder, while RELEASE by others has no effect", () => {
    const reservation = reserved();
    reservation.release(other);
    expect(reservation.holder).toBe(holder);
    reservation.release(holder);
    expect(reservation.holder).toBeNull();
  });

  it("[SPC-2 5.5.1] is free after the loss of the holder's nexus, not of another", () => {
    const reservation = reserved();
    reservation.nexusLost(other);
    expect(reservation.holder).toBe(holder);
    reservation.nexusLost(holder);
    expect(reservation.holder).toBeNull();
  });

  it("[SPC-2 5.5.1] is free after a reset", () => {
    const reservation = reserved();
    reservation.reset();
    expect(reservation.holder).toBeNull();
  });
});
