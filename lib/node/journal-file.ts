/**
 * The communication volume 603 on a disk: a store file of its own beside the copy's, with the same
 * superblock before its data and the same lock. What its bytes mean is `mirror/relay-journal.ts`.
 */
import type { JournalStorage } from "../mirror/config";
import { SettingsError } from "./settings-error";
import { openStoreFile, type StoreFile, type StoreFileOptions } from "./store-file";

const LENGTH = 64 * 1024 * 1024;

export interface JournalFile {
  readonly storage: JournalStorage;
  close(): void;
}

export interface JournalFileOptions extends Omit<StoreFileOptions, "size" | "entropy"> {
  /** Of the copy that it belongs to, 16 bytes. */
  readonly identity: Uint8Array;
}

/** Where the journal of a copy is. */
export function journalPathOf(storePath: string): string {
  return `${storePath}.relay`;
}

/** @throws SettingsError when it is another copy's, not whole, or in use. */
export function openJournalFile(options: JournalFileOptions): JournalFile {
  const { identity, path, report } = options;
  const store = openStoreFile({ ...options, size: LENGTH, entropy: () => identity });
  if (!Buffer.from(store.superblock.identity).equals(identity)) {
    store.file.close();
    const what = "is the communication volume of another disk: move it away, or bring its disk";
    throw new SettingsError(`Store file ${path} ${what}.`);
  }
  return { storage: storageOf(store, report), close: () => store.file.close() };
}

function storageOf(
  { file, superblock }: StoreFile,
  report: StoreFileOptions["report"],
): JournalStorage {
  const { dataOffset, blockCount, blockSize } = superblock;
  return {
    length: blockCount * blockSize,
    read(offset, length) {
      const bytes = Buffer.alloc(length);
      file.readSync([bytes], dataOffset + offset);
      return bytes;
    },
    write(offset, chunks) {
      try {
        file.writeSync(chunks, dataOffset + offset);
        return true;
      } catch (error) {
        const { message } = error as Error;
        report(`The communication volume cannot keep what it receives: ${message}.`);
        return false;
      }
    },
  };
}
