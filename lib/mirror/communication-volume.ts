/**
 * The communication volume 603 as its control unit keeps it: the management area 515 in the cache
 * 514, one entry for each relayed command, with its numbers, its command, its parameter and its
 * data [0046] [0047] [0071]. The second and third example keep their relays in the same way and
 * give it no room of its own [0065]. It moves nothing: JOB3 does.
 */
import { NumberTable } from "../base/number-table";
import type { Job } from "../block/job";

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
}

/**
 * Where 523 puts what has been received, separately from the relay, when 603 is on a medium
 * [0048]. What it is given stays valid until `ended`.
 */
export interface RelayJournal {
  received(relayId: number, entry: RelayEntry): void;
  ended(relayId: number): void;
}

export class CommunicationVolume<E extends RelayEntry> {
  /** 516: the subvolume that the entries are of. */
  readonly subVolume: number;
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
    if (!this.#entries.has(relayId)) this.#journal?.received(relayId, entry);
    this.#entries.set(relayId, entry);
  }

  get(relayId: number): E | undefined {
    return this.#entries.get(relayId);
  }

  delete(relayId: number): void {
    if (this.#entries.delete(relayId)) this.#journal?.ended(relayId);
  }

  some(isSuch: (entry: E) => boolean): boolean {
    return this.#entries.some(isSuch);
  }
}
