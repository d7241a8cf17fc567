// QEMU's own iSCSI initiator (qemu-img, qemu-io) against the built target: whole images there and back, patterns at
// odd places, discard, header digests, CHAP.
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Prng } from "../../lib/base/prng";
import { ensurePackages } from "../../tools/packages";
import { must } from "../../tools/support/processes";
import { imageOptions } from "../../tools/support/qemu";
import { Pair } from "./support/pair";
import { freshFolder, Target } from "./support/target";

const MIB = 1024 * 1024;
const folder = freshFolder("qemu-images");

beforeAll(() => ensurePackages(["qemu-utils", "qemu-block-extra", "libiscsi-bin"]));

/** Runs commands of qemu-io on an image; what it printed. A read that differs ends it with 1. */
async function qemuIo(image: readonly string[], commands: readonly string[]): Promise<string> {
  const words = commands.flatMap((command) => ["-c", command]);
  const { stdout } = await must("qemu-io", ["-t", "none", "-d", "unmap", ...words, ...image]);
  expect(stdout).not.toContain("verification failed");
  return stdout;
}

/** An image whose bytes are all different from each other in no simple way. */
function noiseImage(name: string, mebibytes: number): string {
  const prng = new Prng(0x7e57);
  const noise = new Uint32Array((mebibytes * MIB) / 4).map(() => prng.u32());
  const path = join(folder, name);
  writeFileSync(path, noise);
  return path;
}

describe("qemu-img", () => {
  let target: Target;
  beforeAll(async () => {
    target = await Target.start({
      name: "qemu-img",
      store: `file:${join(folder, "disk.img")}:256M`,
    });
  });
  afterAll(() => target.stop());

  it("copies an image to the unit and back without a difference", async () => {
    const original = noiseImage("noise.img", 256);
    const copy = join(folder, "copy.img");
    await must("qemu-img", ["convert", "-n", "-f", "raw", "-O", "raw", original, target.url()]);
    await must("qemu-img", ["compare", "-f", "raw", "-F", "raw", original, target.url()]);
    await must("qemu-img", ["convert", "-f", "raw", "-O", "raw", target.url(), copy]);
    await must("cmp", [original, copy]);
  });

  it("copies a sparse qcow2 image over old data, holes included", async () => {
    const sparse = join(folder, "sparse.qcow2");
    await must("qemu-img", ["create", "-q", "-f", "qcow2", sparse, "256M"]);
    const writes = ["write -P 1 0 64k", "write -P 2 100M 3M", "write -P 3 268431360 4096"];
    await qemuIo(["-f", "qcow2", sparse], writes);
    await must("qemu-img", ["convert", "-n", "-f", "qcow2", "-O", "raw", sparse, target.url()]);
    await must("qemu-img", ["compare", "-f", "qcow2", "-F", "raw", sparse, target.url()]);
  });
});

describe.each(["none", "crc32c"] as const)("qemu-io with header digest %s", (digest) => {
  let target: Target;
  let image: readonly string[];
  beforeAll(async () => {
    target = await Target.start({ name: `qemu-io-${digest}`, store: "memory:64M" });
    image = ["--image-opts", imageOptions(target.url(), digest)];
  });
  afterAll(() => target.stop());

  it("reads what it wrote at odd places and sizes, and zeros around it", async () => {
    const places = [
      { pattern: 0x5a, offset: 512, length: 512 },
      { pattern: 0xa5, offset: 4096 + 512, length: 7 * 512 },
      { pattern: 0x11, offset: 1_234_567, length: 4_321 },
      { pattern: 0x77, offset: 3 * MIB + 1, length: 2 * MIB + 13 },
      { pattern: 0xee, offset: 64 * MIB - 511, length: 511 },
    ];
    for (const { pattern, offset, length } of places) {
      await qemuIo(image, [`write -P ${pattern} ${offset} ${length}`, "flush"]);
      const around = [`read -P 0 ${offset - 16} 16`, `read -P ${pattern} ${offset} ${length}`];
      await qemuIo(image, around);
    }
  });

  it("reads what it wrote with many requests in flight", async () => {
    const offsets = Array.from({ length: 48 }, (_, index) => index * 99 * 1024);
    const of = (index: number): number => 1 + index;
    await qemuIo(image, [
      ...offsets.map((offset, index) => `aio_write -q -P ${of(index)} ${offset} 99k`),
      "aio_flush",
      ...offsets.map((offset, index) => `read -q -P ${of(index)} ${offset} 99k`),
    ]);
  });
});

