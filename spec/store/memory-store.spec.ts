import { CompletionQueue } from "../../lib/block/completion-queue";
import { MemoryStore } from "../../lib/store/memory-store";
import { complianceOf, perform, write } from "../block/device-compliance";

function make(blockSize = 512): { device: MemoryStore; completions: CompletionQueue } {
  const completions = new CompletionQueue();
  const geometry = { blockSize, blockCount: (1024 * 1024) / blockSize };
  const identity = Buffer.alloc(16, 1);
  return { device: new MemoryStore({ geometry, identity, completions }), completions };
}

complianceOf("MemoryStore of 512-byte blocks", () => make(512));

describe("MemoryStore", () => {
  it("takes memory for written pages alone and gives it back when they are unmapped", async () => {
    const subject = make();
    expect(subject.device.allocated).toBe(0);
    await write(subject, 0, Buffer.alloc(512, 1));
    await write(subject, 2047, Buffer.alloc(512, 1));
    expect(subject.device.allocated).toBe(2 * 65536);
    await perform(subject, { op: "unmap", lba: 0, blockCount: 2048 });
    expect(subject.device.allocated).toBe(0);
  });

  it("gives memory back for whole pages of zeros by write-same", async () => {
    const subject = make(4096);
    await write(subject, 0, Buffer.alloc(2 * 65536, 1));
    const data = [Buffer.alloc(4096)];
    await perform(subject, { op: "write-same", lba: 0, blockCount: 31, data });
    expect(subject.device.allocated).toBe(65536);
  });

  it("has nothing to lose before a flush", () => {
    expect(make().device.can).toEqual({
      volatileCache: false,
      unmap: true,
      readOnly: false,
      atomicWrites: true,
    });
  });
});
