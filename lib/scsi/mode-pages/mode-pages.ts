/**
 * The mode pages of one unit with their current values, and what those values mean to the rest of
 * the unit. MODE SENSE and MODE SELECT, their headers and their refusals are commands, not here.
 */
import type { Fields, SenseFormat, Values } from "node-scsi-cdb";
import type { ModePage, ModePageOf, PageBasis } from "./mode-page";
import { Interlock, QueueError, TaskSetType, caching, control, modePages } from "./pages";

/** PC of MODE SENSE. [SPC-4 MODE SENSE, PC] */
export type PageControl = "current" | "changeable" | "default" | "saved";

/** Settings derived from the pages; read often, so computed once per change. */
interface Settings {
  readonly hasWriteCache: boolean;
  readonly readsMedium: boolean;
  readonly isWriteProtected: boolean;
  readonly hasTaskAbortedStatus: boolean;
  readonly hasTaskSetPerNexus: boolean;
  readonly queueErrorManagement: QueueErrorManagement;
  readonly isInterlocked: boolean;
  readonly remembersStatus: boolean;
  readonly refusesAca: boolean;
  readonly senseFormat: SenseFormat;
}

/** Which other tasks of the task set end with one that ends with CHECK CONDITION, by QERR. */
export type QueueErrorManagement = "none" | "all" | "own";

function queueErrorManagementOf(qerr: number): QueueErrorManagement {
  if (qerr === QueueError.ALL_ABORTED) return "all";
  return qerr === QueueError.OWN_ABORTED ? "own" : "none";
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

/** The page whose header stands there and whose bytes are all there. */
function modePageAt(bytes: Uint8Array, at: number): ModePage | null {
  const rest = bytes.subarray(at);
  return modePages.find((page) => rest.length >= page.length && page.hasHeader(rest)) ?? null;
}

export class ModePages {
  readonly #basis: PageBasis;
  readonly #current = new Map<ModePage, Uint8Array>();
  /** What MODE SELECT saved last; the default of a page that is not there. */
  #saved: ReadonlyMap<ModePage, Uint8Array> = new Map();
  #settings: Settings;

  constructor(basis: PageBasis) {
    this.#basis = basis;
    this.#settings = this.#reset();
  }

  /** WCE: a write may end before it is on stable storage. */
  get hasWriteCache(): boolean {
    return this.#settings.hasWriteCache;
  }

  /** RCD: what is read comes from the medium. */
  get readsMedium(): boolean {
    return this.#settings.readsMedium;
  }

  /** SWP: commands that write are refused. */
  get isWriteProtected(): boolean {
    return this.#settings.isWriteProtected;
  }

  /** TAS: a task aborted by another nexus ends with TASK ABORTED. */
  get hasTaskAbortedStatus(): boolean {
    return this.#settings.hasTaskAbortedStatus;
  }

  /** TST: each nexus has a task set of its own. */
  get hasTaskSetPerNexus(): boolean {
    return this.#settings.hasTaskSetPerNexus;
  }

  /** QERR */
  get queueErrorManagement(): QueueErrorManagement {
    return this.#settings.queueErrorManagement;
  }

  /** UA_INTLCK_CTRL: a unit attention that CHECK CONDITION reports is not cleared by that. */
  get isInterlocked(): boolean {
    return this.#settings.isInterlocked;
  }

  /** UA_INTLCK_CTRL: BUSY, TASK SET FULL and RESERVATION CONFLICT leave a unit attention. */
  get remembersStatus(): boolean {
    return this.#settings.remembersStatus;
  }

  /** TMF_ONLY: no command is taken from a nexus that has an ACA condition to deal with. */
  get refusesAca(): boolean {
    return this.#settings.refusesAca;
  }

  /** D_SENSE: how sense data is put that comes with a status. */
  get senseFormat(): SenseFormat {
    return this.#settings.senseFormat;
  }

  /** The bytes of a page, header included; the caller's own copy. */
  read(page: ModePage, values: PageControl): Uint8Array {
    if (values === "changeable") return page.changeable(this.#basis);
    if (values === "default") return page.defaults(this.#basis);
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
    return saved === undefined ? page.defaults(this.#basis) : this.#merged(page, saved);
  }

  #merged(page: ModePage, bytes: Uint8Array): Uint8Array {
    const mask = page.changeable(this.#basis);
    const merged = page.defaults(this.#basis);
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
    const { wce, rcd } = this.#decode(caching);
    const { swp, tas, tst, qerr, uaIntlckCtrl, tmfOnly, dSense } = this.#decode(control);
    return {
      hasWriteCache: wce,
      readsMedium: rcd,
      isWriteProtected: swp,
      hasTaskAbortedStatus: tas,
      hasTaskSetPerNexus: tst === TaskSetType.ONE_PER_NEXUS,
      queueErrorManagement: queueErrorManagementOf(qerr),
      isInterlocked: uaIntlckCtrl !== Interlock.NONE,
      remembersStatus: uaIntlckCtrl === Interlock.KEPT_AND_ESTABLISHED,
      refusesAca: tmfOnly,
      senseFormat: dSense ? "descriptor" : "fixed",
    };
  }

  #decode<F extends Fields>(page: ModePageOf<F>): Values<F> {
    return page.decode(this.#current.get(page) as Uint8Array);
  }
}
