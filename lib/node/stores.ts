/** Opens the stores of all units at all sides of this process, or none; closes them in the end. */
import { createHash } from "node:crypto";
import type { CompletionQueue } from "../block/completion-queue";
import type { BlockDevice } from "../block/device";
import type { JournalStorage, PairStorage, Side } from "../mirror/config";
import { mapLengthOf } from "../mirror/dirty-map";
import { MemoryStore } from "../store/memory-store";
import type { UnitMemory } from "../scsi/unit-memory";
import { ReadOnlyLayer } from "../store/read-only-layer";
import { calendarMs, monotonicMs } from "./clock";
import { crc32c } from "./crc32c";
import { entropy } from "./entropy";
import { FileStore } from "./file-store";
import type { StoreChoice } from "./formats";
import { journalPathOf, openJournalFile } from "./journal-file";
import type { JournalFile } from "./journal-file";
import { FilePairStorage, memoryPairStorage } from "./pair-storage";
import type { Settings, UnitChoice } from "./settings";
import { SettingsError } from "./settings-error";
import { storeText } from "./settings-view";
import { isAbsent, openStoreFile, type StoreFile } from "./store-file";
import { UnitFile, type UnitFileOptions, unitPathOf } from "./unit-file";

export interface StorePorts {
  /** null: a plain target. */
  readonly side: Side | null;
  readonly completions: CompletionQueue;
  readonly wake: () => void;
  /** Told of trouble with a unit's store, in a sentence. */
  readonly report: (lun: number, detail: string) => void;
}

export interface OpenUnit {
  readonly choice: UnitChoice;
  readonly device: BlockDevice;
  /** Absent: it is in memory, and remembers nothing. */
  readonly memory?: UnitMemory;
  /** As one copy of a pair; null: of a plain target. */
  readonly copy: CopyParts | null;
}

interface CopyParts {
  readonly storage: PairStorage;
  readonly isNew: boolean;
  /** Where the communication volume is on a disk. */
  readonly journal?: JournalStorage;
}

/** What one side has. */
export interface Stores {
  /** Ascending by LUN. */
  readonly units: readonly OpenUnit[];
  /** Flushes and closes all. @throws errno errors of a flush, when all are closed. */
  close(): Promise<void>;
}

/** One store to open. */
interface Plan {
  readonly ports: StorePorts;
  readonly choice: UnitChoice;
  readonly store: StoreChoice;
}

interface Opened extends OpenUnit {
  readonly plan: Plan;
  close(): Promise<void>;
}

/** The same for both copies wherever they are made, and for a disk in memory at every start. */
export function identityOf(iqn: string, lun: number): Uint8Array {
  return createHash("sha256").update(`${iqn} ${lun}`).digest().subarray(0, 16);
}

function plansOf(settings: Settings, sides: readonly StorePorts[]): Plan[] {
  return sides.flatMap((ports) =>
    settings.units.map((choice) => {
      const store = ports.side === 2 ? (choice.store2 ?? choice.store) : choice.store;
      return { ports, choice, store };
    }),
  );
}

class Opening {
  readonly #settings: Settings;
  /** Name and version of this program. */
  readonly #creator: string;
  readonly opened: Opened[] = [];

  constructor(settings: Settings, creator: string) {
    this.#settings = settings;
    this.#creator = creator;
  }

  open(plan: Plan): void {
    this.opened.push(plan.store.kind === "file" ? this.#openFile(plan) : this.#openMemory(plan));
  }

  /** A new copy is of the same disk as the one that is there. */
  #identityOf({ ports, choice: { lun } }: Plan): Uint8Array | null {
    const other = this.opened.find(({ choice }) => choice.lun === lun);
    if (other !== undefined) return other.device.identity;
    return ports.side === null ? null : identityOf(this.#settings.iqn, lun);
  }

  #openMemory(plan: Plan): Opened {
    const { choice, ports } = plan;
    const { blockSize, lun } = choice;
    if (this.#settings.communicationMedium === "disk") {
      const what = `but LUN ${lun} is in memory, which a communication volume must not outlive`;
      throw new SettingsError(`Setting communicationMedium is disk, ${what}.`);
    }
    const geometry = { blockSize, blockCount: (plan.store.size as number) / blockSize };
    const identity = this.#identityOf(plan) ?? identityOf(this.#settings.iqn, lun);
    const device = new MemoryStore({ geometry, identity, completions: ports.completions });
    const storage = memoryPairStorage(mapLengthOf(geometry));
    const copy = ports.side === null ? null : { storage, isNew: true };
    return { plan, choice, device: guarded(device, plan), copy, close: () => Promise.resolve() };
  }

