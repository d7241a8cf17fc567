import { ModePages } from "../../../lib/scsi/mode-pages/mode-pages";
import { caching, control, modePages } from "../../../lib/scsi/mode-pages/pages";

const stable = { volatileCache: false, unmap: false, readOnly: false, atomicWrites: false };
const cached = { ...stable, volatileCache: true };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("mode pages", () => {
  it.each([
    { code: 0x01, bytes: "010a00000000000000000000", mask: "010a00000000000000000000" },
    { code: 0x08, bytes: "0812" + "04" + "00".repeat(17), mask: "0812" + "05" + "00".repeat(17) },
    { code: 0x0a, bytes: "0a0a00100000000" + "0ffff0000", mask: "0a0a3406384000000" + "0000000" },
    {
      code: 0x0a,
      subpage: 1,
      bytes: "4a01001c" + "06" + "00".repeat(27),
      mask: "4a01001c" + "00".repeat(28),
    },
    { code: 0x1c, bytes: "1c0a08000000000000000000", mask: "1c0a00000000000000000000" },
  ])(
    "[SPC-4, SBC-3] page $code: defaults and changeable bits",
    ({ code, subpage = 0, bytes, mask }) => {
      const page = modePages.find((one) => one.pageCode === code && one.subpageCode === subpage);
      expect(page).toBeDefined();
      if (page === undefined) return;
      expect(hex(page.defaults(cached))).toBe(bytes);
      expect(hex(page.changeable(cached))).toBe(mask);
      expect(bytes.length).toBe(2 * page.length);
    },
  );

  it("stand in ascending order", () => {
    const codes = modePages.map(({ pageCode, subpageCode }) => 256 * pageCode + subpageCode);
    expect(codes).toEqual([...codes].sort((a, b) => a - b));
  });

  it("[SBC-3 Caching mode page] a store without a cache has WCE 0, and cannot set it", () => {
    const pages = new ModePages(stable);
    expect(pages.hasWriteCache).toBe(false);
    expect(pages.read(caching, "changeable")[2]).toBe(0);
  });

  it("[G-17] a snapshot carries what can be changed, and nothing else", () => {
    const [from, to] = [new ModePages(cached), new ModePages(stable)];
    const changed = from.read(control, "current");
    changed[4] = 0x08;
    expect(from.write(new Map([[control, changed]]))).toBe(true);
    expect(from.write(new Map([[control, changed]]))).toBe(false);
    const changes = to.parseSnapshot(from.snapshot());
    expect(changes === null ? null : to.write(changes)).toBe(true);
    expect([to.isWriteProtected, to.hasWriteCache]).toEqual([true, false]);
  });

  it.each([0, 1, -1])("a snapshot of %i bytes more is none", (difference) => {
    const pages = new ModePages(cached);
    const whole = Buffer.concat([pages.snapshot(), Buffer.alloc(1)]);
    const bytes = whole.subarray(0, whole.length - 1 + difference);
    expect(pages.parseSnapshot(bytes) === null).toBe(difference !== 0);
  });

  it("a snapshot of other pages is none", () => {
    const pages = new ModePages(cached);
    const bytes = pages.snapshot();
    bytes[0] = 0x05;
    expect(pages.parseSnapshot(bytes)).toBeNull();
  });

  it("what is written counts at once, and a reset takes it back", () => {
    const pages = new ModePages(cached);
    const changed = pages.read(control, "current");
    changed[4] = 0x08;
    changed[5] = 0x40;
    pages.write(new Map([[control, changed]]));
    expect([pages.isWriteProtected, pages.hasTaskAbortedStatus]).toEqual([true, true]);
    expect(pages.read(control, "default")[4]).toBe(0);
    pages.reset();
    expect([pages.isWriteProtected, pages.hasTaskAbortedStatus]).toEqual([false, false]);
    expect(pages.hasWriteCache).toBe(true);
  });

  it("what is read is a copy", () => {
    const pages = new ModePages(cached);
    pages.read(caching, "current").fill(0xff);
    expect(pages.read(caching, "current")).toEqual(pages.read(caching, "default"));
  });
});
