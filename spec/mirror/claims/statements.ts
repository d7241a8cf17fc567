/**
 * What the claims say of a run, each distinct statement once: null, or what contradicts it. The
 * system, apparatus and method forms of a claim are made of the same statements; which claim says
 * what is in the specs.
 */
import type { Side } from "../../../lib/mirror/config";
import { BLOCK } from "../jobs/hand-device";
import type { Key, Run, Write } from "./events";

export type Statement = (run: Run) => string | null;

const SIDES: readonly Side[] = [1, 2];

function named(write: Write): string {
  return `write ${write.id} to A${write.side}`;
}

/** The first of these in every served write of a side: all there, in this order. */
function inOrder(side: Side, ...keys: Key[]): Statement {
  return (run) => {
    for (const write of run.served(side)) {
      let before = -1;
      for (const key of keys) {
        const at = run.first(write, key);
        if (at < 0) return `${named(write)}: no ${key}`;
        if (at <= before) return `${named(write)}: ${key} comes too early`;
        before = at;
      }
    }
    return null;
  };
}

function all(...statements: Statement[]): Statement {
  return (run) => {
    for (const statement of statements) {
      const fault = statement(run);
      if (fault !== null) return fault;
    }
    return null;
  };
}

/** A served write of a side is stored once there, whole, and every byte in its place. */
function stored(from: Side, area: Side): Statement {
  return (run) => {
    for (const write of run.served(from)) {
      const key = `volWrite A${area}` as const;
      const pieces = run.dataOf(write, key);
      if (pieces.length !== 1) return `${named(write)}: ${pieces.length} × ${key}`;
      const event = run.events[run.first(write, key)];
      if (event?.type !== "volWrite" || event.lba !== write.lba)
        return `${named(write)}: A${area} has it elsewhere`;
      if (event.data.length !== write.blockCount * BLOCK || !event.data.equals(write.data))
        return `${named(write)}: other bytes reach A${area}`;
    }
    return null;
  };
}

/** Wherever bytes of a side's writes go this way, they are the host's; `isDue`: they go. */
function carried(from: Side, keys: readonly Key[], isDue: (run: Run, write: Write) => boolean) {
  return (run: Run): string | null => {
    for (const write of run.served(from)) {
      for (const key of keys) {
        const pieces = run.dataOf(write, key);
        if (pieces.some((piece) => !piece.equals(write.data)))
          return `${named(write)}: other bytes in ${key}`;
        if (pieces.length === 0 && isDue(run, write)) return `${named(write)}: no ${key}`;
      }
    }
    return null;
  };
}

/** An area's exclusive state is obtained only where nobody else has it, nor a reservation. */
function obtainedFree(from: Side, area: Side): Statement {
  return (run) => {
    for (const write of run.writes.filter(({ side }) => side === from)) {
      for (const index of run.places(write, `exclSet ${area}`)) {
        const other = run.otherHolder(write, area, index);
        if (other !== null) return `${named(write)}: A${area} is exclusive for ${named(other)}`;
        // What SCU1 has admitted SCU2 does not ask of reservations again.
        const isAsked = from === 2 || area === 1;
        if (isAsked && run.isReserved(write, area, index))
          return `${named(write)}: A${area} is reserved`;
      }
    }
    return null;
  };
}

/** It has an area's exclusive state whenever it does that. */
function under(from: Side, area: Side, ...keys: Key[]): Statement {
  return (run) => {
    for (const write of run.writes.filter(({ side }) => side === from)) {
      for (const key of keys)
        for (const index of run.places(write, key))
          if (!run.holds(write, area, index))
            return `${named(write)}: ${key} without exclusive(A${area})`;
    }
    return null;
  };
}

/** Only what a reservation forbids is refused. */
const onlyReservedIsRefused: Statement = (run) => {
  for (const from of SIDES) {
    for (const write of run.refused(from)) {
      const begin = run.first(write, `hostRecv ${from}`);
      const end = run.first(write, `hostStatus ${from}`);
      const meanwhile = Array.from({ length: end - begin + 1 }, (_, index) => begin + index);
      const isForbidden = meanwhile.some(
        (index) => run.isReserved(write, 1, index) || run.isReserved(write, from, index),
      );
      if (!isForbidden) return `${named(write)}: refused, and free`;
    }
  }
  return null;
};

/** What was refused is on neither area. */
const refusedIsOnNeither: Statement = (run) => {
  for (const from of SIDES)
    for (const write of run.refused(from))
      for (const key of ["volWrite A1", "volWrite A2", "exclSet 1", "copySend request"] as const)
        if (run.first(write, key) >= 0) return `${named(write)}: refused, and ${key}`;
  return null;
};

/** No data of what was refused has gone to SCU1. */
const refusedIsNotSent: Statement = (run) => {
  const write = run.refused(2).find((one) => run.first(one, "relaySend data") >= 0);
  return write === undefined ? null : `${named(write)}: refused, and relaySend data`;
};

const isSentBack = (run: Run, write: Write): boolean => run.first(write, "copySend data") >= 0;
const always = (): boolean => true;

