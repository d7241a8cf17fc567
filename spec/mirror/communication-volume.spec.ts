import { Job } from "../../lib/block/job";
import { CommunicationVolume } from "../../lib/mirror/communication-volume";

describe("CommunicationVolume", () => {
  const job = new Job({ op: "write", lba: 3, blockCount: 0, onDone: () => undefined });

  it("[G-10 J3-1] gives the main volume and the path by the subvolume's number", () => {
    const volume = new CommunicationVolume(7, null);
    expect(volume.subVolume).toBe(7);
    expect(volume.destination).toEqual({ mainVolume: 7, path: "out" });
  });

  it("[G-11] keeps a command with its data until its end", () => {
    const volume = new CommunicationVolume<{ job: Job }>(7, null);
    volume.store(1, { job });
    expect(volume.get(1)?.job).toBe(job);
    expect(volume.some((entry) => entry.job === job)).toBe(true);
    volume.delete(1);
    expect(volume.get(1)).toBe(undefined);
  });

  it("[G-12] hands what it receives to the journal once, apart from the relay", () => {
    const told: string[] = [];
    const volume = new CommunicationVolume<{ job: Job }>(7, {
      received: (relayId) => told.push(`received ${relayId}`),
      ended: (relayId) => told.push(`ended ${relayId}`),
    });
    volume.store(1, { job });
    volume.store(1, { job });
    volume.delete(1);
    volume.delete(1);
    expect(told).toEqual(["received 1", "ended 1"]);
  });
});
