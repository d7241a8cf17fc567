/**
 * What writes by what it finds, at the side that orders, under the exclusive state of its range:
 * this side's copy is read, and what becomes of it is written to both copies as any other write
 * (A17). Compare-and-write compares it with the first half of the data and writes the second half;
 * or-write adds the bits of its data. Other writes go straight through here.
 */
import { firstDifference, orInto, sliceChunks } from "../../base/bytes";
import { type JobStatus, readsFirst } from "../../block/job";
import type { JobContext, Work } from "./context";
import type { OrderedFields } from "./ordered-write";
import { OrderedWrite } from "./ordered-write";

/** Does what its caller holds the exclusive state for. What reads first does not end early. */
export function startOrdered(context: JobContext, ordered: OrderedFields): void {
  if (readsFirst(ordered.work.op)) return begin(context, ordered);
  new OrderedWrite(context, ordered).start();
}

function begin(context: JobContext, ordered: OrderedFields): void {
  const { buffers, device } = context.ports;
  const length = ordered.work.blockCount * device.geometry.blockSize;
  if (length === 0) return ordered.done("ok");
  const take = (): void => read(context, ordered, buffers.take(length));
  if (buffers.has(length)) return take();
  if (!buffers.wait(length, take)) ordered.done("deciding");
}

/** The buffer is given back when the job ends: what is written may lie in it. */
function read(context: JobContext, ordered: OrderedFields, buffer: Uint8Array): void {
  const { lba, blockCount } = ordered.work;
  const { session } = context;
  const end = (status: JobStatus, miscompareAt?: number): void => {
    context.ports.buffers.give(buffer);
    ordered.done(status, miscompareAt);
  };
  const work: Work = { op: "read", lba, blockCount, fua: false, data: [buffer] };
  context.submit(work, ({ status }) => {
    if (status !== "ok") return end(status);
    const differsAt = differenceOf(ordered.work, buffer);
    if (differsAt !== null) return end("miscompare", differsAt);
    const { standing } = context.pair;
    // Nothing is written yet: it may still be refused by what has become of the pair meanwhile.
    const isOrphaned = ordered.relayed !== null && context.session !== session;
    if (isOrphaned || standing === "blocked") return end("unavailable");
    if (standing === "deciding") return end("deciding");
    write(context, { ...ordered, done: end }, replacementOf(ordered.work, buffer));
  });
}

/** Where the blocks are not what a compare-and-write expects; null: nowhere, or it is none. */
function differenceOf({ op, data }: Work, found: Uint8Array): number | null {
  if (op !== "compare-and-write") return null;
  return firstDifference(found, sliceChunks(data, 0, found.length));
}

/** What the blocks become that have been found. */
function replacementOf({ op, data }: Work, found: Uint8Array): readonly Uint8Array[] {
  if (op === "compare-and-write") return sliceChunks(data, found.length, 2 * found.length);
  orInto(found, data);
  return [found];
}

/** The data is not as it came: it is sent whole to the side that the command came from, too. */
function write(
  context: JobContext,
  { command, work, relayed, done }: OrderedFields,
  data: readonly Uint8Array[],
): void {
  new OrderedWrite(context, {
    command,
    work: { ...work, op: "write", data },
    relayed: relayed === null ? null : { ...relayed, isOmitted: false, checksum: 0 },
    endEarly: null,
    done,
  }).start();
}
