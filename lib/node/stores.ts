/** Opens the stores of all units, or none of them, and closes them in the end. */
import { createHash } from "node:crypto";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice } from "../block/device";
import { MemoryStore } from "../store/memory-store";
import { ReadOnlyLayer } from "../store/read-only-layer";
import { calendarMs, monotonicMs } from "./clock";
import { crc32c } from "./crc32c";
import { entropy } from "./entropy";
import { FileStore } from "./file-store";
import type { Settings, UnitChoice } from "./settings";
import { isAbsent, openStoreFile } from "./store-file";
import type { OpenUnit } from "./target-config";

export interface StorePorts {
  readonly completions: CompletionQueue;
  readonly wake: () => void;
  /** Name and version of this program. */
  readonly creator: string;
  /** Told of trouble with a unit's store, in a sentence. */
  readonly report: (lun: number, detail: string) => void;
}

export interface Stores {
  /** Ascending by LUN. */
  readonly units: readonly OpenUnit[];
  /** Flushes and closes all. @throws errno errors of a flush, when all are closed. */
  close(): Promise<void>;
}

/** A disk in memory is the same disk to initiators whenever this target has it at this LUN. */
function memoryIdentity(iqn: string, lun: number): Uint8Array {
  return createHash("sha256").update(`${iqn} ${lun}`).digest().subarray(0, 16);
}

function openFileStore(choice: UnitChoice, path: string, ports: StorePorts): FileStore {
  const report = (detail: string): void => ports.report(choice.lun, detail);
  const store = openStoreFile({
    path,
    size: choice.store.size,
    blockSize: choice.blockSize,
    crc32c,
    entropy,
    createdMs: calendarMs(),
    creator: ports.creator,
    report,
  });
  const { completions, wake } = ports;
  return new FileStore(store, { completions, wake, now: monotonicMs, report });
}

/** @throws SettingsError in a sentence; then nothing is open and nothing is changed. */
export function openStores(settings: Settings, ports: StorePorts): Stores {
  const files: FileStore[] = [];
  const open = (choice: UnitChoice): BlockDevice => {
    const { store, blockSize, lun } = choice;
    if (store.kind === "file") {
      const file = openFileStore(choice, store.path, ports);
      files.push(file);
      return file;
    }
    const geometry = { blockSize, blockCount: store.size / blockSize };
    const identity = memoryIdentity(settings.iqn, lun);
    return new MemoryStore({ geometry, identity, completions: ports.completions });
  };
  const close = async (): Promise<void> => {
    const ends = await Promise.allSettled(files.map((file) => file.close()));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  };
  // Stores that exist may be refused, so those to be made come after them.
  const isNew = ({ store }: UnitChoice): boolean => store.kind === "file" && isAbsent(store.path);
  const inOrder = [...settings.units].sort((a, b) => Number(isNew(a)) - Number(isNew(b)));
  try {
    const units = inOrder.map((choice) => {
      const below = open(choice);
      const device = choice.readOnly ? new ReadOnlyLayer(below, ports.completions) : below;
      return { choice, device };
    });
    return { units: units.sort((a, b) => a.choice.lun - b.choice.lun), close };
  } catch (error) {
    void close();
    throw error;
  }
}
