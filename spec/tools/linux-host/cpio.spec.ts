import { CpioArchive } from "../../../tools/linux-host/cpio";

interface Read {
  readonly name: string;
  readonly mode: number;
  readonly device: readonly number[];
  readonly data: string;
}

/** Reads "newc" as the kernel does: 110 bytes of header, then name and data, each padded to 4. */
function entriesOf(archive: Buffer): Read[] {
  const entries: Read[] = [];
  for (let at = 0; ;) {
    expect(archive.toString("latin1", at, at + 6)).toBe("070701");
    const field = (index: number): number =>
      parseInt(archive.toString("latin1", at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const name = archive.toString("utf8", at + 110, nameEnd - 1);
    if (name === "TRAILER!!!") return entries;
    const start = align(nameEnd);
    const data = archive.toString("utf8", start, start + field(6));
    entries.push({ name, mode: field(1), device: [field(9), field(10)], data });
    at = align(start + field(6));
  }
}

function align(at: number): number {
  return Math.ceil(at / 4) * 4;
}

describe("A newc archive", () => {
  const archive = new CpioArchive();
  archive.file("/etc/lab/settings.sh", "portal=x\n", 0o600);
  archive.link("bin", "usr/bin");
  archive.device("dev/null", 1, 3);
  const entries = entriesOf(archive.bytes());

  it("holds files, links and devices with their modes", () => {
    const plain = { device: [0, 0] };
    expect(entries).toContainEqual({
      ...{ name: "etc/lab/settings.sh", mode: 0o100600, data: "portal=x\n" },
      ...plain,
    });
    expect(entries).toContainEqual({ name: "bin", mode: 0o120777, data: "usr/bin", ...plain });
    expect(entries).toContainEqual({ name: "dev/null", mode: 0o20600, data: "", device: [1, 3] });
  });

  it("has every folder once, before what is in it", () => {
    const names = entries.map(({ name }) => name);
    expect(names).toEqual(["etc", "etc/lab", "etc/lab/settings.sh", "bin", "dev", "dev/null"]);
  });

  it("can be followed by another", () => {
    expect(archive.bytes().length % 512).toBe(0);
  });
});
