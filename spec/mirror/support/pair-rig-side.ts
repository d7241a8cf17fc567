/**
 * One side of the rig: a pair, and a traffic that writes as the real one does: main first, then
 * the copy, then the answer.
 */
import { crc32c } from "../../../lib/base/crc32c";
import { lengthOf } from "../../../lib/base/bytes";
import { CompletionQueue } from "../../../lib/block/completion-queue";
import { ExtentLock } from "../../../lib/block/extent-lock";
import type { Extent } from "../../../lib/block/extent-lock";
import { Job } from "../../../lib/block/job";
import type { JobStatus } from "../../../lib/block/job";
import type { Side } from "../../../lib/mirror/config";
import { mapLengthOf } from "../../../lib/mirror/dirty-map";
import type { LinkMessage } from "../../../lib/mirror/messages";
import { Pair } from "../../../lib/mirror/pair";
import type { PairLink } from "../../../lib/mirror/pair";
import { messageOf } from "../../../lib/mirror/pair-messages";
import type { VolumeTraffic } from "../../../lib/mirror/pair-view";
import { BLOCK_SIZE, copyOf, RigDisk, RigStorage } from "./pair-rig-disk";
import type { Rig } from "./pair-rig";

interface RigExtent extends Extent {
  readonly granted: () => void;
}

export type Outcome = "ok" | "refused" | "waiting" | "lost";

/** A host's write: `fill` in every byte of its blocks. */
export interface HostWrite {
  readonly side: Side;
  readonly lba: number;
  readonly blockCount: number;
  readonly fill: number;
  outcome: Outcome;
}

interface MainWrite {
  readonly write: HostWrite;
  readonly extent: RigExtent;
  isCopied: boolean;
  isWritten: boolean;
}

/** One side: what survives a crash, and what does not. */
export class RigSide implements VolumeTraffic {
  readonly rig: Rig;
  readonly side: Side;
  readonly storage: RigStorage;
  readonly disk: RigDisk;
  readonly completions = new CompletionQueue();
  isNew = true;
  pair!: Pair;
  link!: PairLink & { leaseUntilMs: number };
  readonly log: string[] = [];
  readonly restored: string[] = [];
  scsiState = "";
  accessChanges = 0;
  standings: string[] = [];
  #lock = new ExtentLock<RigExtent>();
  #writes = new Set<MainWrite>();
  #waiting: HostWrite[] = [];
  #quiescing: (() => void) | null = null;
  #isQuiet = false;
  /** Writes of the other side at this disk. */
  #copies = 0;

  constructor(rig: Rig, side: Side, blockCount: number) {
    this.rig = rig;
    this.side = side;
    this.disk = new RigDisk(blockCount, this.completions);
    this.storage = new RigStorage(mapLengthOf(this.disk.geometry));
  }

  get peer(): RigSide {
    return this.rig.sides[this.side === 1 ? 1 : 0] as RigSide;
  }

