import { crc32c } from "../../lib/base/crc32c";
import { Job } from "../../lib/block/job";
import { CommunicationVolume } from "../../lib/mirror/communication-volume";
import type { RelayEntry } from "../../lib/mirror/communication-volume";
import { RelayJournal } from "../../lib/mirror/relay-journal";
import { MemoryJournal } from "./support/memory-journal";

describe("CommunicationVolume", () => {
  const job = new Job({ op: "write", lba: 3, blockCount: 0, onDone: () => undefined });
  const entry: RelayEntry = { job, isEarly: false };

  it("[G-10 J3-1] gives the main volume and the path by the subvolume's number", () => {
    const volume = new CommunicationVolume(7, null);
    expect(volume.subVolume).toBe(7);
    expect(volume.destination).toEqual({ mainVolume: 7, path: "out" });
  });

  it("[G-11] keeps a command with its data until its end", () => {
    const volume = new CommunicationVolume<RelayEntry>(7, null);
    volume.store(1, entry);
    expect(volume.get(1)?.job).toBe(job);
    expect(volume.some((one) => one.job === job)).toBe(true);
    volume.delete(1);
    expect(volume.get(1)).toBe(undefined);
  });

  it("[G-12] hands what it receives to the medium once, apart from the relay", () => {
    const storage = new MemoryJournal();
    const volume = new CommunicationVolume<RelayEntry>(7, new RelayJournal(storage, crc32c));
    volume.store(1, entry);
    volume.store(1, entry);
    expect(storage.writes).toBe(1);
    volume.delete(1);
    volume.delete(1);
    expect(storage.writes).toBe(2);
  });

  it("keeps one whose host has been told on the medium until both copies have it", () => {
    const storage = new MemoryJournal();
    const volume = new CommunicationVolume<RelayEntry>(7, new RelayJournal(storage, crc32c));
    const found = (): number => new RelayJournal(storage, crc32c).found.length;
    expect(volume.storeEarly(1, job)).toBe(true);
    volume.store(1, { job, isEarly: true });
    volume.delete(1);
    expect(found()).toBe(1);
    volume.earlyEnded(1);
    expect(found()).toBe(0);
  });

  it("[O-02] cannot fail to keep one in the cache alone", () => {
    expect(new CommunicationVolume(7, null).storeEarly(1, job)).toBe(true);
  });
});
