/** A process of its own that writes blocks to a file store until it is killed, and tells what is done. */
import { crc32c } from "../../lib/base/crc32c";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";
import { FileStore } from "../../lib/node/file-store";
import { openStoreFile } from "../../lib/node/store-file";

const completions = new CompletionQueue();
const store = new FileStore(
  openStoreFile({
    path: process.argv[2] as string,
    size: 1024 * 1024,
    blockSize: 512,
    crc32c,
    entropy: (length) => Buffer.alloc(length, 7),
    createdMs: 0,
    creator: "writer",
    report: () => undefined,
  }),
  {
    completions,
    wake: () => completions.run(),
    now: () => performance.now(),
    report: console.error,
  },
);

function writeNext(lba: number): void {
  const data = [Buffer.alloc(512, lba % 256)];
  const onDone = (): void => {
    process.stdout.write(`${lba}\n`);
    setImmediate(writeNext, (lba + 1) % 2048);
  };
  store.submit(new Job({ op: "write", lba, blockCount: 1, data, onDone }));
  completions.run();
}

writeNext(0);
