/**
 * The communication volume 603 as its control unit keeps it: the management area 515 in the cache
 * 514, one entry for each relayed command, with its numbers, its command, its parameter and its
 * data [0046] [0047] [0071]. The second and third example keep their relays in the same way and
 * give it no room of its own [0065]. It moves nothing: JOB3 does.
 */
import { NumberTable } from "../base/number-table";
import type { Job } from "../block/job";
import type { RelayJournal } from "./relay-journal";

/** Where a volume's commands are passed to. */
export interface Destination {
  /** 517: both volumes of a pair go by one number. */
  readonly mainVolume: number;
  /** 518: the out path of this side, 203 of the second control unit. */
  readonly path: "out";
}

/** What is kept of a relayed command until its end. */
export interface RelayEntry {
  /** 519 and 520: operation and range; 521: the data, which stays the host's job's. */
  readonly job: Job;
  /** Its host has been told that it is done: the medium keeps it beyond the relay. */
  readonly isEarly: boolean;
}

export class CommunicationVolume<E extends RelayEntry> {
  /** 516: the subvolume that the entries are of. */
  readonly subVolume: number;
  /** Where 523 puts what is received, separately from the relay; null: in the cache alone. */
  readonly #journal: RelayJournal | null;
  readonly #entries = new NumberTable<E>();

  constructor(subVolume: number, journal: RelayJournal | null) {
    this.subVolume = subVolume;
    this.#journal = journal;
  }

  get destination(): Destination {
    return { mainVolume: this.subVolume, path: "out" };
  }

  /** Keeps a command until `delete`; again: it is sent again. */
  store(relayId: number, entry: E): void {
    if (!entry.isEarly) this.#journal?.received(relayId, entry.job, false);
    this.#entries.set(relayId, entry);
  }

  /** Keeps a command whose host is about to be told that it is done. False: it cannot be kept. */
  storeEarly(relayId: number, job: Job): boolean {
    return this.#journal?.received(relayId, job, true) ?? true;
  }

  /** Both copies have it, or one that goes on alone; or it is given up. */
  earlyEnded(relayId: number): void {
    this.#journal?.ended(relayId);
  }

  get(relayId: number): E | undefined {
    return this.#entries.get(relayId);
  }

  delete(relayId: number): void {
    const isEarly = this.#entries.get(relayId)?.isEarly ?? true;
    this.#entries.delete(relayId);
    if (!isEarly) this.#journal?.ended(relayId);
  }

  some(isSuch: (entry: E) => boolean): boolean {
    return this.#entries.some(isSuch);
  }
}
