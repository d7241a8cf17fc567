/** CRC32C in machine code, or the core's own where no binary fits this machine. */
import type * as native from "@node-rs/crc32";
import { crc32c as portable, type Crc32c } from "../base/crc32c";

/** With fewer bytes the way to the machine code and back is the longer one. */
const NATIVE_MIN = 96;

function load(): Crc32c {
  try {
    const { crc32c } = require("@node-rs/crc32") as typeof native;
    return (bytes, crc = 0) =>
      bytes.length < NATIVE_MIN ? portable(bytes, crc) : crc32c(bytes, crc);
  } catch {
    return portable;
  }
}

export const crc32c: Crc32c = load();
