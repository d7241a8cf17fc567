import type { Lease } from "../../lib/base/lease";
import { type Receiver, ReceiveBuffers } from "../../lib/node/receive-buffers";

/** Receives `length` bytes of value `fill`; returns the chunk and its lease. */
function receive(
  receiver: Receiver,
  length: number,
  fill: number,
  use: (lease: Lease) => void = () => {},
): Uint8Array {
  const room = receiver.room();
  expect(room.length).toBeGreaterThanOrEqual(length);
  room.fill(fill, 0, length);
  let received: Uint8Array = new Uint8Array(0);
  receiver.received(length, (chunk, lease) => {
    received = chunk;
    use(lease);
  });
  expect(Buffer.from(received).equals(Buffer.alloc(length, fill))).toBe(true);
  return received;
}

/** Reads until a large buffer is in use. */
function grow(receiver: Receiver): void {
  receive(receiver, receiver.room().length, 1);
}

describe("a connection's receive buffer", () => {
  it("is filled again from the front when nobody holds what came", () => {
    const receiver = new ReceiveBuffers().receiver();
    const first = receive(receiver, 100, 1);
    const second = receive(receiver, 100, 2);
    expect(second.byteOffset).toBe(first.byteOffset);
    expect(second.buffer).toBe(first.buffer);
  });

  it("never touches bytes that are held, however much comes behind them", () => {
    const receiver = new ReceiveBuffers().receiver();
    const leases: Lease[] = [];
    const hold = (lease: Lease): void => {
      lease.hold();
      leases.push(lease);
    };
    const held = Array.from({ length: 300 }, (_, index) =>
      receive(receiver, 4000, index & 0xff, index % 3 === 0 ? hold : undefined),
    );
    held.forEach((chunk, index) => {
      if (index % 3 !== 0) return;
      expect(Buffer.from(chunk).equals(Buffer.alloc(4000, index & 0xff))).toBe(true);
    });
    for (const lease of leases) lease.release();
  });

  it("begins small, and is large after a read that filled it", () => {
    const receiver = new ReceiveBuffers().receiver();
    const small = receiver.room().length;
    grow(receiver);
    expect(receiver.room().length).toBeGreaterThanOrEqual(16 * small);
  });

  it("goes to the next connection when its own is gone and nobody holds it, not before", () => {
    const buffers = new ReceiveBuffers();
    const [first, second, third] = [buffers.receiver(), buffers.receiver(), buffers.receiver()];
    grow(first);
    let held: Lease | null = null;
    const chunk = receive(first, 10, 7, (lease) => {
      lease.hold();
      held = lease;
    });
    first.close();
    grow(second);
    expect(receive(second, 10, 8).buffer).not.toBe(chunk.buffer);
    (held as Lease | null)?.release();
    grow(third);
    expect(receive(third, 10, 9).buffer).toBe(chunk.buffer);
  });
});
