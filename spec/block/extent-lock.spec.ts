import { ExtentLock, type Extent } from "../../lib/block/extent-lock";

const shared = (start: number, end: number): Extent => ({ start, end, isShared: true });
const exclusive = (start: number, end: number): Extent => ({ start, end, isShared: false });

describe("ExtentLock", () => {
  it.each([
    ["readers of the same blocks", shared(0, 8), shared(4, 12), true],
    ["a writer beside a writer", exclusive(0, 8), exclusive(8, 16), true],
    ["a writer over a reader", shared(0, 8), exclusive(7, 9), false],
    ["a reader over a writer", exclusive(0, 8), shared(7, 9), false],
    ["a writer over a writer", exclusive(0, 8), exclusive(0, 8), false],
  ])("with %s", (_, first, second, isGranted) => {
    const lock = new ExtentLock();
    expect(lock.acquire(first)).toBe(true);
    expect(lock.isBlocked(second)).toBe(!isGranted);
    expect(lock.acquire(second)).toBe(isGranted);
  });

  it("lets nobody overtake one that waits for the same blocks", () => {
    const lock = new ExtentLock();
    const [reader, writer, late] = [shared(0, 8), exclusive(0, 8), shared(0, 4)];
    expect(lock.acquire(reader)).toBe(true);
    expect(lock.acquire(writer)).toBe(false);
    expect(lock.acquire(late)).toBe(false);
    expect(lock.release(reader)).toEqual([writer]);
    expect(lock.release(writer)).toEqual([late]);
    lock.release(late);
    expect(lock.isEmpty).toBe(true);
  });

  it("grants all that a release makes possible, oldest first", () => {
    const lock = new ExtentLock();
    const [writer, a, b, c] = [exclusive(0, 9), shared(0, 4), shared(2, 6), exclusive(8, 9)];
    lock.acquire(writer);
    for (const extent of [a, b, c]) expect(lock.acquire(extent)).toBe(false);
    expect(lock.waitingCount).toBe(3);
    expect(lock.release(writer)).toEqual([a, b, c]);
  });

  it("grants those behind one that is withdrawn, and withdraws none that is held", () => {
    const lock = new ExtentLock();
    const [reader, writer, late] = [shared(0, 8), exclusive(0, 8), shared(0, 4)];
    lock.acquire(reader);
    lock.acquire(writer);
    lock.acquire(late);
    expect(lock.withdraw(reader)).toBeNull();
    expect(lock.withdraw(writer)).toEqual([late]);
  });
});
