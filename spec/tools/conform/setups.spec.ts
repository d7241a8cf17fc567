import { loadSettings } from "../../../lib/node/settings";
import { CONFORMANCE_FILE, SETUP_NAMES, unitOf } from "../../../tools/conform/setups";

/** What the tests of a set-up need of its unit. */
const NEEDS = {
  thin: { thin: true, removable: true, readOnly: false, physicalBlockExponent: 0 },
  "thin-8": { thin: true, physicalBlockExponent: 3, blockSize: 512 },
  thick: { thin: false, readOnly: false },
  "read-only": { readOnly: true },
  "4k": { thin: true, blockSize: 4096 },
  chap: { thin: true, readOnly: false },
  pair: { thin: true, physicalBlockExponent: 3 },
  sanitize: { thin: true, sanitizeRate: 96 * 1024 * 1024 },
} as const;

describe("conf/conformance.json", () => {
  it.each(SETUP_NAMES)("has a unit as the tests of the set-up %s need it", (name) => {
    expect(unitOf(name)).toMatchObject(NEEDS[name]);
  });

  it("has units that READ (6) can reach beyond the end of, in memory alone", () => {
    const { units } = loadSettings({ file: CONFORMANCE_FILE, environment: {}, flags: {} });
    for (const { store, blockSize } of units) {
      if (blockSize === 512) expect((store.size ?? 0) / blockSize).toBeLessThan(0x200000);
      expect(store.kind).toBe("memory");
    }
    expect(units.map(({ lun }) => lun)).toEqual([...units.keys()]);
  });

  it.each(["true", "false"])("is right with single %s: each unit has one copy or two", (single) => {
    const sources = { file: CONFORMANCE_FILE, environment: {}, flags: { single } };
    const copies = loadSettings(sources).units.map(({ store2 }) => (store2 === null ? 1 : 2));
    expect(new Set(copies)).toEqual(new Set([single === "true" ? 1 : 2]));
  });
});
