/**
 * The mode pages of one unit with their current values, and what those values mean to the rest of
 * the unit. MODE SENSE and MODE SELECT, their headers and their refusals are commands, not here.
 */
import type { Fields, Values } from "node-scsi-cdb";
import type { Capabilities } from "../../block/device";
import type { ModePage, ModePageOf } from "./mode-page";
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
   * they are most often views of Data-Out, which outlives no task.
   */
  write(changes: ReadonlyMap<ModePage, Uint8Array>): void {
    for (const [page, bytes] of changes) this.#current.set(page, Uint8Array.from(bytes));
    this.#settings = this.#derive();
  }

  /** Back to the defaults, as after a logical unit reset. [SPC-4 Mode parameters overview] */
  reset(): void {
    this.#settings = this.#reset();
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
