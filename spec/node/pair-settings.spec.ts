import { join } from "node:path";
import { sidesOf, sideOfPortal } from "../../lib/node/pair-settings";
import { loadSettings, type Settings } from "../../lib/node/settings";
import { SettingsError } from "../../lib/node/settings-error";
import { viewOf } from "../../lib/node/settings-view";

type Flags = Readonly<Record<string, string | string[]>>;

const KEY = "sixteen characters".replace(" ", "-");
const LINK = { linkListen: "127.0.0.1:1", linkPeer: "127.0.0.1:2" };
const SIDE: Flags = { side: "1", ...LINK, peerPortals: "127.0.0.1:3261", linkKey: KEY };
const FILES = { linkCert: "c.pem", linkPrivateKey: "k.pem", linkCa: "ca.pem" };
const { linkKey: _, ...OPEN } = SIDE;

function load(flags: Flags): Settings {
  return loadSettings({ file: null, environment: {}, flags: { single: "false", ...flags } });
}

function refusal(flags: Flags): string {
  try {
    load(flags);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  return "nothing is refused";
}

describe("the settings of a pair", () => {
  it("serve two copies at two portals of this host from one process by default", () => {
    const settings = load({});
    expect(sidesOf(settings)).toEqual([1, 2]);
    expect(settings.listen.map(({ port }) => port)).toEqual([3260, 3261]);
    expect(settings.units[0]).toMatchObject({
      store: { kind: "file", path: "./data/main.img", size: 2 ** 30 },
      store2: { kind: "file", path: "./data/sub.img", size: 2 ** 30 },
    });
    expect(settings.adminSocket).toBe("./data/admin.sock");
  });

  it.each<[string, Flags, object]>([
    [
      "single",
      { single: "true" },
      { sides: [], port: 3260, path: "./data/disk.img", adminSocket: null },
    ],
    [
      "side 1",
      SIDE,
      { sides: [1], port: 3260, path: "./data/main.img", adminSocket: "./data/admin-main.sock" },
    ],
    [
      "side 2",
      { ...SIDE, side: "2" },
      { sides: [2], port: 3261, path: "./data/sub.img", adminSocket: "./data/admin-sub.sock" },
    ],
  ])("have the defaults of %s", (_name, flags, expected) => {
    const settings = load(flags);
    const { listen, units, adminSocket } = settings;
    expect(listen).toHaveLength(1);
    expect(units[0]?.store2).toBeNull();
    const path = (units[0]?.store as { path: string }).path;
    const [portal] = listen as [Settings["listen"][number]];
    expect({ sides: sidesOf(settings), port: portal.port, path, adminSocket }).toEqual(expected);
  });

  it("give portals to main and sub in turn when both are here, all to the one that is", () => {
    expect([0, 1, 2, 3].map((index) => sideOfPortal([1, 2], index))).toEqual([1, 2, 1, 2]);
    expect([0, 1].map((index) => sideOfPortal([2], index))).toEqual([2, 2]);
  });

  it("make the second copy of memory in memory", () => {
    const [unit] = load({ store: "memory:1M" }).units;
    expect(unit?.store2).toEqual({ kind: "memory", size: 2 ** 20 });
  });

  it("take the link by Unix sockets without a key, and a peer by its name", () => {
    const unix = { linkListen: "unix:./a.sock", linkPeer: "unix:./b.sock" };
    expect(load({ ...OPEN, ...unix }).linkPeer).toEqual({ kind: "unix", path: "./b.sock" });
    const named = load({ ...SIDE, linkPeer: "other-host.example:3262" });
    expect(named.linkPeer).toEqual({ kind: "tcp", host: "other-host.example", port: 3262 });
  });

  it.each<Flags>([
    { ...OPEN, insecureLink: "true" },
    { ...OPEN, linkListen: "[::1]:1", insecureLink: "true" },
    { ...OPEN, ...FILES },
    { ...SIDE, linkListen: "0.0.0.0:1" },
    { single: "true", adminSocket: "none" },
    { single: "true", adminSocket: "a.sock" },
  ])("that make sense are taken: %j", (flags) => expect(load(flags)).toBeDefined());

  const beyond = { linkPeer: "192.0.2.1:1", insecureLink: "true" };
  it.each<[Flags, string]>([
    [{ single: "true", side: "1" }, "Setting side (from --side) has no effect with single."],
    [{ single: "true", linkKey: KEY }, "linkKey (from --link-key) has no effect with single."],
    [{ single: "true", store2: "memory:1M" }, "store2 of LUN 0 has no effect with single."],
    [{ linkKey: KEY }, "linkKey (from --link-key) has no effect without side: the link stays"],
    [{ peerPortals: "192.0.2.1:1" }, "peerPortals (from --peer-portals) has no effect without si"],
    [{ listen: ["127.0.0.1:1"] }, "listen has one portal, and main and sub need one each; or set"],
    [{ store: "file:a.img:1M" }, "Setting store2 of LUN 0 is missing: it says where the second"],
    [{ store: "file:a.img", store2: "file:./a.img" }, "Two copies have the store file /"],
    [{ store: "memory:1M", store2: "memory:2M" }, "LUN 0 have 1048576 and 2097152 bytes, and"],
    [{ store: "memory:1M", store2: "memory:1000" }, "LUN 0 has 1000 bytes, which is not a mult"],
    [{ ...SIDE, store2: "memory:1M" }, "store2 of LUN 0 has no effect with side: it is the other"],
    [{ side: "1" }, "Setting linkListen is missing: side 1 needs a link to the other."],
    [{ side: "2", linkListen: "127.0.0.1:1" }, "Setting linkPeer is missing: side 2 needs a link"],
    [{ ...SIDE, linkPeer: "127.0.0.1:1" }, "linkListen and linkPeer are both 127.0.0.1:1."],
    [{ ...SIDE, peerPortals: "" }, "Setting peerPortals is missing: hosts need the other side's"],
    [{ ...SIDE, peerPortals: "0.0.0.0:1" }, "peerPortals has 0.0.0.0, which no host can connect"],
    [OPEN, "The link by 127.0.0.1:1 needs a linkKey, or linkCert, linkPrivateKey and linkCa."],
    [{ ...OPEN, ...beyond }, "insecureLink is for loopback alone, and 192.0.2.1:1 is not."],
    [{ ...OPEN, ...beyond, linkPeer: "localhost:1" }, "for loopback alone, and localhost:1 is"],
    [{ ...SIDE, insecureLink: "true" }, "Settings insecureLink and linkKey exclude each other."],
    [{ ...SIDE, ...FILES }, "Settings linkKey and linkCert exclude each other."],
    [{ ...OPEN, linkCert: "c.pem" }, "Setting linkPrivateKey is missing: linkCert needs it."],
    [{ linkKey: "too short" }, "linkKey is (not shown) (from --link-key), but it must be text of"],
    [{ linkListen: "localhost:1" }, "but it must be an IP address and a port such as 127.0.0.1"],
    [{ linkPeer: "unix:" }, "but it must be a host and a port such as 127.0.0.1:3262, or unix:"],
    [{ adminSocket: "x".repeat(104) }, "it must be a path of at most 103 bytes, as Unix sockets"],
    [{ communicationMedium: "disk" }, "disk, but example symmetric has no communication volume."],
    [{ acknowledge: "async-relay" }, "which goes with example communication or sub-relay, not wit"],
    [
      { acknowledge: "async-locked", example: "sub-relay" },
      "goes with example symmetric, not with",
    ],
    [{ leaseMs: "499" }, "Setting leaseMs (499) must be at least twice heartbeatMs (250)."],
    [{ driftMs: "2000" }, "Setting driftMs (2000) must be less than leaseMs (2000)."],
    [{ survivor: "3" }, `survivor is "3" (from --survivor), but it must be one of 1, 2, none.`],
  ])("that make no sense are refused in one sentence: %j", (flags, words) => {
    const message = refusal(flags);
    expect(message).toContain(words);
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(message).not.toContain(KEY);
  });

  it.each<Flags>([{}, { single: "true" }, { ...OPEN, ...FILES }, { store: "memory:1M" }])(
    "are shown as they can be read again: %j",
    (flags) => {
      const view = viewOf(load(flags)) as Record<string, never>;
      const { luns, ...values } = view;
      const [unit] = luns as unknown as [{ store: string; store2: string | null }];
      const again = load({
        ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? ""])),
        ...{ chap: "", store: unit.store, store2: unit.store2 ?? "" },
      });
      expect(viewOf(again)).toEqual(view);
    },
  );

  it("are shown without the link's key", () => {
    const text = JSON.stringify(viewOf(load(SIDE)));
    expect(text).not.toContain(KEY);
    expect(text).toContain('"linkKey":"***"');
  });

  it.each(["main", "sub"])("of conf/%s.json are valid", (name) => {
    const file = join(__dirname, `../../conf/${name}.json`);
    const settings = loadSettings({ file, environment: {}, flags: {} });
    expect(sidesOf(settings)).toEqual([name === "main" ? 1 : 2]);
  });

  it("of conf/main.json and conf/sub.json fit each other", () => {
    const [main, sub] = ["main", "sub"].map((name) => {
      const file = join(__dirname, `../../conf/${name}.json`);
      return loadSettings({ file, environment: {}, flags: {} });
    }) as [Settings, Settings];
    expect(main.linkPeer).toEqual(sub.linkListen);
    expect(main.linkListen).toEqual(sub.linkPeer);
    expect(main.peerPortals).toEqual(sub.listen);
    expect(main.listen).toEqual(sub.peerPortals);
    const alike = ["iqn", "linkKey", "survivor", "example", "acknowledge"] as const;
    for (const key of alike) expect(main[key]).toEqual(sub[key]);
  });
});
