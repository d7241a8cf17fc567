/**
 * The mode pages of one unit with their current values, and what those values mean to the rest of
 * the unit. MODE SENSE and MODE SELECT, their headers and their refusals are commands, not here.
 */
import type { Fields, Values } from "node-scsi-cdb";
import type { Capabilities } from "../../block/device";
import { type ModePage, type ModePageOf, pageHeader } from "./mode-page";
import { caching, control, modePages } from "./pages";

/** PC of MODE SENSE, but for the saved values: nothing is saved. [SPC-4 MODE SENSE, PC] */
export type PageControl = "current" | "changeable" | "default";

/** Settings derived from the pages; read often, so computed once per change. */
interface Settings {
  readonly hasWriteCache: boolean;
  readonly isWriteProtected: boolean;
  readonly hasTaskAbortedStatus: boolean;
}

export class ModePages {
  readonly #can: Capabilities;
  readonly #current = new Map<ModePage, Uint8Array>();
  #settings: Settings;

  constructor(can: Capabilities) {
    this.#can = can;
    this.#settings = this.#reset();
  }

  /** WCE: a write may end before it is on stable storage. */
  get hasWriteCache(): boolean {
    return this.#settings.hasWriteCache;
  }

  /** SWP: commands that write are refused. */
  get isWriteProtected(): boolean {
    return this.#settings.isWriteProtected;
  }

  /** TAS: a task aborted by another nexus ends with TASK ABORTED. */
  get hasTaskAbortedStatus(): boolean {
    return this.#settings.hasTaskAbortedStatus;
  }

  /** The bytes of a page, header included; the caller's own copy. */
  read(page: ModePage, values: PageControl): Uint8Array {
    if (values === "changeable") return page.changeable(this.#can);
    if (values === "default") return page.defaults(this.#can);
    return Uint8Array.from(this.#current.get(page) as Uint8Array);
  }

  /**
   * Replaces the current values of pages: valid bytes, all of them or none. They are copied, since
   * they are most often views of something shorter lived. True: a value is another now.
   */
  write(changes: ReadonlyMap<ModePage, Uint8Array>): boolean {
    let isChanged = false;
    for (const [page, bytes] of changes) {
      isChanged ||= Buffer.compare(bytes, this.#current.get(page) as Uint8Array) !== 0;
      this.#current.set(page, Uint8Array.from(bytes));
    }
    this.#settings = this.#derive();
    return isChanged;
  }

  /** The current values of all pages, for `parseSnapshot`. */
  snapshot(): Uint8Array {
    return Buffer.concat(modePages.map((page) => this.#current.get(page) as Uint8Array));
  }

  /**
   * What to write for the values of a snapshot, made here or at another controller, as far as they
   * can be changed here; null: these are not the bytes of a snapshot.
   */
  parseSnapshot(snapshot: Uint8Array): ReadonlyMap<ModePage, Uint8Array> | null {
    const changes = new Map<ModePage, Uint8Array>();
    let at = 0;
    for (const page of modePages) {
      const bytes = snapshot.subarray(at, at + page.length);
      if (bytes.length < page.length) return null;
      if (pageHeader.decode(bytes).pageCode !== page.pageCode) return null;
      changes.set(page, this.#merged(page, bytes));
      at += page.length;
    }
    return at === snapshot.length ? changes : null;
  }

  /** Back to the defaults, as after a logical unit reset. [SPC-4 Mode parameters overview] */
  reset(): void {
    this.#settings = this.#reset();
  }

  #merged(page: ModePage, bytes: Uint8Array): Uint8Array {
    const mask = page.changeable(this.#can);
    const merged = this.read(page, "current");
    for (let at = pageHeader.length; at < page.length; at++) {
      const changeable = mask[at] as number;
      merged[at] = ((merged[at] as number) & ~changeable) | ((bytes[at] as number) & changeable);
    }
    return merged;
  }

  #reset(): Settings {
    for (const page of modePages) this.#current.set(page, page.defaults(this.#can));
    return this.#derive();
  }

  #derive(): Settings {
    const { wce } = this.#decode(caching);
    const { swp, tas } = this.#decode(control);
    return {
      hasWriteCache: wce,
      isWriteProtected: swp,
      hasTaskAbortedStatus: tas,
    };
  }

  #decode<F extends Fields>(page: ModePageOf<F>): Values<F> {
    return page.decode(this.#current.get(page) as Uint8Array);
  }
}
