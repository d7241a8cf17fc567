import { BufferPool } from "../../lib/base/buffer-pool";

const KIB = 1024;

function pool(limit = 64 * KIB, waitersMax = 2): BufferPool {
  return new BufferPool({ limit, waitersMax });
}

describe("a buffer pool", () => {
  it("lends buffers of exactly the length asked for and counts them by size class", () => {
    const buffers = pool();
    expect(buffers.take(5000).length).toBe(5000);
    expect(buffers.out).toBe(8 * KIB);
  });

  it("lends a buffer given back again", () => {
    const buffers = pool();
    const first = buffers.take(4096);
    buffers.give(first);
    expect(buffers.take(4096).buffer).toBe(first.buffer);
  });

  it("lends a buffer whole again of which a part was lent", () => {
    const buffers = pool();
    const part = buffers.take(5000);
    buffers.give(part);
    const whole = buffers.take(8 * KIB);
    expect([whole.buffer, whole.length]).toEqual([part.buffer, 8 * KIB]);
  });

  it("has room for a header in front of each buffer, lent again or not", () => {
    const buffers = pool();
    const part = buffers.take(5000);
    const before = part.byteOffset;
    buffers.give(part);
    expect([before, buffers.take(8 * KIB).byteOffset]).toEqual([112, 112]);
  });

  it("never lends again what was forgotten: a socket may still read it", () => {
    const buffers = pool();
    const first = buffers.take(4096);
    buffers.forget(first);
    expect(buffers.out).toBe(0);
    expect(buffers.take(4096).buffer).not.toBe(first.buffer);
  });

  it("says no at its limit, and wakes those who wait in their order", () => {
    const buffers = pool();
    const large = buffers.take(60 * KIB);
    expect(buffers.has(4096)).toBe(false);
    const woken: string[] = [];
    expect(
      buffers.wait(32 * KIB, () => woken.push(`first, ${buffers.take(32 * KIB).length}`)),
    ).toBe(true);
    expect(buffers.wait(4096, () => woken.push(`second, ${buffers.take(4096).length}`))).toBe(true);
    expect(buffers.wait(4096, () => woken.push("third"))).toBe(false);
    expect(woken).toEqual([]);
    buffers.give(large);
    expect(woken).toEqual(["first, 32768", "second, 4096"]);
  });

  it("lets nobody overtake who waits", () => {
    const buffers = pool();
    const held = buffers.take(32 * KIB);
    buffers.wait(64 * KIB, () => buffers.take(64 * KIB));
    expect(buffers.has(4096)).toBe(false);
    buffers.give(held);
    expect(buffers.out).toBe(64 * KIB);
  });

  it("lends one buffer over its limit when nothing else is out", () => {
    const buffers = pool();
    expect(buffers.has(100 * KIB)).toBe(true);
    expect(buffers.take(100 * KIB).length).toBe(100 * KIB);
    expect(buffers.has(4096)).toBe(false);
  });
});
