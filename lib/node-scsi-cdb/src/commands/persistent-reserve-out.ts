/** PERSISTENT RESERVE OUT, one row for each service action. */
import { command } from "../command";
import { bits } from "../fields";
import { parameterListLength } from "./shared-fields";

/** `ignored`: the service action takes any SCOPE and TYPE. [SPC-4 PERSISTENT RESERVE OUT] */
function row(serviceAction: number, action: string, { ignored }: { ignored: boolean }) {
  return command({
    name: `PERSISTENT RESERVE OUT, ${action}`,
    opcode: 0x5f,
    serviceAction,
    length: 10,
    reference: "SPC-4 PERSISTENT RESERVE OUT",
    direction: "out",
    fields: {
      scope: bits(2, 7, 4, "SCOPE", { ignored }),
      type: bits(2, 3, 0, "TYPE", { ignored }),
      parameterListLength: parameterListLength(5, 4),
    },
  });
}

const used = { ignored: false };
const unused = { ignored: true };

export const persistentReserveOutRegister = row(0x00, "REGISTER", unused);
export const persistentReserveOutReserve = row(0x01, "RESERVE", used);
export const persistentReserveOutRelease = row(0x02, "RELEASE", used);
export const persistentReserveOutClear = row(0x03, "CLEAR", unused);
export const persistentReserveOutPreempt = row(0x04, "PREEMPT", used);
export const persistentReserveOutPreemptAndAbort = row(0x05, "PREEMPT AND ABORT", used);
export const persistentReserveOutRegisterAndIgnoreExistingKey = row(
  0x06,
  "REGISTER AND IGNORE EXISTING KEY",
  unused,
);
export const persistentReserveOutRegisterAndMove = row(0x07, "REGISTER AND MOVE", used);
export const persistentReserveOutReplaceLostReservation = row(
  0x08,
  "REPLACE LOST RESERVATION",
  used,
);