/** In the order of the claims. */
export const statements = {
  /** SCU1, on W1: writes it to A1, and transfers it. */
  firstIsWritten: all(inOrder(1, "hostRecv 1", "volWrite A1"), stored(1, 1)),
  firstIsTransferred: inOrder(1, "hostRecv 1", "copySend request"),
  /** SCU2, on W1 from SCU1: writes it to A2. */
  firstReachesSecondArea: all(
    inOrder(1, "copySend request", "copyRecv request", "volWrite A2"),
    stored(1, 2),
  ),
  secondIsTransferred: inOrder(2, "hostRecv 2", "relaySend request", "relayRecv request"),
  transferredBeforeSecondArea: inOrder(2, "relaySend request", "volWrite A2"),
  receivedBeforeSecondArea: inOrder(2, "relayRecv request", "volWrite A2"),
  /** On A1 before any byte of it is given to A2. */
  firstAreaBeforeSecond: inOrder(2, "relaySend request", "volWritten A1", "volWrite A2"),
  /** SCU1, on W2: writes it to A1, and transfers it back. */
  secondIsWrittenToFirstArea: all(inOrder(2, "relayRecv request", "volWrite A1"), stored(2, 1)),
  secondIsTransferredBack: inOrder(2, "relayRecv request", "copySend request"),
  secondIsReceivedBack: inOrder(2, "copySend request", "copyRecv request"),
  /** SCU2, on W2 from SCU1: writes it to A2, and not before. */
  secondReachesSecondArea: all(inOrder(2, "copyRecv request", "volWrite A2"), stored(2, 2)),

  /** Host 1's connection → A1. */
  connectionOneToFirstArea: stored(1, 1),
  /** A1's side → SCU2. */
  firstAreaToUnitTwo: all(
    carried(1, ["copySend data", "copyRecv data"], always),
    carried(2, ["copySend data", "copyRecv data"], isSentBack),
  ),
  unitTwoToSecondArea: all(stored(1, 2), stored(2, 2)),
  /** Host 2's connection → SCU1. */
  connectionTwoToUnitOne: carried(2, ["relaySend data", "relayRecv data"], always),
  unitOneToFirstArea: all(inOrder(2, "relayRecv data", "volWrite A1"), stored(2, 1)),
  /** What went from SCU1 to A1 goes on to SCU2, and from there to A2. */
  continuesToSecondArea: all(
    inOrder(2, "relayRecv data", "volWrite A1", "copySend request", "copyRecv request"),
    inOrder(2, "copyRecv request", "volWrite A2"),
    carried(2, ["copySend data", "copyRecv data"], isSentBack),
    stored(2, 2),
  ),
  /** All of it goes back as bytes: where the transfer is not omitted. */
  bytesAreSentBack: all(
    inOrder(2, "volWrite A1", "copySend data", "copyRecv data", "volWrite A2"),
    carried(2, ["copySend data", "copyRecv data"], always),
  ),
  /** None of it goes back: where the transfer is omitted. */
  noBytesAreSentBack: (run) => {
    const write = run.served(2).find((one) => isSentBack(run, one));
    return write === undefined ? null : `${named(write)}: its bytes are sent back`;
  },

  /** What finds an area reserved is not stored; what finds it free is not refused. */
  refusedIsNotStored: all(refusedIsOnNeither, onlyReservedIsRefused),
  /** W1 and free(A1) ⇒ SCU1 obtains exclusive(A1), writes A1. */
  firstIsExclusiveOnFirstArea: all(
    inOrder(1, "hostRecv 1", "exclSet 1", "volWrite A1"),
    obtainedFree(1, 1),
    under(1, 1, "volWrite A1", "copySend request", "copySend data"),
  ),
  /** W1 is transferred so that SCU2 obtains exclusive(A2), and writes A2. */
  firstIsExclusiveOnSecondArea: all(
    inOrder(1, "copyRecv request", "exclSet 2", "volWrite A2"),
    obtainedFree(1, 2),
    under(1, 2, "volWrite A2"),
  ),
  /** W2 and free(A2) ⇒ SCU2 transfers W2, and only then. */
  secondIsTransferredIfFree: all(
    inOrder(2, "hostRecv 2", "exclSet 2", "relaySend request", "relayRecv request"),
    obtainedFree(2, 2),
    under(2, 2, "relaySend request", "relaySend data"),
  ),
  /** W2 received and free(A1) ⇒ SCU1 obtains exclusive(A1), writes A1. */
  secondIsExclusiveOnFirstArea: all(
    inOrder(2, "relayRecv request", "exclSet 1", "volWrite A1"),
    obtainedFree(2, 1),
    under(2, 1, "volWrite A1", "copySend request"),
  ),
  /** The data of W2 goes to SCU1 after the request, and only if A1 was free for it. */
  secondIsSentWhenFree: all(
    inOrder(2, "relaySend request", "relayRecv request", "exclSet 1", "relaySend data"),
    inOrder(2, "relaySend data", "relayRecv data", "volWrite A1"),
    obtainedFree(2, 1),
    under(2, 1, "relaySend data", "relayRecv data"),
    refusedIsNotSent,
  ),
  /** W2 is written to A2 under exclusive(A2), and only when SCU1 has exclusive(A1) for it. */
  secondIsExclusiveOnSecondArea: all(
    inOrder(2, "exclSet 2", "exclSet 1", "volWrite A2"),
    obtainedFree(2, 1),
    under(2, 1, "volWrite A2"),
    under(2, 2, "volWrite A2"),
  ),
} satisfies Readonly<Record<string, Statement>>;

export type StatementName = keyof typeof statements;
