import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings, type Settings, type Sources } from "../../lib/node/settings";
import { SettingsError } from "../../lib/node/settings-error";
import { viewOf } from "../../lib/node/settings-view";

let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "conf.json");
});
afterAll(() => rmSync(directory, { recursive: true }));

interface Given {
  readonly file?: unknown;
  readonly environment?: Sources["environment"];
  readonly flags?: Sources["flags"];
}

function load({ file, environment = {}, flags = {} }: Given): Settings {
  // What a pair's settings mean is for `pair-settings.spec.ts`.
  const single = { single: "true", ...flags };
  if (file === undefined) return loadSettings({ file: null, environment, flags: single });
  writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
  return loadSettings({ file: path, environment, flags: single });
}

const memory = { store: "memory:64M" };

describe("settings", () => {
  it("serve, single, one 1 GiB file at the iSCSI port of this host alone", () => {
    const settings = load({});
    expect(settings.listen).toEqual([{ host: "127.0.0.1", port: 3260 }]);
    expect(settings.iqn).toBe("iqn.2026-11.io.twinlun:disk");
    expect(settings.chap).toEqual([]);
    const store = { kind: "file", path: "./data/disk.img", size: 2 ** 30 };
    expect(settings.units).toMatchObject([{ lun: 0, store, blockSize: 512, thin: true }]);
  });

  it.each([
    ["the default", {}, 512],
    ["the file", { file: { blockSize: 4096 } }, 4096],
    ["the environment over the file", env("BLOCK_SIZE", "512", { blockSize: 4096 }), 512],
    ["a flag over both", { ...env("BLOCK_SIZE", "512"), flags: { blockSize: "4096" } }, 4096],
    ["the file over an empty variable", env("BLOCK_SIZE", "", { blockSize: 4096 }), 4096],
    ["luns over the file", { file: { luns: [{ ...memory, blockSize: 4096 }] } }, 4096],
    ["the file for luns", { file: { blockSize: 4096, luns: [memory] } }, 4096],
    ["a flag over luns", { file: { luns: [memory] }, flags: { blockSize: "4096" } }, 4096],
  ])("are taken from %s", (_, given, blockSize) => {
    expect(load(given).units[0]?.blockSize).toBe(blockSize);
  });
  function env(name: string, value: string, file?: unknown): Given {
    return { file, environment: { [`TWINLUN_${name}`]: value } };
  }

  it("take lists from JSON, from text with commas, and from repeated flags", () => {
    const names = ["iqn.2026-11.io.twinlun:a", "iqn.2026-11.io.twinlun:b"];
    const environment = { TWINLUN_INITIATORS: names.join(",") };
    expect(load({ file: { initiators: names } }).initiators).toEqual(names);
    expect(load({ environment }).initiators).toEqual(names);
    expect(load({ flags: { initiators: names } }).initiators).toEqual(names);
  });

  it("number the luns by their place or as they say, in ascending order", () => {
    const luns = [{ ...memory, lun: 16383 }, { ...memory, product: "B" }, memory];
    const { units } = load({ file: { luns } });
    expect(units.map((unit) => [unit.lun, unit.product])).toEqual([
      [1, "B"],
      [2, "DISK"],
      [16383, "DISK"],
    ]);
  });

  const luns = [memory];
  const a16 = "a".repeat(16);
  it.each<[Given, string]>([
    [
      { flags: { blockSize: "513" } },
      `blockSize is "513" (from --block-size), but it must be 512 or`,
    ],
    [
      { environment: { TWINLUN_THIN: "maybe" } },
      `thin is "maybe" (from TWINLUN_THIN), but it must`,
    ],
    [
      { file: { nopIntervalMs: -1 } },
      `nopIntervalMs is -1 (from PATH), but it must be a whole number`,
    ],
    [
      { file: { iqn: "disk" }, flags: { iqn: "iqn.2026-11.io.x" } },
      `iqn is "disk" (from PATH), but`,
    ],
    [
      { flags: { store: "memory:1Z" } },
      `store is "memory:1Z" (from --store), but it must be memory:`,
    ],
    [
      { flags: { listen: ["::1:1"] } },
      `listen is ["::1:1"] (from --listen), but it must be a list`,
    ],
    [{ file: { vendor: "TOO LONG A NAME" } }, "but it must be ASCII text of 1 to 8 characters."],
    [
      { file: { initiators: { a: 1 } } },
      `initiators is {"a":1} (from PATH), but it must be a list`,
    ],
    [{ file: { bloksize: 512 } }, "Unknown setting bloksize in PATH."],
    [{ file: { constructor: 1 } }, "Unknown setting constructor in PATH."],
    [{ file: { luns: [{ ...memory, iqn: "x" }] } }, "Unknown setting luns[0].iqn in PATH."],
    [{ file: { luns: [{ blockSize: 512 }] } }, "luns[0] (from PATH) must have a store."],
    [{ file: { luns: [memory, 5] } }, "luns[1] (from PATH) must be a JSON object."],
    [
      { file: { luns: [{ ...memory, lun: 16384 }] } },
      "luns[0].lun is 16384 (from PATH), but it must be a whole number from 0 to 16383.",
    ],
    [{ file: { luns: [] } }, "luns (from PATH) must be a list of units."],
    [{ file: { luns: "memory:1M" } }, "luns (from PATH) must be a list of units."],
    [{ file: { luns: [memory, { ...memory, lun: 0 }] } }, "Two of the luns have the number 0."],
    [{ file: { luns: [{ ...memory, thin: 1 }] } }, "luns[0].thin is 1 (from PATH), but it must be"],
    [{ file: { luns }, flags: memory }, "luns (from PATH) and store (from --store) exclude each"],
    [
      { file: { luns: [{ store: "file:a" }, { store: "file:./a" }] } },
      "Two copies have the store file /",
    ],
    [
      { flags: { store: "memory:1000" } },
      "LUN 0 has 1000 bytes, which is not a multiple of blockS",
    ],
    [{ file: "{" }, "Configuration file PATH cannot be read: "],
    [{ file: "[]" }, "Configuration file PATH must hold one JSON object."],
    [{ flags: { chap: ["user"] } }, "chap is (not shown) (from --chap), but it must be a list of"],
    [{ flags: { chap: ["a:b", "a:c"] } }, "Setting chap has user a twice."],
    [{ flags: { chapMutual: "a:b" } }, "Setting chapMutual has no effect without chap."],
    [
      { flags: { chap: [`a:${a16}`], chapMutual: `b:${a16}` } },
      "chap and chapMutual must not have",
    ],
    [{ flags: { discoveryChapMutual: "a:b" } }, "discoveryChapMutual has no effect without disco"],
    [{ file: { headerDigest: [] } }, "Setting headerDigest must not be empty."],
    [{ flags: { listen: ["[::1]:9", "[::1]:9"] } }, "Setting listen has [::1]:9 twice."],
    [
      { flags: { announce: ["192.0.2.7:1", "192.0.2.7:2"] } },
      "Setting announce has 2 addresses for 1 portals of listen.",
    ],
    [
      { flags: { redirectTo: ["none", "192.0.2.7:2"] } },
      "Setting redirectTo has 2 addresses for 1 portals of listen.",
    ],
    [
      { flags: { listen: ["[::1]:9"], redirectTo: ["[::1]:9"] } },
      "Setting redirectTo sends [::1]:9 to itself.",
    ],
    [
      { flags: { redirectTo: ["none"], redirectPermanently: "true" } },
      "Setting redirectPermanently has no effect without redirectTo.",
    ],
    [
      { flags: { maxBurstLength: "4096" } },
      "firstBurstLength (262144) exceeds maxBurstLength (4096)",
    ],
  ])("that are wrong are refused in one sentence: %j", (given, words) => {
    let message = "";
    try {
      load(given);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      message = (error as Error).message.replaceAll(path, "PATH");
    }
    expect(message).toContain(words);
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(message).not.toContain(a16);
  });

  it("say so when the file does not exist", () => {
    const sources = { file: join(directory, "none.json"), environment: {}, flags: {} };
    expect(() => loadSettings(sources)).toThrow("none.json does not exist.");
  });

  it("are shown without secrets, and as they can be read again", () => {
    const flags = {
      chap: ["host:s3cret-of-host"],
      chapMutual: "me:s3cret-of-me",
      discoveryChap: ["host:s3cret-too"],
      discoveryChapMutual: "me:s3cret-four",
      redirectTo: "none",
    };
    const view = viewOf(load({ flags }));
    expect(JSON.stringify(view)).not.toContain("s3cret");
    expect(view).toMatchObject({ chap: ["host:***"], chapMutual: "me:***", redirectTo: ["none"] });
    const again = viewOf(
      load({
        file: { ...view, chap: [], chapMutual: null, discoveryChap: [], discoveryChapMutual: null },
      }),
    );
    expect(again).toEqual(viewOf(load({ flags: { redirectTo: "none" } })));
  });

  it.each(["single.json", "chap.json", "conformance.json"])("of conf/%s are valid", (name) => {
    const file = join(__dirname, "../../conf", name);
    expect(loadSettings({ file, environment: {}, flags: {} }).units.length).toBeGreaterThan(0);
  });
});