  boot(): void {
    const { rig, side, storage, disk } = this;
    this.#lock = new ExtentLock();
    for (const { write } of this.#writes) write.outcome = "lost";
    for (const write of this.#waiting) write.outcome = "lost";
    this.#writes = new Set();
    this.#waiting = [];
    this.#quiescing = null;
    this.#isQuiet = false;
    const send = (message: LinkMessage, release?: () => void): void => {
      const data = message.type === "pair" ? message.data.map((part) => Uint8Array.from(part)) : [];
      if (message.type !== "pair") throw new Error("only pair messages");
      const name = messageOf(message.kind) ?? "?";
      rig.sent.push({ side, name, length: lengthOf(data) });
      rig.queues[side === 1 ? 0 : 1].push({ name, kind: message.kind, data });
      release?.();
    };
    this.link = { isUp: false, leaseUntilMs: -Infinity, send } as typeof this.link;
    this.pair = new Pair({
      config: { side, ...rig.config },
      volume: { number: 1, device: disk, isNew: this.isNew, storage: { ...copyOf(storage) } },
      link: this.link,
      traffic: () => this,
      snapshot: () => Buffer.from(this.scsiState),
      restore: (bytes) => {
        this.scsiState = Buffer.from(bytes).toString();
        this.restored.push(this.scsiState);
      },
      crc32c,
      entropy: (length) => rig.entropy(length),
      report: (level, text) => this.log.push(`${level}: ${text}`),
      accessChanged: () => this.accessChanges++,
    });
    this.isNew = false;
    this.pair.start(rig.nowMs);
  }

  /** The first byte of every block. */
  get content(): Uint8Array {
    const { blockCount } = this.disk.geometry;
    const data = [Buffer.alloc(blockCount * BLOCK_SIZE)];
    const onDone = (): void => undefined;
    this.disk.store.submit(new Job({ op: "read", lba: 0, blockCount, data, onDone }));
    return Uint8Array.from({ length: blockCount }, (_, lba) => data[0]?.[lba * BLOCK_SIZE] ?? 0);
  }

  /** What stands on the disk at a block. */
  at(lba: number): number {
    return this.content[lba] as number;
  }

  /** Changes a block behind everybody's back. */
  overwrite(lba: number, fill: number): void {
    const data = [Buffer.alloc(BLOCK_SIZE, fill)];
    const onDone = (): void => undefined;
    this.disk.store.submit(new Job({ op: "write", lba, blockCount: 1, data, onDone }));
  }

  write(lba: number, fill: number, blockCount = 1): HostWrite {
    const write: HostWrite = { side: this.side, lba, blockCount, fill, outcome: "waiting" };
    this.#admit(write);
    return write;
  }

  standingChanged(): void {
    const { standing, role } = this.pair;
    this.standings.push(`${role} ${standing}`);
    this.#isQuiet = false;
    if (standing === "blocked") {
      for (const write of this.#waiting.splice(0)) write.outcome = "refused";
    }
    for (const main of [...this.#writes]) this.#goOn(main);
    if (standing === "deciding") return;
    for (const write of this.#waiting.splice(0)) this.#admit(write);
  }

  quiesce(then: () => void): void {
    this.#isQuiet = true;
    this.#quiescing = then;
    this.#checkQuiet();
  }

  whenIdle(then: () => void): void {
    if (this.#copies === 0 && this.#writes.size === 0) then();
    else this.rig.later(() => this.whenIdle(then));
  }

  /** What became of the writes that its hosts were told of, each time it was asked. */
  readonly earlyOffers: boolean[] = [];

  offerEarly(isWelcome: boolean): void {
    this.earlyOffers.push(isWelcome);
  }

  holdRange(lba: number, blockCount: number, then: (release: () => void) => void): void {
    const lock = this.#lock;
    const extent: RigExtent = {
      start: lba,
      end: lba + blockCount,
      isShared: false,
      granted: () => then(() => this.#release(lock, extent)),
    };
    if (lock.acquire(extent)) extent.granted();
  }

  /** The link is gone: copies that were not answered are unknown. */
  cut(): void {
    for (const main of this.#writes) main.isCopied = false;
  }

  #release(lock: ExtentLock<RigExtent>, extent: RigExtent): void {
    for (const granted of lock.release(extent)) granted.granted();
  }

  #admit(write: HostWrite): void {
    const { standing, role } = this.pair;
    if (standing === "blocked") {
      write.outcome = "refused";
    } else if (standing === "deciding" || this.#isQuiet) {
      this.#waiting.push(write);
    } else if (role === "main" || standing === "alone") {
      this.#order(write);
    } else {
      // A relay: its end comes back over the link too, or never.
      this.rig.carry(this.side, () => this.peer.#order(write));
    }
  }

  #order(write: HostWrite): void {
    const lock = this.#lock;
    const extent: RigExtent = {
      start: write.lba,
      end: write.lba + write.blockCount,
      isShared: false,
      granted: () => {
        const { standing, role } = this.pair;
        if (standing === "blocked" || (standing === "mirrored" && role === "sub")) {
          write.outcome = "refused";
          return this.#release(lock, extent);
        }
        if (!this.pair.opened(write.lba, write.blockCount)) {
          write.outcome = "refused";
          return this.#release(lock, extent);
        }
        const main: MainWrite = { write, extent, isCopied: false, isWritten: false };
        this.#writes.add(main);
        this.#store(write, () => {
          main.isWritten = true;
          this.#goOn(main);
        });
      },
    };
    if (lock.acquire(extent)) extent.granted();
  }

  #store(write: HostWrite, then: (status: JobStatus) => void): void {
    const { lba, blockCount } = write;
    const data = [Buffer.alloc(blockCount * BLOCK_SIZE, write.fill)];
    const onDone = (job: Job): void => then(job.status);
    this.disk.submit(new Job({ op: "write", lba, blockCount, data, onDone }));
  }

  #goOn(main: MainWrite): void {
    if (!main.isWritten || !this.#writes.has(main)) return;
    const { standing, role } = this.pair;
    if (standing === "deciding") return;
    if (standing === "mirrored" && role === "main") return this.#copy(main);
    this.#end(main, standing === "alone" ? "ok" : "refused", false);
  }

  #copy(main: MainWrite): void {
    if (main.isCopied) return;
    main.isCopied = true;
    this.rig.carry(this.side, () => {
      const { peer } = this;
      peer.#copies++;
      peer.#store(main.write, (status) => {
        peer.#copies--;
        this.rig.carry(peer.side, () => {
          if (!this.#writes.has(main)) return;
          if (status === "ok") return this.#end(main, "ok", true);
          this.pair.diverged(main.write.lba, main.write.blockCount);
          this.#writes.delete(main);
          main.write.outcome = "ok";
          this.#release(this.#lock, main.extent);
        });
      });
    });
  }

  #end(main: MainWrite, outcome: Outcome, isCopied: boolean): void {
    this.#writes.delete(main);
    const { lba, blockCount } = main.write;
    if (isCopied) this.pair.closed(lba, blockCount);
    else this.pair.diverged(lba, blockCount);
    main.write.outcome = outcome;
    this.#release(this.#lock, main.extent);
    this.#checkQuiet();
  }

  #checkQuiet(): void {
    if (this.#quiescing === null || this.#writes.size > 0) return;
    const then = this.#quiescing;
    this.#quiescing = null;
    then();
  }
}
