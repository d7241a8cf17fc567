/**
 * The sessions of the target: who is there by name and ISID, which TSIHs are in use, and which
 * session a task belongs to. What a session does is not here. [RFC7143 4.4.3, 6.3.5]
 */
import { assert } from "../base/assert";
import type { Nexus } from "../scsi/nexus";
import type { Session } from "./session";

const TSIH_MAX = 0xffff;

/** What tells sessions of one target apart. [RFC7143 4.4.1] */
export interface SessionIdentity {
  readonly initiatorName: string;
  /** ISID as 12 hexadecimal digits: all 48 bits count. */
  readonly isid: string;
  readonly groupTag: number;
}

function keyOf({ initiatorName, isid, groupTag }: SessionIdentity): string {
  return `${initiatorName},i,0x${isid},t,${groupTag}`;
}

export class Sessions {
  readonly #byIdentity = new Map<string, Session>();
  readonly #byTsih = new Map<number, Session>();
  /** Also sessions that ended and still have tasks. */
  readonly #byNexus = new Map<number, Session>();
  #lastTsih = 0;
  #lastNexus = 0;

  get count(): number {
    return this.#byTsih.size;
  }

  all(): IterableIterator<Session> {
    return this.#byTsih.values();
  }

  /** The normal session of this identity. Discovery sessions have no nexus and replace nobody. */
  find(identity: SessionIdentity): Session | null {
    return this.#byIdentity.get(keyOf(identity)) ?? null;
  }

  withTsih(tsih: number): Session | null {
    return this.#byTsih.get(tsih) ?? null;
  }

  countOf(initiatorName: string): number {
    let count = 0;
    for (const session of this.all()) if (session.initiatorName === initiatorName) count++;
    return count;
  }

  /** A TSIH that is not in use, not 0, and not used recently. */
  newTsih(): number {
    assert(this.count < TSIH_MAX, "fewer sessions than TSIHs");
    do this.#lastTsih = (this.#lastTsih % TSIH_MAX) + 1;
    while (this.#byTsih.has(this.#lastTsih));
    return this.#lastTsih;
  }

  newNexusId(): number {
    return ++this.#lastNexus;
  }

  /** The session a nexus's tasks are answered in, ended or not. */
  ofNexus(nexus: Nexus): Session {
    const session = this.#byNexus.get(nexus.id);
    assert(session !== undefined, "a task's session is known until its last task is gone");
    return session;
  }

  add(session: Session): void {
    this.#byTsih.set(session.tsih, session);
    if (session.nexus === null) return;
    assert(this.find(session) === null, "one session for each identity");
    this.#byIdentity.set(keyOf(session), session);
    this.#byNexus.set(session.nexus.id, session);
  }

  /** The session has ended; `forget` it when its tasks are gone. */
  remove(session: Session): void {
    this.#byTsih.delete(session.tsih);
    if (session.nexus !== null) this.#byIdentity.delete(keyOf(session));
  }

  forget(session: Session): void {
    if (session.nexus !== null) this.#byNexus.delete(session.nexus.id);
  }

  /** No session is there, and none that ended waits for its tasks. */
  get isQuiet(): boolean {
    return this.#byTsih.size === 0 && this.#byNexus.size === 0;
  }
}
