import type { DiskFile } from "../../lib/node/disk-file";
import { GroupSync } from "../../lib/node/group-sync";

/** A file whose syncs end when the spec says so. */
class HeldFile {
  readonly ends: ((error: Error | null) => void)[] = [];
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.ends.push((error) => (error === null ? resolve() : reject(error)));
    });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("GroupSync", () => {
  it("serves all who came while a sync ran by one more, and none of them by that one", async () => {
    const file = new HeldFile();
    const syncs = new GroupSync(file as unknown as DiskFile);
    const done: string[] = [];
    for (const name of ["first", "second", "third"]) syncs.join(() => done.push(name));
    expect([file.ends.length, done]).toEqual([1, []]);
    file.ends[0]?.(null);
    await turn();
    expect([file.ends.length, done]).toEqual([2, ["first"]]);
    file.ends[1]?.(null);
    await turn();
    expect([file.ends.length, done]).toEqual([2, ["first", "second", "third"]]);
  });

  it("fails for everybody after a failure: what was lost then is not stable later", async () => {
    const file = new HeldFile();
    const syncs = new GroupSync(file as unknown as DiskFile);
    const errors: (string | null)[] = [];
    syncs.join((error) => errors.push(error?.message ?? null));
    file.ends[0]?.(null);
    await turn();
    for (let caller = 0; caller < 2; caller++) {
      syncs.join((error) => errors.push(error?.message ?? null));
    }
    file.ends[1]?.(new Error("EIO"));
    await turn();
    expect([errors, file.ends.length]).toEqual([[null, "EIO", "EIO"], 2]);
  });
});
