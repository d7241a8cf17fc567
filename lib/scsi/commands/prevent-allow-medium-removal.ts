/**
 * PREVENT ALLOW MEDIUM REMOVAL: while a nexus prevents it, nobody ejects the medium. The nexus that
 * is lost allows it, and so does a reset. [SPC-4 PREVENT ALLOW MEDIUM REMOVAL]
 */
import {
  INSUFFICIENT_RESOURCES,
  type Sense,
  preventAllowMediumRemoval as row,
} from "node-scsi-cdb";
import { command } from "../command";
import { refuse } from "./transfer";

/** 00b allows, 01b prevents; what the other two meant for changers is obsolete. */
const PREVENT = 1;

const FULL: Sense = { code: INSUFFICIENT_RESOURCES };

export const preventAllowMediumRemoval = command({
  row,
  supported: ({ profile }) => profile.removable,
  reservation: "conflict",
  // To allow it takes nothing from whoever reserved the unit. [SPC-4 5.13.1]
  reservationBy: ({ prevent }) => (prevent === 0 ? "allowed" : "conflict"),
  needsMedium: false,
  writes: false,
  check: ({ prevent }) => (prevent > PREVENT ? refuse(row, "prevent") : null),
  apply({ prevent }, { nexus }, { removal }) {
    if (prevent === PREVENT) return { answer: removal.prevent(nexus.name) ? "good" : FULL };
    removal.allow(nexus.name);
    return { answer: "good" };
  },
});
