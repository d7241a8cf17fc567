/**
 * Compare-and-write at the side that orders, under the exclusive state of its range: this side's
 * copy is read and compared with the first half of the data; if it is the same, the second half is
 * written to both copies as any other write (A17). Other writes go straight through here.
 */
import { sliceChunks } from "../../base/bytes";
import type { JobContext, Work } from "./context";
import type { OrderedFields } from "./ordered-write";
import { OrderedWrite } from "./ordered-write";

/** Does what its caller holds the exclusive state for. A compare-and-write does not end early. */
export function startOrdered(context: JobContext, ordered: OrderedFields): void {
  if (ordered.work.op === "compare-and-write") return compare(context, ordered);
  new OrderedWrite(context, ordered).start();
}

function compare(context: JobContext, ordered: OrderedFields): void {
  const { buffers } = context.ports;
  const length = context.dataLengthOf(ordered.work) / 2;
  if (buffers.has(length)) return read(context, ordered, length);
  const isInLine = buffers.wait(length, () => read(context, ordered, length));
  if (!isInLine) ordered.done("deciding");
}

function read(context: JobContext, ordered: OrderedFields, length: number): void {
  const { buffers } = context.ports;
  const { lba, blockCount, data } = ordered.work;
  if (length === 0) return ordered.done("ok");
  const found = buffers.take(length);
  const work: Work = { op: "read", lba, blockCount, fua: false, data: [found] };
  const { session } = context;
  context.submit(work, ({ status }) => {
    const differsAt = status === "ok" ? firstDifference(found, data) : -1;
    buffers.give(found);
    if (status !== "ok") return ordered.done(status);
    if (differsAt >= 0) return ordered.done("miscompare", differsAt);
    const { standing } = context.pair;
    // Nothing is written yet: it may still be refused by what has become of the pair meanwhile.
    const isOrphaned = ordered.relayed !== null && context.session !== session;
    if (isOrphaned || standing === "blocked") return ordered.done("unavailable");
    if (standing === "deciding") return ordered.done("deciding");
    write(context, ordered, length);
  });
}

function write(context: JobContext, ordered: OrderedFields, length: number): void {
  const { command, work, relayed, done } = ordered;
  const data = sliceChunks(work.data, length, 2 * length);
  new OrderedWrite(context, {
    command,
    work: { ...work, op: "write", data },
    relayed: relayed === null ? null : { ...relayed, isOmitted: false, checksum: 0 },
    endEarly: null,
    done,
  }).start();
}

/** Where the first `found.length` bytes of a list of chunks differ from `found`; -1: nowhere. */
function firstDifference(found: Uint8Array, chunks: readonly Uint8Array[]): number {
  let at = 0;
  for (const chunk of sliceChunks(chunks, 0, found.length)) {
    for (const byte of chunk) {
      if (byte !== found[at]) return at;
      at++;
    }
  }
  return -1;
}
