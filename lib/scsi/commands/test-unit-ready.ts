/** TEST UNIT READY: all it asks is asked by the gates. [SPC-4 TEST UNIT READY] */
import { testUnitReady as row } from "node-scsi-cdb";
import { command } from "../command";

export const testUnitReady = command({
  row,
  reservation: "test",
  needsMedium: true,
  writes: false,
  execute: (_cdb, task, unit) => unit.good(task),
});
