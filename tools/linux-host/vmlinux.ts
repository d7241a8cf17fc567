/**
 * The ELF kernel inside a bzImage: an emulator without KVM boots it in a fraction of the time that
 * the compressed image takes to unpack itself. Knows the x86 boot protocol's setup header and
 * nothing of what the kernel does.
 */
import { gunzipSync } from "node:zlib";
import { run } from "./host";

const setupSectorsOffset = 0x1f1;
const payloadOffsetOffset = 0x248;
const payloadLengthOffset = 0x24c;
const sectorLength = 512;

/** The kernel's ELF image; `xz` must be installed. */
export function extractVmlinux(image: Buffer): Buffer {
  const setupSectors = image[setupSectorsOffset] || 4;
  const start = (setupSectors + 1) * sectorLength + image.readUInt32LE(payloadOffsetOffset);
  const payload = image.subarray(start, start + image.readUInt32LE(payloadLengthOffset));
  const elf = unpack(payload);
  if (elf.toString("latin1", 0, 4) !== "\x7fELF") throw new Error("no ELF kernel in the bzImage");
  return elf;
}

function unpack(payload: Buffer): Buffer {
  if (payload.readUInt16BE(0) === 0x1f8b) return gunzipSync(payload);
  if (payload.toString("latin1", 1, 5) === "7zXZ") {
    // The kernel's build appends the unpacked length, 4 bytes that are not part of the xz stream.
    return run("xz", ["-dc"], { input: payload.subarray(0, -4) });
  }
  throw new Error(`unknown kernel compression ${payload.toString("hex", 0, 6)}`);
}
