/**
 * Fig. 17 as states and moves: one block, a write "a" by the main side's host and a write "b" by
 * the sub side's, a read on each side, and the crash of a side when asked for. The parameters are
 * the ways in which the text can be read. It shares no code with `lib/mirror`.
 */
import { CRASH, type Model, type Move } from "./explore";
import { readEnd, type Value } from "./one-block";

export interface ExclusionParameters {
  /** When the sub side takes its exclusive state: before it asks the main side, or after. */
  readonly order: "sub-first" | "main-first";
  /** The main side keeps its exclusive state until the sub side's copy is written. */
  readonly mainHold: boolean;
  /** Reads wait while the local volume is exclusive, or never. [0079] */
  readonly reads: "wait" | "local";
  /** The main side's copy waits until the sub's exclusive state is reset. (845) */
  readonly targetWait: boolean;
  /** A denied sub side resets its exclusive state before it stands by. (851) */
  readonly backOff: boolean;
  /** The main side's host is answered before the other copy is written. [0077] */
  readonly asyncMain: boolean;
  /** The main side makes both sides exclusive before it writes either. */
  readonly lockFirst: boolean;
  /** What a sub side does with its write when the main side died and said nothing of it. */
  readonly unknown: "forward" | "discard";
  /** Which side may crash: none, M(ain), S(ub) or both (not at once). */
  readonly crash: "" | "M" | "S" | "MS";
}

export const FIGURE_17: ExclusionParameters = {
  order: "sub-first",
  mainHold: false,
  reads: "wait",
  targetWait: true,
  backOff: true,
  asyncMain: false,
  lockFirst: false,
  unknown: "forward",
  crash: "",
};

type MainWrite =
  | "idle"
  | "begun"
  | "exclusive"
  | "lock-sent"
  | "both-exclusive"
  | "self-of-both"
  | "answered-of-both"
  | "self"
  | "sent"
  | "self-sent"
  | "answered"
  | "ended";
type SubWrite =
  "idle" | "begun" | "asking" | "asked" | "allowed" | "self" | "allowed-free" | "ended";
type Read = "idle" | "begun" | "ended";
type Holder = "" | "a" | "b";

/**
 * Messages, a letter each. To the sub: L lock, W the copy of "a", O "b" is done, E exclusive here.
 * To the main: K locked, D the copy is done, W the relayed "b", F the sub's copy of "b" is written.
 */
