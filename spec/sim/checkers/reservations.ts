/**
 * Whether a reservation is honoured on both sides from the moment that somebody was told of it
 * until somebody asks to end it, and its holder is not refused meanwhile.
 */

/** One that is certainly there: compared by identity. */
export interface Held {
  readonly host: string;
}

export class Reservations {
  readonly #held = new Map<number, Held>();
  /** Volumes where an answer was lost: nothing is certain there any more. */
  readonly #unknown = new Set<number>();

  /** What is certain of a volume now. */
  current(volume: number): Held | null {
    return this.#held.get(volume) ?? null;
  }

  /** Somebody asks for a change. */
  asked(volume: number): void {
    this.#held.delete(volume);
  }

  /** `host` null: it has been released. */
  told(volume: number, host: string | null): void {
    if (host !== null && !this.#unknown.has(volume)) this.#held.set(volume, { host });
  }

  /** Nobody knows what became of a request. */
  lost(volume: number): void {
    this.#unknown.add(volume);
    this.#held.delete(volume);
  }

  /** A side crashed: what it knew may be gone. */
  crashed(): void {
    for (const volume of this.#held.keys()) this.lost(volume);
  }

  /** A write of `host` ended; `before` is what was certain when it began. */
  answered(volume: number, host: string, before: Held | null, isDone: boolean): string | null {
    if (before === null || before !== this.current(volume)) return null;
    if (isDone && before.host !== host)
      return `${host} wrote on volume ${volume} while ${before.host} had it reserved`;
    if (!isDone && before.host === host)
      return `${host} was refused by its own reservation of volume ${volume}`;
    return null;
  }
}
