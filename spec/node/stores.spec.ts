import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompletionQueue } from "../../lib/block/completion-queue";
import type { JournalStorage, Side } from "../../lib/mirror/config";
import { loadSettings } from "../../lib/node/settings";
import { SettingsError } from "../../lib/node/settings-error";
import { identityOf, openStores, type StorePorts, type Stores } from "../../lib/node/stores";

const IQN = "iqn.2026-11.io.twinlun:disk";
let directory: string;
let opened: Stores[];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  opened = [];
});
afterEach(async () => {
  await close();
  fs.rmSync(directory, { recursive: true });
});

async function close(): Promise<void> {
  for (const stores of opened.splice(0)) await stores.close();
}

function portsOf(side: Side | null): StorePorts {
  const completions = new CompletionQueue();
  return { side, completions, wake: () => undefined, report: () => undefined };
}

const path = (name: string): string => join(directory, `${name}.img`);
const file = (name: string, size = ":1M"): string => `file:${path(name)}${size}`;

function open(sides: readonly (Side | null)[], flags: Record<string, string>): readonly Stores[] {
  const isSingle = sides[0] === null;
  const link = { linkListen: "unix:a", linkPeer: "unix:b", peerPortals: "127.0.0.1:1" };
  const side = sides.length === 1 && !isSingle ? { side: String(sides[0]), ...link } : {};
  const all = { single: String(isSingle), ...side, ...flags };
  const settings = loadSettings({ file: null, environment: {}, flags: all });
  const stores = openStores(settings, { creator: "spec", sides: sides.map(portsOf) });
  opened.push(...stores);
  return stores;
}

function identities(stores: readonly Stores[]): string[] {
  return stores.map(({ units }) => Buffer.from(units[0]?.device.identity ?? []).toString("hex"));
}

function refusal(flags: Record<string, string>): string {
  try {
    open([1, 2], flags);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  return "nothing is refused";
}

const derived = Buffer.from(identityOf(IQN, 0)).toString("hex");
const BOTH = { store: "", store2: "" };
beforeEach(() => Object.assign(BOTH, { store: file("main"), store2: file("sub") }));

describe("the stores of a pair", () => {
  it("[G-16] are one disk to hosts, also when the sides make them without each other", async () => {
    expect(identities(open([1, 2], BOTH))).toEqual([derived, derived]);
    expect(identities(open([2], { store: file("elsewhere") }))).toEqual([derived]);
    expect(identities(open([1, 2], { store: "memory:1M" }))).toEqual([derived, derived]);
    await close();
  });

  it("are kept apart by LUN and by the target's name", () => {
    const names = [identityOf(IQN, 0), identityOf(IQN, 1), identityOf(`${IQN}2`, 0)];
    expect(new Set(names.map((name) => Buffer.from(name).toString("hex"))).size).toBe(3);
  });

  it("say whether they were made now, and keep what the pair gives them", async () => {
    const [main] = open([1, 2], BOTH);
    expect(main?.units[0]?.copy?.isNew).toBe(true);
    expect(main?.units[0]?.copy?.storage.saveRecord(Buffer.from("pair"))).toBe(true);
    await close();
    const [again, sub] = open([1, 2], BOTH);
    expect(again?.units[0]?.copy?.isNew).toBe(false);
    expect(Buffer.from(again?.units[0]?.copy?.storage.record.subarray(0, 4) ?? [])).toEqual(
      Buffer.from("pair"),
    );
    expect(sub?.units[0]?.copy?.storage.record).toHaveLength(0);
  });

  it("make a disk that is there a pair: the new copy takes its identity", async () => {
    const [before] = identities(open([null], { store: file("old") }));
    await close();
    expect(before).not.toBe(derived);
    const asMain = open([1, 2], { store: file("old"), store2: file("new") });
    expect(identities(asMain)).toEqual([before, before]);
    await close();
    const asSub = open([1, 2], { store: "memory:1M", store2: file("old") });
    expect(identities(asSub)).toEqual([before, before]);
  });

  it("are refused in a sentence when they are of two disks", async () => {
    open([null], { store: file("one") });
    open([null], { store: file("two") });
    await close();
    const message = refusal({ store: file("one"), store2: file("two") });
    expect(message).toMatch(/^The copies of LUN 0, file:.*, are of two different disks\.$/);
  });

  it("are refused in a sentence when they are of two sizes", async () => {
    open([null], { store: file("one") });
    await close();
    const message = refusal({ store: file("one", ""), store2: file("two", ":2M") });
    expect(message).toMatch(/^The copies of LUN 0, file:.*, have not the same size\.$/);
  });

  it("are refused alone, where what is written would not be recorded", async () => {
    const [main] = open([1, 2], BOTH);
    main?.units[0]?.copy?.storage.saveRecord(Buffer.from("pair"));
    await close();
    const words = `Store file ${path("main")} is a copy of a pair, and single would make the copies`;
    expect(() => open([null], { store: file("main") })).toThrow(words);
    expect(identities(open([1], { store: file("main") }))).toEqual([derived]);
  });

  it("are not made when one that is there is refused, at whichever side", () => {
    fs.writeFileSync(path("sub"), "no store");
    expect(() => open([1, 2], BOTH)).toThrow(/is no twinlun store/);
    expect(fs.existsSync(path("main"))).toBe(false);
  });

  it("can be written by the pair where hosts may only read", () => {
    const [main] = open([1, 2], { store: "memory:1M", readOnly: "true" });
    expect(main?.units[0]?.device.can.readOnly).toBe(false);
    const [single] = open([null], { store: "memory:1M", readOnly: "true" });
    expect(single?.units[0]?.device.can.readOnly).toBe(true);
  });
});

describe("a communication volume on a disk", () => {
  const medium = { example: "communication", communicationMedium: "disk" };
  const flags = (): Record<string, string> => ({
    ...medium,
    store: file("main"),
    store2: file("sub"),
  });
  const journalOf = (stores: Stores | undefined): JournalStorage | undefined =>
    stores?.units[0]?.copy?.journal;

  it("[O-01] is a file beside each copy, with what was written to it after a new start", async () => {
    journalOf(open([1, 2], flags())[1])?.write(64, [Buffer.from("ab"), Buffer.from("c")]);
    await close();
    const [main, sub] = open([1, 2], flags());
    expect(Buffer.from(journalOf(sub)?.read(64, 3) ?? []).toString()).toBe("abc");
    expect(Buffer.from(journalOf(main)?.read(64, 3) ?? []).toString()).toBe("\0\0\0");
    expect(fs.existsSync(`${path("sub")}.relay`)).toBe(true);
  });

  it("is not there where it is in the cache", () => {
    open([1, 2], { ...flags(), communicationMedium: "cache" });
    expect(fs.readdirSync(directory).sort()).toEqual(["main.img", "sub.img"]);
  });

  it("is refused where it is another disk's, and opens nothing then", async () => {
    open([1, 2], flags());
    await close();
    fs.unlinkSync(path("sub"));
    fs.unlinkSync(path("main"));
    const other = { ...flags(), iqn: "iqn.2026-11.io.twinlun:other" };
    expect(refusal(other)).toContain(".relay is the communication volume of another disk: move");
  });

  it("is refused to a copy in memory", () => {
    expect(refusal({ ...medium, store: "memory:1M", store2: "memory:1M" })).toContain(
      "communicationMedium is disk, but LUN 0 is in memory",
    );
  });
});
