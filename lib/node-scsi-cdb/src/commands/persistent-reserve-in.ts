/** PERSISTENT RESERVE IN, one row for each service action. */
import { command } from "../command";
import { allocationLength } from "./shared-fields";

/* The type of a row is its fields: it is left to be inferred. */
function row(serviceAction: number, action: string) {
  return command({
    name: `PERSISTENT RESERVE IN, ${action}`,
    opcode: 0x5e,
    serviceAction,
    length: 10,
    reference: "SPC-4 PERSISTENT RESERVE IN",
    direction: "in",
    fields: { allocationLength: allocationLength(7, 2) },
  });
}

export const persistentReserveInReadKeys = row(0x00, "READ KEYS");
export const persistentReserveInReadReservation = row(0x01, "READ RESERVATION");
export const persistentReserveInReportCapabilities = row(0x02, "REPORT CAPABILITIES");
export const persistentReserveInReadFullStatus = row(0x03, "READ FULL STATUS");
