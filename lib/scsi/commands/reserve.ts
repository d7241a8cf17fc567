/**
 * RESERVE and RELEASE (6) and (10), of the whole unit for the nexus that asks. Who holds the unit
 * is `reservation.ts`; the reservation gate refuses RESERVE while another does.
 * [SPC-2 RESERVE, RELEASE]
 */
import { type Cdb, type Sense, release10, release6, reserve10, reserve6 } from "node-scsi-cdb";
import { type Command, command } from "../command";
import type { Unit } from "../unit";
import type { ActionOutcome, CommandAction } from "../unit-action";
import { refuse } from "./transfer";

/** For third parties there are no reservations. The 6-byte forms have reserved bits there. */
function checkParty(
  row: typeof reserve10 | typeof release10,
  cdb: Cdb<typeof reserve10>,
): Sense | null {
  if (cdb.thirdParty) return refuse(row, "thirdParty");
  return cdb.longId ? refuse(row, "longId") : null;
}

function reserve(_cdb: unknown, { nexus }: CommandAction, unit: Unit): ActionOutcome {
  const isReserved = unit.reservation.reserve(nexus.name) === "ok";
  return { answer: isReserved ? "good" : "conflict" };
}

/** Without effect, but no error, for a nexus that holds nothing. */
function release(_cdb: unknown, { nexus }: CommandAction, unit: Unit): ActionOutcome {
  const isReleased = unit.reservation.release(nexus.name) === "ok";
  return { answer: isReleased ? "good" : "conflict" };
}

const reserves = { reservation: "reserve", needsMedium: false, writes: false } as const;
const releases = { reservation: "release", needsMedium: false, writes: false } as const;

export const reserveCommands: readonly Command[] = [
  command({ row: reserve6, ...reserves, apply: reserve }),
  command({ row: release6, ...releases, apply: release }),
  command({
    row: reserve10,
    ...reserves,
    check: (cdb) => checkParty(reserve10, cdb),
    apply: reserve,
  }),
  command({
    row: release10,
    ...releases,
    check: (cdb) => checkParty(release10, cdb),
    apply: release,
  }),
];