interface State {
  readonly main: Value;
  readonly sub: Value;
  readonly mainHolder: Holder;
  readonly subHolder: Holder;
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
  mainHolder: "",
  subHolder: "",
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

/** The end of "a" without the other side. */
function endAlone(state: State): Partial<State> {
  return { a: "ended", mainHolder: "", history: state.history + "a" };
}

/** Both exclusive states first, then both copies. */
function mainWriteLockFirst(state: State, p: ExclusionParameters, add: Add): void {
  const { a, isSubUp, toSub, toMain, history } = state;
  if (a === "exclusive") {
    if (isSubUp) add("A.sendLock", { a: "lock-sent", toSub: toSub + "L" });
    else add("A.alone", { ...endAlone(state), main: "a" });
  }
  if (a === "lock-sent" && !isSubUp) add("A.alone", { ...endAlone(state), main: "a" });
  if (a === "lock-sent" && toMain[0] === "K")
    add("A.locked", { a: "both-exclusive", toMain: toMain.slice(1) });
  if (a === "both-exclusive") add("A.self", { a: "self-of-both", main: "a" });
  if (a === "self-of-both") {
    if (p.asyncMain) add("A.answer", { a: "answered-of-both", history: history + "a" });
    else if (isSubUp) add("A.send", { a: "self-sent", toSub: toSub + "W" });
    else add("A.alone", endAlone(state));
  }
  if (a === "answered-of-both") {
    if (isSubUp) add("A.send", { a: "answered", toSub: toSub + "W" });
    else add("A.alone", { a: "ended", mainHolder: "" });
  }
}

function mainWrite(state: State, p: ExclusionParameters, add: Add): void {
  const { a, isSubUp, toSub, history } = state;
  if (a === "idle") add("A.begin", { a: "begun", history: history + "A" });
  if (a === "begun" && state.mainHolder === "")
    add("A.exclude", { a: "exclusive", mainHolder: "a" });
  if (p.lockFirst) mainWriteLockFirst(state, p, add);
  else if (a === "exclusive") {
    add("A.self", { a: "self", main: "a" });
    if (isSubUp) add("A.send", { a: "sent", toSub: toSub + "W" });
  }
  if (a === "self") {
    if (isSubUp) add("A.send", { a: "self-sent", toSub: toSub + "W" });
    else add("A.alone", endAlone(state));
  }
  if (a === "sent") add("A.self", { a: "self-sent", main: "a" });
  if (a === "self-sent" && !isSubUp) add("A.alone", endAlone(state));
  if (a === "self-sent" && p.asyncMain) add("A.answer", { a: "answered", history: history + "a" });
  if (a === "answered" && !isSubUp) add("A.alone", { a: "ended", mainHolder: "" });
}

function mainReceives(state: State, p: ExclusionParameters, add: Add): void {
  const toMain = state.toMain.slice(1);
  if (state.toMain[0] === "D") {
    if (state.a === "self-sent") add("A.end", { ...endAlone(state), toMain });
    if (state.a === "answered") add("A.end", { a: "ended", mainHolder: "", toMain });
  }
  if (state.toMain[0] === "W") {
    if (state.mainHolder !== "") add("M.deny", { toMain, toSub: state.toSub + "E" });
    else
      add("M.apply b", {
        toMain,
        main: "b",
        mainHolder: p.mainHold ? "b" : "",
        toSub: state.toSub + "O",
      });
  }
  const kept = state.mainHolder === "b" ? "" : state.mainHolder;
  if (state.toMain[0] === "F") add("M.free b", { toMain, mainHolder: kept });
}

function mainMoves(state: State, p: ExclusionParameters, add: Add): void {
  mainWrite(state, p, add);
  mainReceives(state, p, add);
  if (!state.isSubUp && state.mainHolder === "b") add("M.free b of the dead", { mainHolder: "" });
  if (state.mainRead === "idle")
    add("RM.begin", { mainRead: "begun", history: state.history + "M" });
  if (state.mainRead === "begun" && (p.reads === "local" || state.mainHolder === ""))
    add("RM.end", { mainRead: "ended", history: state.history + readEnd("main", state.main) });
}

/** The sub side's exclusive state without "b" in it. */
function withoutB(state: State): Holder {
  return state.subHolder === "b" ? "" : state.subHolder;
}

function subWrite(state: State, p: ExclusionParameters, add: Add): void {
  const { b, subHolder, isMainUp, toMain, toSub, history } = state;
  const end = { b: "ended", subHolder: withoutB(state) } as const;
  if (b === "idle") add("B.begin", { b: "begun", history: history + "B" });
  if (b === "begun" && subHolder === "") {
    if (p.order === "sub-first") add("B.exclude", { b: "asking", subHolder: "b" });
    else add("B.ask", { b: "asking" });
  }
  if (b === "asking") {
    if (isMainUp) add("B.send", { b: "asked", toMain: toMain + "W" });
    else add("B.alone", { ...end, sub: "b", history: history + "b" });
  }
  if (b === "asked" && !isMainUp && !/[OE]/.test(toSub)) {
    if (p.unknown === "forward") add("B.forward", { ...end, sub: "b", history: history + "b" });
    else add("B.discard", { ...end, history: history + "e" });
  }
  if (b === "allowed") add("B.self", { b: "self", sub: "b" });
  if (b === "self") {
    const isTold = p.mainHold && isMainUp;
    add("B.end", { ...end, history: history + "b", toMain: isTold ? toMain + "F" : toMain });
  }
  if (b === "allowed-free" && subHolder === "")
    add("B.exclude late", { b: "allowed", subHolder: "b" });
}

/** The main side's answer to "b" at place `index` of those on their way. */
function subIsAnswered(state: State, p: ExclusionParameters, index: number, add: Add): boolean {
  if (state.b !== "asked") return false;
  const toSub = state.toSub.slice(0, index) + state.toSub.slice(index + 1);
  if (state.toSub[index] === "O")
    add("B.allowed", { b: p.order === "sub-first" ? "allowed" : "allowed-free", toSub });
  if (state.toSub[index] === "E") {
    if (p.backOff) add("B.back off", { b: "begun", toSub, subHolder: withoutB(state) });
    else add("B.ask again", { b: "asking", toSub });
  }
  return state.toSub[index] === "O";
}

function subReceives(state: State, p: ExclusionParameters, add: Add): void {
  const { subHolder, isMainUp, toMain } = state;
  const first = state.toSub[0];
  const toSub = state.toSub.slice(1);
  if (first === "L" && subHolder === "")
    add("S.exclude a", { toSub, subHolder: "a", toMain: isMainUp ? toMain + "K" : toMain });
  const told = isMainUp ? toMain + "D" : toMain;
  if (first === "W" && subHolder === "a")
    add("S.apply a", { toSub, sub: "a", subHolder: "", toMain: told });
  else if (first === "W" && (subHolder === "" || !p.targetWait))
    add("S.apply a", { toSub, sub: "a", toMain: told });
  subIsAnswered(state, p, 0, add);
  if (first !== "W" && first !== "L") return;
  if (subHolder !== "b" || !p.targetWait) return;
  // Answers overtake a copy that waits: each job has its own place for them.
  for (let index = 1; index < state.toSub.length; index++)
    if (subIsAnswered(state, p, index, add)) return;
}

function subMoves(state: State, p: ExclusionParameters, add: Add): void {
  subWrite(state, p, add);
  subReceives(state, p, add);
  if (!state.isMainUp && state.subHolder === "a" && !state.toSub.includes("W"))
    add("S.free a of the dead", { subHolder: "" });
  if (!state.isMainUp && state.toSub[0] === "E" && state.b !== "asked")
    add("S.drop", { toSub: state.toSub.slice(1) });
  if (state.subRead === "idle") add("RS.begin", { subRead: "begun", history: state.history + "S" });
  if (state.subRead === "begun" && (p.reads === "local" || state.subHolder === ""))
    add("RS.end", { subRead: "ended", history: state.history + readEnd("sub", state.sub) });
}

/** A side dies, and with it what it received or its newest message on the way. */
function crashes(state: State, p: ExclusionParameters, add: Add): void {
  if (p.crash.includes("M")) {
    const dead = { isMainUp: false, toMain: "" };
    add(`${CRASH} main`, dead);
    if (state.toSub !== "")
      add(`${CRASH} main and its last message`, { ...dead, toSub: state.toSub.slice(0, -1) });
  }
  if (p.crash.includes("S")) {
    const dead = { isSubUp: false, toSub: "" };
    add(`${CRASH} sub`, dead);
    if (state.toMain !== "")
      add(`${CRASH} sub and its last message`, { ...dead, toMain: state.toMain.slice(0, -1) });
  }
}

export function exclusionModel(changes: Partial<ExclusionParameters>): Model<State> {
  const p = { ...FIGURE_17, ...changes };
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
