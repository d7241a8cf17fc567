/** The real commands under CDBs and parameter data of any content: each is answered, once. */
import { Status } from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import { diskCommands } from "../../lib/scsi/commands/index";
import { Bench } from "./support/bench";

/** Bytes as initiators make them: mostly zero, else anything. */
function mangled(prng: Prng, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const density = prng.pick([0, 0.1, 0.5]);
  for (let at = 0; at < length; at++) if (prng.chance(density)) bytes[at] = prng.u32();
  return bytes;
}

describe("every operation code", () => {
  it.each([1, 2, 3, 4])("is answered once, whatever its fields and its data (seed %i)", (seed) => {
    const prng = new Prng(seed);
    const bench = new Bench({ commands: diskCommands, profile: { thin: true } });
    const nexus = bench.nexus("a");
    const statuses = new Set<number>();
    for (let count = 0; count < 256 * 16; count++) {
      const cdb = mangled(prng, 16);
      cdb[0] = count;
      const task = bench.send(nexus, cdb, { lun: prng.pick([0, 0, 0, 5, 9]) });
      while (bench.receiving.length > 0) {
        bench.receiving.pop();
        const length = Math.min(task.dataOutLength, task.dataOutMax);
        task.dataOut = [mangled(prng, length - prng.below(Math.min(length, 8)))];
        bench.target.dataOutReceived(task);
      }
      bench.settle();
      expect(bench.ended.length).toBe(count + 1);
      statuses.add(task.status);
    }
    expect([...statuses].sort()).toEqual([
      Status.GOOD,
      Status.CHECK_CONDITION,
      Status.RESERVATION_CONFLICT,
    ]);
    expect(bench.buffers.out).toBe(0);
  });
});
