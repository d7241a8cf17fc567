/**
 * The first and second example as states and moves: the main side orders every write. One block, a
 * write "a" by the main side's host and a write "b" by the sub side's, a read on each side, and the
 * crash of a side when asked for. It shares no code with `lib/mirror`.
 */
import { CRASH, type Model, type Move } from "./explore";
import { readEnd, type Value } from "./one-block";

export interface RelayingParameters {
  /** The sub side is told of a main side's write first, and has acknowledged that. [0061] */
  readonly intent: boolean;
  /** The main side's reads wait while a write of the block is not on both copies. */
  readonly mainWait: boolean;
  /** A sub side's read goes to the main side while a write is told of; else it is local. */
  readonly overlapTest: boolean;
  /** The host is answered before its write is relayed. (Fig. 9) */
  readonly asyncRelay: boolean;
  /** The main side has one write of a block under way at a time. */
  readonly serial: boolean;
  /** Messages overtake each other. */
  readonly reorder: boolean;
  /** The host is answered when JOB2 has ended, one round trip, not when JOB4 has. */
  readonly atJobTwo: boolean;
  readonly unknown: "forward" | "discard";
  readonly crash: "" | "M" | "S" | "MS";
}

export const TOLD_FIRST: RelayingParameters = {
  intent: true,
  mainWait: false,
  overlapTest: true,
  asyncRelay: false,
  serial: true,
  reorder: false,
  atJobTwo: false,
  unknown: "forward",
  crash: "",
};

type MainWrite = "idle" | "begun" | "told" | "writing" | "copying" | "ended";
type SubWrite = "idle" | "begun" | "relayed" | "answered" | "ended";
type Read = "idle" | "begun" | "relayed" | "ended";

/**
 * Messages, a letter each. To the sub: I of the write "a", a and b the copies, E the end of JOB4,
 * 0 1 2 the data of a relayed read. To the main: J the sub knows of "a", A and B the copies' ends,
 * W the relayed "b", R a relayed read.
 */
interface State {
  readonly main: Value;
  readonly sub: Value;
  /** The writes that the sub side was told of and that it has not yet. */
  readonly pending: "" | "a" | "b" | "ab";
  /** The write that the main side has under way. */
  readonly current: "" | "a" | "b";
  readonly toSub: string;
  readonly toMain: string;
  readonly a: MainWrite;
  readonly b: SubWrite;
  readonly mainRead: Read;
  readonly subRead: Read;
  readonly isMainUp: boolean;
  readonly isSubUp: boolean;
  readonly history: string;
}

const INITIAL: State = {
  main: "0",
  sub: "0",
  pending: "",
  current: "",
  toSub: "",
  toMain: "",
  a: "idle",
  b: "idle",
  mainRead: "idle",
  subRead: "idle",
  isMainUp: true,
  isSubUp: true,
  history: "",
};

type Add = (name: string, changes: Partial<State>) => void;

function pendingWith(pending: State["pending"], write: "a" | "b"): State["pending"] {
  return [...new Set([...pending, write])].sort().join("") as State["pending"];
}

function pendingWithout(pending: State["pending"], write: "a" | "b"): State["pending"] {
  return pending.replace(write, "") as State["pending"];
}

function without(messages: string, index: number): string {
  return messages.slice(0, index) + messages.slice(index + 1);
}

function currentWithout(state: State, write: "a" | "b"): State["current"] {
  return state.current === write ? "" : state.current;
}

function isFree(state: State, p: RelayingParameters): boolean {
  return state.current === "" || !p.serial;
}

function endOfA(state: State): Partial<State> {
  return { a: "ended", current: currentWithout(state, "a"), history: state.history + "a" };
}

function mainWrite(state: State, p: RelayingParameters, add: Add): void {
  const { a, isSubUp, toSub, history } = state;
  const current = p.serial ? "a" : state.current;
  if (a === "idle") add("A.begin", { a: "begun", history: history + "A" });
  if (a === "begun" && isFree(state, p)) {
    if (p.intent && isSubUp) add("A.tell", { a: "told", current, toSub: toSub + "I" });
    else add("A.start", { a: "writing", current });
  }
  if (a === "told" && !isSubUp) add("A.alone", { a: "writing" });
  if (a === "writing") {
    if (isSubUp) add("A.self", { a: "copying", main: "a", toSub: toSub + "a" });
    else add("A.self alone", { ...endOfA(state), main: "a" });
  }
  if (a === "copying" && !isSubUp) add("A.end alone", endOfA(state));
}

/** The ends that the main side takes at any place of those on their way. */
function mainIsAnswered(state: State, index: number, add: Add): void {
  const toMain = without(state.toMain, index);
  const message = state.toMain[index];
  if (message === "J" && state.a === "told") add("A.told", { a: "writing", toMain });
  if (message === "A" && state.a === "copying") add("A.end", { ...endOfA(state), toMain });
  if (message === "B")
    add("M.JOB4 end", {
      toMain,
      current: currentWithout(state, "b"),
      toSub: state.toSub + "E",
    });
}

function mainReceives(state: State, p: RelayingParameters, add: Add): void {
  const canRead = !p.mainWait || state.current === "";
  const reachable = p.reorder ? state.toMain.length : Math.min(1, state.toMain.length);
  for (let index = 0; index < reachable; index++) {
    const toMain = without(state.toMain, index);
    mainIsAnswered(state, index, add);
    if (state.toMain[index] === "W" && isFree(state, p))
      add("M.apply b", {
        toMain,
        main: "b",
        current: p.serial ? "b" : state.current,
        toSub: state.toSub + "b",
      });
    if (state.toMain[index] === "R" && canRead)
      add("M.read", { toMain, toSub: state.toSub + readEnd("main", state.main) });
  }
  // A relay that waits lets the ends of copies overtake it.
  const first = state.toMain[0];
  const isWaiting = (first === "W" && !isFree(state, p)) || (first === "R" && !canRead);
  if (p.reorder || !isWaiting) return;
  for (let index = 1; index < state.toMain.length; index++) mainIsAnswered(state, index, add);
}

