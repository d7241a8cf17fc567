/** The pair as its traffic sees it; the spec sets what it is. */
import { strict as assert } from "node:assert";
import type { Role } from "../../../lib/mirror/config";
import type { PairView, Standing } from "../../../lib/mirror/pair-view";
import type { MirrorVolume } from "../../../lib/mirror/volume";

export class FakePair implements PairView {
  role: Role;
  standing: Standing = "mirrored";
  isConsistent = true;
  hasLease = true;
  canRecord = true;
  /** Blocks of writes under way, by how many of them there are. */
  readonly open = new Map<number, number>();
  readonly dirty = new Set<number>();
  /** Writes that this side's copy alone did not take. */
  failedHereCount = 0;
  #traffic: MirrorVolume | null = null;

  constructor(role: Role) {
    this.role = role;
  }

  attach(traffic: MirrorVolume): void {
    this.#traffic = traffic;
  }

  become(fields: Partial<Pick<FakePair, "role" | "standing" | "isConsistent">>): void {
    Object.assign(this, fields);
    this.#traffic?.standingChanged();
  }

  mayRead(): boolean {
    return this.hasLease && (this.standing === "mirrored" || this.standing === "alone");
  }

  opened(lba: number, blockCount: number): boolean {
    if (!this.canRecord) {
      this.become({ standing: "blocked" });
      return false;
    }
    for (let block = lba; block < lba + blockCount; block++) this.#count(block, 1);
    return true;
  }

  closed(lba: number, blockCount: number): void {
    for (let block = lba; block < lba + blockCount; block++) this.#count(block, -1);
  }

  endedAlone(lba: number, blockCount: number): void {
    for (let block = lba; block < lba + blockCount; block++) {
      this.#count(block, -1);
      this.dirty.add(block);
    }
  }

  diverged(lba: number, blockCount: number): void {
    this.endedAlone(lba, blockCount);
  }

  failedHere(lba: number, blockCount: number): void {
    this.endedAlone(lba, blockCount);
    this.failedHereCount++;
  }

  #count(block: number, by: number): void {
    const count = (this.open.get(block) ?? 0) + by;
    assert(count >= 0, "closed as often as opened");
    if (count === 0) this.open.delete(block);
    else this.open.set(block, count);
  }
}
