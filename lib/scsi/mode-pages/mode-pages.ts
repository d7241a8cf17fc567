/**
 * The mode pages of one unit with their current values, and what those values mean to the rest of
 * the unit. MODE SENSE and MODE SELECT, their headers and their refusals are commands, not here.
 */
import type { Fields, Values } from "node-scsi-cdb";
import type { Capabilities } from "../../block/device";
import { type ModePage, type ModePageOf, readPageHeader } from "./mode-page";
import { caching, control, modePages } from "./pages";

/** PC of MODE SENSE. [SPC-4 MODE SENSE, PC] */
export type PageControl = "current" | "changeable" | "default" | "saved";

/** Settings derived from the pages; read often, so computed once per change. */
interface Settings {
  readonly hasWriteCache: boolean;
  readonly isWriteProtected: boolean;
  readonly hasTaskAbortedStatus: boolean;
}

/** Pages one behind the other, each known and there once; null: these are none such. */
export function parsePages(bytes: Uint8Array): ReadonlyMap<ModePage, Uint8Array> | null {
  const pages = new Map<ModePage, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const page = modePageAt(bytes, at);
    if (page === null || pages.has(page)) return null;
    pages.set(page, Uint8Array.from(bytes.subarray(at, at + page.length)));
    at += page.length;
  }
  return pages;
}

/** The page of a code and a subpage code, if there is one. */
export function modePageOf(
  codes: Pick<ModePage, "pageCode" | "subpageCode">,
): ModePage | undefined {
  const { pageCode, subpageCode } = codes;
  return modePages.find((page) => page.pageCode === pageCode && page.subpageCode === subpageCode);
}

/** The page whose header stands there and whose bytes are all there. */
function modePageAt(bytes: Uint8Array, at: number): ModePage | null {
  const header = readPageHeader(bytes, at);
  const page = header === null ? undefined : modePageOf(header);
  if (page === undefined || page.length !== header?.length) return null;
  return at + page.length <= bytes.length ? page : null;
}

export class ModePages {
  readonly #can: Capabilities;
  readonly #current = new Map<ModePage, Uint8Array>();
  /** What MODE SELECT saved last; the default of a page that is not there. */
  #saved: ReadonlyMap<ModePage, Uint8Array> = new Map();
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
    if (values === "saved") return this.#savedOf(page);
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

  /** SP: all pages are saved as they are now, also those that did not change. */
  save(): void {
    this.#saved = new Map(this.#current);
  }

  /** What is saved, for `parsePages` and `restoreSaved`; empty: nothing. */
  savedPages(): Uint8Array {
    return Buffer.concat([...this.#saved.values()]);
  }

  /** Takes over what was saved, here or at another controller. */
  restoreSaved(saved: ReadonlyMap<ModePage, Uint8Array>): void {
    this.#saved = saved;
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
    const pages = parsePages(snapshot);
    if (pages?.size !== modePages.length) return null;
    return new Map([...pages].map(([page, bytes]) => [page, this.#merged(page, bytes)]));
  }

  /** Back to the saved values, as after a reset or power on. [SPC-4 Mode parameters overview] */
  reset(): void {
    this.#settings = this.#reset();
  }

  /** As far as it can be changed here: the device under the unit may be another than it was. */
  #savedOf(page: ModePage): Uint8Array {
    const saved = this.#saved.get(page);
    return saved === undefined ? page.defaults(this.#can) : this.#merged(page, saved);
  }

  #merged(page: ModePage, bytes: Uint8Array): Uint8Array {
    const mask = page.changeable(this.#can);
    const merged = page.defaults(this.#can);
    for (let at = page.headerLength; at < page.length; at++) {
      const changeable = mask[at] as number;
      merged[at] = ((merged[at] as number) & ~changeable) | ((bytes[at] as number) & changeable);
    }
    return merged;
  }

  #reset(): Settings {
    for (const page of modePages) this.#current.set(page, this.#savedOf(page));
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