function mainMoves(state: State, p: RelayingParameters, add: Add): void {
  mainWrite(state, p, add);
  if (state.current === "b" && !state.isSubUp) add("M.free b of the dead", { current: "" });
  mainReceives(state, p, add);
  if (state.mainRead === "idle")
    add("RM.begin", { mainRead: "begun", history: state.history + "M" });
  if (state.mainRead === "begun" && (!p.mainWait || state.current === ""))
    add("RM.end", { mainRead: "ended", history: state.history + readEnd("main", state.main) });
}

function subWrite(state: State, p: RelayingParameters, add: Add): void {
  const { b, isMainUp, pending, toSub, history } = state;
  if (b === "idle") add("B.begin", { b: "begun", history: history + "B" });
  if (b === "begun") {
    if (isMainUp)
      add("B.relay", {
        b: p.asyncRelay ? "answered" : "relayed",
        pending: pendingWith(pending, "b"),
        toMain: state.toMain + "W",
        history: p.asyncRelay ? history + "b" : history,
      });
    else add("B.alone", { b: "ended", sub: "b", history: history + "b" });
  }
  if ((b === "relayed" || b === "answered") && !isMainUp && toSub === "") {
    const left = pendingWithout(pending, "b");
    const forward = p.unknown === "forward";
    const seen = b === "answered" ? "" : forward ? "b" : "e";
    const sub = forward && pending.includes("b") ? "b" : state.sub;
    add("B.unknown", { b: "ended", sub, pending: left, history: history + seen });
  }
  if (!isMainUp && pending.includes("a") && toSub === "")
    add("S.forget a", { pending: pendingWithout(pending, "a") });
}

function subIsGiven(state: State, p: RelayingParameters, index: number, add: Add): void {
  const { b, pending, history, isMainUp, toMain } = state;
  const toSub = without(state.toSub, index);
  const message = state.toSub[index] as string;
  const told = (letter: string): string => (isMainUp ? toMain + letter : toMain);
  if (message === "I")
    add("S.told a", { toSub, pending: pendingWith(pending, "a"), toMain: told("J") });
  if (message === "a") {
    const left = pendingWithout(pending, "a");
    add("S.apply a", { toSub, sub: "a", pending: left, toMain: told("A") });
  }
  if (message === "b") {
    const isEnd = p.atJobTwo && b === "relayed";
    add("S.apply b", {
      toSub,
      sub: "b",
      pending: pendingWithout(pending, "b"),
      toMain: told("B"),
      b: isEnd ? "ended" : b,
      history: isEnd ? history + "b" : history,
    });
  }
  if (message === "E")
    add("B.end", { toSub, b: "ended", history: b === "relayed" ? history + "b" : history });
  if ("012".includes(message) && state.subRead === "relayed")
    add("RS.end relayed", {
      toSub,
      subRead: "ended",
      history: history + String(Number(message) + 5),
    });
}

function subMoves(state: State, p: RelayingParameters, add: Add): void {
  subWrite(state, p, add);
  const reachable = p.reorder ? state.toSub.length : Math.min(1, state.toSub.length);
  for (let index = 0; index < reachable; index++) subIsGiven(state, p, index, add);
  if (state.subRead === "idle") add("RS.begin", { subRead: "begun", history: state.history + "S" });
  if (state.subRead === "begun") {
    const isUnsure = p.overlapTest && state.pending !== "";
    if (isUnsure && state.isMainUp)
      add("RS.relay", { subRead: "relayed", toMain: state.toMain + "R" });
    if (!isUnsure)
      add("RS.end", { subRead: "ended", history: state.history + readEnd("sub", state.sub) });
  }
  if (state.subRead === "relayed" && !state.isMainUp && !/[012]/.test(state.toSub))
    add("RS.again", { subRead: "begun" });
}

/** A side dies, and with it what it received and any number of its newest messages. */
function crashes(state: State, p: RelayingParameters, add: Add): void {
  if (p.crash.includes("M"))
    for (let kept = 0; kept <= state.toSub.length; kept++)
      add(`${CRASH} main, ${kept} kept`, {
        isMainUp: false,
        toMain: "",
        toSub: state.toSub.slice(0, kept),
      });
  if (p.crash.includes("S"))
    for (let kept = 0; kept <= state.toMain.length; kept++)
      add(`${CRASH} sub, ${kept} kept`, {
        isSubUp: false,
        toSub: "",
        toMain: state.toMain.slice(0, kept),
      });
}

export function relayingModel(changes: Partial<RelayingParameters>): Model<State> {
  const p = { ...TOLD_FIRST, ...changes };
  return {
    initial: INITIAL,
    key: (state) => Object.values(state).join(),
    moves(state) {
      const moves: Move<State>[] = [];
      const add: Add = (name, change) => {
        moves.push({ name, to: { ...state, ...change } });
      };
      if (state.isMainUp) mainMoves(state, p, add);
      if (state.isSubUp) subMoves(state, p, add);
      if (state.isMainUp && state.isSubUp) crashes(state, p, add);
      return moves;
    },
    history: (state) => state.history,
    isFinished: ({ a, b, mainRead, subRead, isMainUp, isSubUp }) =>
      (!isMainUp || (a === "ended" && mainRead === "ended")) &&
      (!isSubUp || (b === "ended" && subRead === "ended")),
    isApart: ({ main, sub, isMainUp, isSubUp }) => isMainUp && isSubUp && main !== sub,
  };
}
