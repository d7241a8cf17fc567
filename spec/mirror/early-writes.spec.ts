import { BufferPool } from "../../lib/base/buffer-pool";
import { EarlyWrites } from "../../lib/mirror/early-writes";

const KIB = 1024;

function made(): { early: EarlyWrites; buffers: BufferPool; lost: number[]; told: string[] } {
  const buffers = new BufferPool({ limit: 16 * KIB, waitersMax: 4 });
  const lost: number[] = [];
  const early = new EarlyWrites({ buffers, tellLost: (count) => lost.push(count) });
  return { early, buffers, lost, told: [] };
}

describe("early writes", () => {
  it("keep a copy of the data, which its host may overwrite", () => {
    const { early } = made();
    const data = [Buffer.from("ab"), Buffer.from("cde")];
    const write = early.begin(data);
    for (const view of data) view.fill(0);
    expect(Buffer.from(write.buffer as Uint8Array).toString()).toBe("abcde");
  });

  it("have room as long as the pool has, and give it back at their end", () => {
    const { early, buffers } = made();
    const write = early.begin([Buffer.alloc(16 * KIB)]);
    expect([early.hasRoom(1), early.hasRoom(0)]).toEqual([false, true]);
    early.end(write, false);
    expect([early.hasRoom(1), buffers.out]).toEqual([true, 0]);
  });

  it("keep data that is lent beyond their end", () => {
    const { early, buffers } = made();
    const write = early.begin([Buffer.alloc(16)]);
    const giveBack = [early.lend(write), early.lend(write)];
    giveBack[0]?.();
    early.end(write, false);
    expect(buffers.out).toBe(4 * KIB);
    giveBack[1]?.();
    expect(buffers.out).toBe(0);
  });

  it("need no room without data", () => {
    const { early, buffers } = made();
    expect(early.begin([]).buffer).toBe(null);
    expect(buffers.out).toBe(0);
  });

  it("have settled for one who asks when none is under way", () => {
    const { early, told } = made();
    early.whenSettled(() => told.push("now"));
    expect(told).toEqual(["now"]);
  });

  it("let one who asks wait for those before, in any order, and not for those after", () => {
    const { early, told } = made();
    const [first, second] = [early.begin([]), early.begin([])];
    early.whenSettled(() => told.push("both"));
    const third = early.begin([]);
    early.whenSettled(() => told.push("all"));
    early.end(second as never, false);
    expect(told).toEqual([]);
    early.end(first as never, false);
    expect(told).toEqual(["both"]);
    early.end(third, false);
    expect(told).toEqual(["both", "all"]);
  });

  it("tell of those lost once, when none is under way any more", () => {
    const { early, lost } = made();
    const writes = [early.begin([]), early.begin([]), early.begin([])];
    for (const [index, write] of writes.entries()) early.end(write, index !== 1);
    expect(lost).toEqual([2]);
    early.end(early.begin([]), false);
    expect(lost).toEqual([2]);
  });
});