describe("discard", () => {
  it("zeros the blocks and gives the file's space back", async () => {
    const file = join(folder, "discard.img");
    const target = await Target.start({ name: "qemu-discard", store: `file:${file}:64M` });
    try {
      const image = ["-f", "raw", target.url()];
      const allocated = (): number => statSync(file).blocks * 512;
      await qemuIo(image, ["write -P 85 0 64M", "flush"]);
      expect(allocated()).toBeGreaterThanOrEqual(64 * MIB);
      await qemuIo(image, ["discard 1M 62M", "flush", "read -P 0 1M 62M"]);
      await qemuIo(image, ["read -P 85 0 1M", "read -P 85 63M 1M"]);
      expect(allocated()).toBeLessThan(8 * MIB);
    } finally {
      await target.stop();
    }
  });
});

describe("CHAP in QEMU's URL", () => {
  let target: Target;
  const secret = "sixteen-or-more-bytes";
  beforeAll(async () => {
    const args = ["--chap", `alice:${secret}`];
    target = await Target.start({ name: "qemu-chap", store: "memory:64M", args });
  });
  afterAll(() => target.stop());

  const urlWith = (password: string): string => target.url().replace("//", `//alice%${password}@`);

  it("lets the one with the secret write and read", async () => {
    await qemuIo(["-f", "raw", urlWith(secret)], ["write -P 9 1M 1M", "read -P 9 1M 1M"]);
  });

  it("refuses a wrong secret", async () => {
    const attempt = qemuIo(["-f", "raw", urlWith("not-the-right-secret")], ["read 0 512"]);
    await expect(attempt).rejects.toThrow(/Failed to log in|authentication|LOGIN/i);
  });
});

describe("qemu-io on both controllers of a pair", () => {
  let pair: Pair;
  beforeAll(async () => {
    const storeOf = (side: string): string => `file:${join(folder, `copy-${side}.img`)}:256M`;
    pair = await Pair.start({ name: "qemu-pair", storeOf });
  });
  afterAll(() => pair.kill());

  it("[G-01] reads by each side what was written by the other, while both write", async () => {
    const raw = (side: "a" | "b"): string[] => ["-f", "raw", pair[side].url()];
    const mebibytes = [...Array(16).keys()];
    const writes = (pattern: number, at: number): string[] =>
      mebibytes.map((index) => `write -P ${pattern} ${at + 2 * index}M 1M`);
    const reads = (pattern: number, at: number): string[] =>
      mebibytes.map((index) => `read -P ${pattern} ${at + 2 * index}M 1M`);
    await Promise.all([qemuIo(raw("a"), writes(0xa1, 0)), qemuIo(raw("b"), writes(0xb1, 1))]);
    await Promise.all([
      qemuIo(raw("a"), [...reads(0xb1, 1), ...writes(0xa2, 64)]),
      qemuIo(raw("b"), [...reads(0xa1, 0), ...writes(0xb2, 65)]),
    ]);
    await Promise.all([qemuIo(raw("a"), reads(0xb2, 65)), qemuIo(raw("b"), reads(0xa2, 64))]);
  });

  it("leaves two copies that are the same, and two processes that end in order", async () => {
    await pair.stop();
    const skip = String(MIB);
    await must("cmp", ["-i", skip, join(folder, "copy-a.img"), join(folder, "copy-b.img")]);
  });
});
