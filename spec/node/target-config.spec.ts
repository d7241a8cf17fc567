import { CompletionQueue } from "../../lib/block/completion-queue";
import { memoryPairStorage } from "../../lib/node/pair-storage";
import { loadSettings, type Settings } from "../../lib/node/settings";
import { controllerConfigOf, iscsiConfigOf, registrationOf } from "../../lib/node/target-config";
import { MemoryStore } from "../../lib/store/memory-store";

function settings(flags: Record<string, string | string[]> = {}): Settings {
  return loadSettings({ file: null, environment: {}, flags: { single: "true", ...flags } });
}

function profile(flags: Record<string, string>): Record<string, unknown> {
  const chosen = settings({ store: "memory:1M", ...flags });
  const choice = chosen.units[0] as Settings["units"][number];
  const device = new MemoryStore({
    geometry: { blockSize: choice.blockSize, blockCount: 8 },
    identity: Buffer.from("f123456789abcdef0011223344556677", "hex"),
    completions: new CompletionQueue(),
  });
  const units = [{ choice, device, copy: null }];
  const config = controllerConfigOf(chosen, { calendarMs: 0, side: null, addresses: [], units });
  return config.units[0]?.profile as never;
}

describe("the controller's configuration", () => {
  it("[SPC-4 7.8.6.7] names a unit by its store's identity: serial, and a locally assigned NAA", () => {
    const { naa, serial } = profile({});
    expect(Buffer.from(naa as Uint8Array).toString("hex")).toBe("3123456789abcdef");
    expect(serial).toBe("f123456789abcdef0011223344556677");
  });

  it.each([
    [{ blockSize: "512" }, 3],
    [{ blockSize: "4096" }, 0],
    [{ blockSize: "512", physicalBlockExponent: "0" }, 0],
  ])("has physical blocks of 4096 bytes unless told otherwise: %j", (flags, exponent) => {
    expect(profile(flags)).toMatchObject({ physicalBlockExponent: exponent });
  });

  it("lets transfers overflow unless told otherwise", () => {
    expect(profile({})).toMatchObject({ refusesOverflow: false });
    const refusing = profile({ overflowStatus: "check-condition" });
    expect(refusing).toMatchObject({ refusesOverflow: true });
  });

  it("sanitizes as fast as it can unless told otherwise", () => {
    expect(profile({})).toMatchObject({ sanitizeRate: 0 });
    expect(profile({ sanitizeRate: "2K" })).toMatchObject({ sanitizeRate: 2048 });
  });

  it("asks for no authentication without users, and for CHAP with them", () => {
    expect(iscsiConfigOf(settings(), []).chap).toBeNull();
    const { chap, discoveryChap } = iscsiConfigOf(
      settings({ chap: ["u:s"], chapMutual: "t:x" }),
      [],
    );
    expect(chap).toMatchObject({
      users: [{ name: "u", secret: "s" }],
      own: { name: "t", secret: "x" },
      algorithms: ["sha3-256", "sha256", "sha1", "md5"],
    });
    expect(discoveryChap).toBeNull();
  });

  it("announces portals by the addresses given for them, the rest by their own", () => {
    const announcing = settings({ announce: "192.0.2.7:3260" });
    const addresses = [3260, 3261].map((port) => ({ host: "0.0.0.0", port }));
    const { portals } = iscsiConfigOf(announcing, addresses);
    expect(portals.map(({ address }) => address)).toEqual(["192.0.2.7:3260", "0.0.0.0:3261"]);
  });

  it("[RFC7143 4.4.1] puts all portals into one portal group", () => {
    const { portals } = iscsiConfigOf(settings(), [
      { host: "127.0.0.1", port: 3260 },
      { host: "::1", port: 3261 },
    ]);
    expect(portals).toEqual([
      { address: "127.0.0.1:3260", groupTag: 1, relativeTargetPort: 1 },
      { address: "[::1]:3261", groupTag: 1, relativeTargetPort: 1 },
    ]);
  });

  it("[RFC4171 5.6.5.1] registers the portals of this process as those of the target", () => {
    const addresses = [3260, 3261].map((port) => ({ host: "127.0.0.1", port }));
    const listen = ["127.0.0.1:3260", "127.0.0.1:3261"];
    const chosen = settings({ single: "false", listen, announce: "192.0.2.7:3260" });
    expect(registrationOf(chosen, addresses)).toEqual({
      ...{ entityIdentifier: chosen.iqn, iscsiName: chosen.iqn, alias: null },
      portals: [
        { host: "192.0.2.7", port: 3260, groupTag: 1 },
        { host: "127.0.0.1", port: 3261, groupTag: 2 },
      ],
    });
  });

  it("sends logins elsewhere from the portals that are told to", () => {
    const flags = { redirectTo: ["none", "[::1]:9"], redirectPermanently: "true" };
    const listen = ["127.0.0.1:3260", "127.0.0.1:3261"];
    const addresses = [3260, 3261].map((port) => ({ host: "127.0.0.1", port }));
    const { portals } = iscsiConfigOf(settings({ listen, ...flags }), addresses);
    expect(portals.map(({ redirect }) => redirect)).toEqual([
      undefined,
      { address: "[::1]:9", isPermanent: true },
    ]);
  });

  const three = [3260, 3261, 3262].map((port) => ({ host: "127.0.0.1", port }));
  const main = (port: number): object => ({
    ...{ address: `127.0.0.1:${port}`, groupTag: 1, relativeTargetPort: 1 },
  });
  const sub = (port: number): object => ({
    ...{ address: `127.0.0.1:${port}`, groupTag: 2, relativeTargetPort: 2 },
  });
  it("gives main and sub a portal group and a target port each, in turn", () => {
    const listen = three.map(({ port }) => `127.0.0.1:${port}`);
    const { portals } = iscsiConfigOf(settings({ single: "false", listen }), three);
    expect(portals).toEqual([main(3260), main(3262), sub(3261)]);
  });

  it.each([
    ["1", [main(3260), sub(9)]],
    ["2", [main(9), sub(3260)]],
  ])(
    "names the other side's portals beside those of side %s, the main side's first",
    (side, all) => {
      const link = { linkListen: "unix:a", linkPeer: "unix:b", peerPortals: "127.0.0.1:9" };
      const { portals } = iscsiConfigOf(settings({ single: "false", side, ...link }), [
        { host: "127.0.0.1", port: 3260 },
      ]);
      expect(portals).toEqual(all);
    },
  );

  it("[0073] makes side 1 main of a new pair, and has one copy of each unit as a volume", () => {
    const wanted = { survivor: "none", resyncRate: "2K" };
    const chosen = settings({ single: "false", store: "memory:1M", ...wanted });
    const choice = chosen.units[0] as Settings["units"][number];
    const device = new MemoryStore({
      geometry: { blockSize: 512, blockCount: 2048 },
      identity: new Uint8Array(16),
      completions: new CompletionQueue(),
    });
    const storage = memoryPairStorage(4);
    const units = [{ choice, device, copy: { storage, isNew: true } }];
    const { mirror } = controllerConfigOf(chosen, { calendarMs: 0, side: 2, addresses: [], units });
    expect(mirror).toMatchObject({
      ...{ side: 2, firstMain: 1, survivor: null, resyncRate: 2048 },
      volumes: [{ number: 0, isNew: true }],
    });
    expect(mirror?.volumes[0]?.device).toBe(device);
  });

  it.each([
    [null, "true", false],
    ["1", "true", true],
    ["1", "false", false],
  ] as const)(
    "checks data on a link that leaves the process, unless told not to (%s, %s)",
    (side, linkChecksums, isChecked) => {
      const link = { linkListen: "unix:a", linkPeer: "unix:b", peerPortals: "127.0.0.1:9" };
      const ends = side === null ? {} : { side, ...link };
      const chosen = settings({ single: "false", linkChecksums, ...ends });
      const { mirror } = controllerConfigOf(chosen, {
        calendarMs: 0,
        side: 1,
        addresses: [],
        units: [],
      });
      expect(mirror?.linkChecksums).toBe(isChecked);
    },
  );
});