  #openFile(plan: Plan): Opened {
    const { choice, ports } = plan;
    const { path, size } = plan.store as StoreChoice & { kind: "file" };
    const report = (detail: string): void => ports.report(choice.lun, detail);
    const identity = this.#identityOf(plan);
    const file = openStoreFile({
      ...{ path, size, blockSize: choice.blockSize, crc32c, creator: this.#creator, report },
      entropy: (length) => identity ?? entropy(length),
      createdMs: calendarMs(),
    });
    const { completions, wake } = ports;
    const memory = memoryOf(file, { crc32c, completions, wake, report });
    const storage = ports.side === null ? plainOf(file) : storageOf(file, report);
    const journal =
      storage === null ? null : this.#journalOf(plan, { copy: file, storage, report });
    const device = new FileStore(file, { completions, wake, now: monotonicMs, report });
    const close = async (): Promise<void> => {
      storage?.close();
      journal?.close();
      await memory.close();
      await device.close();
    };
    const { isNew } = file;
    const kept = journal === null ? {} : { journal: journal.storage };
    const copy = storage === null ? null : { storage, isNew, ...kept };
    return { plan, choice, device: guarded(device, plan), memory, copy, close };
  }

  /** null: the communication volume is in the cache. On failure the copy is closed. */
  #journalOf(
    { choice: { blockSize } }: Plan,
    { copy, storage, report }: { copy: StoreFile; storage: FilePairStorage; report: Report },
  ): JournalFile | null {
    if (this.#settings.communicationMedium === "cache") return null;
    try {
      return openJournalFile({
        ...{ path: journalPathOf(copy.path), blockSize, crc32c, creator: this.#creator, report },
        identity: copy.superblock.identity,
        createdMs: calendarMs(),
      });
    } catch (error) {
      storage.close();
      copy.file.close();
      throw error;
    }
  }
}

type Report = (detail: string) => void;

/** A copy of a pair is kept equal to the other, so that only what hosts do is refused: above it. */
function guarded(device: BlockDevice, { ports, choice }: Plan): BlockDevice {
  const isBelow = choice.readOnly && ports.side === null;
  return isBelow ? new ReadOnlyLayer(device, ports.completions) : device;
}

/** On failure the store is closed. */
function memoryOf(
  { path, file, superblock }: StoreFile,
  ports: Omit<UnitFileOptions, "path" | "identity">,
): UnitFile {
  try {
    return new UnitFile({ ...ports, path: unitPathOf(path), identity: superblock.identity });
  } catch (error) {
    file.close();
    throw error;
  }
}

/** What one disk is to remember is not for the next that is made in its place. */
function refuseOrphan({ store }: Plan): void {
  if (store.kind === "memory" || !isAbsent(store.path) || isAbsent(unitPathOf(store.path))) return;
  const what = "is of a disk that is not there: move it away, or bring its disk";
  throw new SettingsError(`Unit file ${unitPathOf(store.path)} ${what}.`);
}

/** What is written to one copy alone is not known to the other. */
function plainOf({ path, file, superblock }: StoreFile): null {
  if (superblock.pair.length === 0) return null;
  file.close();
  throw new SettingsError(
    `Store file ${path} is a copy of a pair, and single would make the copies differ unseen.`,
  );
}

function storageOf(store: StoreFile, report: (detail: string) => void): FilePairStorage {
  const { superblock, file, path } = store;
  try {
    return new FilePairStorage(store, { mapLength: mapLengthOf(superblock), crc32c, report });
  } catch (error) {
    file.close();
    const { message } = error as Error;
    throw new SettingsError(`Store file ${path} cannot be used: ${message}.`);
  }
}

async function closeAll(opened: readonly Opened[]): Promise<void> {
  const ends = await Promise.allSettled(opened.map((unit) => unit.close()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Two copies in this process have to be of one disk. */
function checkCopies(opened: readonly Opened[]): void {
  for (const one of opened) {
    const { lun } = one.choice;
    const other = opened.find(({ choice, plan }) => choice.lun === lun && plan !== one.plan);
    if (other === undefined) return;
    const [first, second] = [one.device, other.device];
    const what = `${storeText(one.plan.store)} and ${storeText(other.plan.store)}`;
    if (!Buffer.from(first.identity).equals(second.identity)) {
      throw new SettingsError(`The copies of LUN ${lun}, ${what}, are of two different disks.`);
    }
    if (first.geometry.blockCount !== second.geometry.blockCount) {
      throw new SettingsError(`The copies of LUN ${lun}, ${what}, have not the same size.`);
    }
  }
}

/**
 * One for each of `sides`, in their order.
 * @throws SettingsError in a sentence; then nothing is open and nothing is changed.
 */
export function openStores(
  settings: Settings,
  options: { readonly creator: string; readonly sides: readonly StorePorts[] },
): readonly Stores[] {
  const opening = new Opening(settings, options.creator);
  const plans = plansOf(settings, options.sides);
  // Stores that exist may be refused, so those to be made come after them.
  const isNew = ({ store }: Plan): boolean => store.kind === "memory" || isAbsent(store.path);
  plans.forEach(refuseOrphan);
  try {
    for (const plan of plans.sort((a, b) => Number(isNew(a)) - Number(isNew(b)))) {
      opening.open(plan);
    }
    checkCopies(opening.opened);
  } catch (error) {
    void closeAll(opening.opened);
    throw error;
  }
  return options.sides.map((ports) => {
    const own = opening.opened.filter(({ plan }) => plan.ports === ports);
    const units = own.sort((a, b) => a.choice.lun - b.choice.lun);
    return { units, close: () => closeAll(own) };
  });
}
