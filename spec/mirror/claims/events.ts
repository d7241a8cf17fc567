/**
 * What the patent's claims speak of, as events of a run in the order they happened, and the way to
 * ask for them. A1 and A2 are the first and the second storage area, W1 and W2 writes aimed at
 * them. Who records a run is `recorder.ts`, what is claimed `statements.ts`.
 */
import type { Side } from "../../../lib/mirror/config";

/** A write of a host; its bytes are of no other write, and each is of one place in it. */
export interface Write {
  readonly id: number;
  /** The area it is aimed at, and so the unit whose host gave it. */
  readonly side: Side;
  readonly lba: number;
  readonly blockCount: number;
  readonly nexus: string;
  readonly data: Buffer;
}

/** A request is the command and its parameters; its data may come with it, later or not at all. */
type What = "request" | "data";

export type TraceEvent =
  | { readonly type: "hostRecv"; readonly side: Side; readonly write: Write }
  | {
      readonly type: "hostStatus";
      readonly side: Side;
      readonly write: Write;
      readonly status: string;
    }
  /** From here to the other event the area is reserved for others than this nexus. */
  | { readonly type: "reserved" | "unreserved"; readonly side: Side; readonly nexus: string }
  | { readonly type: "exclSet" | "exclReset"; readonly side: Side; readonly write: Write }
  /** A relay goes from SCU2 to SCU1, a copy from SCU1 to SCU2. */
  | {
      readonly type: "relaySend" | "relayRecv" | "copySend" | "copyRecv";
      readonly what: What;
      readonly write: Write;
      /** Empty with a request. */
      readonly data: Buffer;
    }
  /** Handed to the area's medium, and on it. */
  | {
      readonly type: "volWrite" | "volWritten";
      readonly side: Side;
      readonly write: Write;
      readonly lba: number;
      readonly data: Buffer;
    };

type Transfer = "relaySend" | "relayRecv" | "copySend" | "copyRecv";

/** An event of a write in two words. */
export type Key =
  | `${"hostRecv" | "hostStatus" | "exclSet" | "exclReset"} ${Side}`
  | `${Transfer} ${What}`
  | `${"volWrite" | "volWritten"} A${Side}`;

export function keyOf(event: TraceEvent): Key | null {
  switch (event.type) {
    case "reserved":
    case "unreserved":
      return null;
    case "volWrite":
    case "volWritten":
      return `${event.type} A${event.side}`;
    case "hostRecv":
    case "hostStatus":
    case "exclSet":
    case "exclReset":
      return `${event.type} ${event.side}`;
    default:
      return `${event.type} ${event.what}`;
  }
}

/** Events with the questions that statements ask. */
export class Run {
  readonly events: readonly TraceEvent[];
  readonly writes: readonly Write[];
  readonly #places = new Map<string, number[]>();

  constructor(events: readonly TraceEvent[]) {
    this.events = events;
    this.writes = events.flatMap((event) => (event.type === "hostRecv" ? [event.write] : []));
    events.forEach((event, index) => {
      const key = keyOf(event);
      if (key === null || !("write" in event)) return;
      const name = `${event.write.id} ${key}`;
      const places = this.#places.get(name);
      if (places === undefined) this.#places.set(name, [index]);
      else places.push(index);
    });
  }

  /** Writes aimed at an area that ended well; the others are `refused`. */
  served(side: Side): Write[] {
    return this.writes.filter((write) => write.side === side && this.#statusOf(write) === "ok");
  }

  refused(side: Side): Write[] {
    return this.writes.filter((write) => write.side === side && this.#statusOf(write) !== "ok");
  }

  places(write: Write, key: Key): readonly number[] {
    return this.#places.get(`${write.id} ${key}`) ?? [];
  }

  /** Where it happened first; -1: it did not. */
  first(write: Write, key: Key): number {
    return this.places(write, key)[0] ?? -1;
  }

  /** The bytes of each such event of a write. */
  dataOf(write: Write, key: Key): Buffer[] {
    return this.places(write, key).map((index) => {
      const event = this.events[index];
      return event !== undefined && "data" in event ? event.data : Buffer.alloc(0);
    });
  }

  /**
   * Whether a write has an area's exclusive state just before an event. It needs it no longer than
   * until it is written (A1: on both areas); that it is given back may be noted a moment after the
   * next has it.
   */
  holds(write: Write, side: Side, index: number): boolean {
    const set = this.#lastBefore(write, `exclSet ${side}`, index);
    if (set < 0 || this.#lastBefore(write, `exclReset ${side}`, index) > set) return false;
    const isOnSecond = this.#lastBefore(write, "volWritten A2", index) >= 0;
    const isOnFirst = this.#lastBefore(write, "volWritten A1", index) >= 0;
    return !(isOnSecond && (side === 2 || isOnFirst));
  }

  /** Who else has an area's exclusive state where a write goes. */
  otherHolder(write: Write, side: Side, index: number): Write | null {
    const meets = (other: Write): boolean =>
      other.lba < write.lba + write.blockCount && write.lba < other.lba + other.blockCount;
    const others = this.writes.filter((other) => other.id !== write.id && meets(other));
    return others.find((other) => this.holds(other, side, index)) ?? null;
  }

  isReserved(write: Write, side: Side, index: number): boolean {
    let isReserved = false;
    for (const event of this.events.slice(0, index)) {
      if (event.type !== "reserved" && event.type !== "unreserved") continue;
      if (event.side === side && event.nexus === write.nexus)
        isReserved = event.type === "reserved";
    }
    return isReserved;
  }

  #lastBefore(write: Write, key: Key, index: number): number {
    return (
      this.places(write, key)
        .filter((place) => place < index)
        .at(-1) ?? -1
    );
  }

  #statusOf(write: Write): string | null {
    const event = this.events[this.first(write, `hostStatus ${write.side}`)];
    return event?.type === "hostStatus" ? event.status : null;
  }
}
