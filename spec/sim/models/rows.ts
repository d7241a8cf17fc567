/**
 * The ways to read the patent's text, each with what must come of it. The rows that fail are as
 * much a requirement as those that hold: a checker that misses one sees nothing.
 */
import { exclusionModel, type ExclusionParameters } from "./exclusion";
import type { Fault, Model } from "./explore";
import { relayingModel, type RelayingParameters } from "./relaying";

export interface Row<S> {
  readonly row: string;
  readonly says: string;
  readonly model: Model<S>;
  readonly stateCount: number;
  readonly faults: readonly Fault[];
}

function exclusion(
  row: string,
  says: string,
  changes: Partial<ExclusionParameters>,
  stateCount: number,
  ...faults: Fault[]
): Row<ReturnType<typeof exclusionModel>["initial"]> {
  return { row, says, model: exclusionModel(changes), stateCount, faults };
}

function relaying(
  row: string,
  says: string,
  changes: Partial<RelayingParameters>,
  stateCount: number,
  ...faults: Fault[]
): Row<ReturnType<typeof relayingModel>["initial"]> {
  return { row, says, model: relayingModel(changes), stateCount, faults };
}

const LOCKED = { asyncMain: true, lockFirst: true };

/** Fig. 17 and its variations. F7 is how the engine does it. */
export const EXCLUSION_ROWS = [
  exclusion("F1", "Fig. 17, reads wait while the volume is exclusive", {}, 44173),
  exclusion("F2", "reads never wait", { reads: "local" }, 60209, "NON-LINEARIZABLE"),
  exclusion("F3", "no back-off (851)", { backOff: false }, 44173, "LIVELOCK"),
  exclusion(
    "F4",
    "the main side does not wait for the sub's exclusive state (845)",
    { targetWait: false },
    56419,
    "DIVERGED",
    "NON-LINEARIZABLE",
  ),
  exclusion(
    "F5",
    "exclusive-sub after the grant, exclusive-main until the main copy is written",
    { order: "main-first" },
    65249,
    "DIVERGED",
    "NON-LINEARIZABLE",
  ),
  exclusion(
    "F6",
    "exclusive-sub after the grant, exclusive-main until the sub copy is written",
    { order: "main-first", mainHold: true },
    41639,
  ),
  exclusion(
    "F7",
    "Fig. 17, exclusive-main until the sub copy is written",
    { mainHold: true },
    37117,
  ),
  exclusion(
    "F8",
    "answered before the other side is exclusive",
    { asyncMain: true },
    62306,
    "NON-LINEARIZABLE",
  ),
  exclusion("F9", "answered when both sides are exclusive", LOCKED, 40005),
  exclusion("F9b", "both sides exclusive first", { lockFirst: true }, 39111),
  exclusion("F10", "the main side crashes, the sub's write goes forward", { crash: "M" }, 104476),
  exclusion(
    "F11",
    "the main side crashes, the sub's write is discarded",
    { crash: "M", unknown: "discard" },
    114942,
    "NON-LINEARIZABLE",
  ),
  exclusion("F12", "the sub side crashes", { crash: "S" }, 111514),
  exclusion("F13", "either side crashes", { crash: "MS" }, 171817),
  exclusion("F14", "F7 and either side crashes", { crash: "MS", mainHold: true }, 166803),
  exclusion("F15", "F9 and the other side crashes", { ...LOCKED, crash: "S" }, 108300),
  exclusion(
    "F16",
    "F9 and the side that answered crashes",
    { ...LOCKED, crash: "M" },
    106265,
    "NON-LINEARIZABLE",
  ),
  exclusion(
    "F17",
    "F7, the main side crashes, the sub's write is discarded",
    { crash: "M", mainHold: true, unknown: "discard" },
    94948,
  ),
  exclusion(
    "F18",
    "both sides exclusive first, exclusive-main held, either side crashes",
    { crash: "MS", mainHold: true, lockFirst: true },
    164649,
  ),
];

const LOCAL = { overlapTest: false, intent: false };

/** The first and second example. R16 is how the engine does it. */
export const RELAYING_ROWS = [
  relaying("R1", "the sub side is told first; overlapping reads are relayed", {}, 51039),
  relaying("R2", "the sub side is not told", { intent: false }, 40489, "NON-LINEARIZABLE"),
  relaying(
    "R3",
    "sub reads are local, main reads do not wait",
    { overlapTest: false },
    41121,
    "NON-LINEARIZABLE",
  ),
  relaying("R4", "sub reads are local, main reads wait", { ...LOCAL, mainWait: true }, 29261),
  relaying("R5", "R1, answered at the end of JOB2", { atJobTwo: true }, 52104),
  relaying("R5b", "R5 and main reads wait", { atJobTwo: true, mainWait: true }, 38665),
  relaying("R6", "writes of a block at once, messages in order", { serial: false }, 82283),
  relaying(
    "R7",
    "writes of a block at once, messages in any order",
    { serial: false, reorder: true },
    186355,
    "NON-LINEARIZABLE",
    "DIVERGED",
  ),
  relaying("R8", "one write of a block, messages in any order", { reorder: true }, 88323),
  relaying(
    "R9",
    "answered before it is relayed (Fig. 9)",
    { asyncRelay: true },
    84056,
    "NON-LINEARIZABLE",
  ),
  relaying("R10", "R1 and the main side crashes", { crash: "M" }, 138816, "NON-LINEARIZABLE"),
  relaying("R11", "main reads wait, main crash", { crash: "M", mainWait: true }, 111824),
  relaying("R12", "main reads wait, either crash", { crash: "MS", mainWait: true }, 247037),
  relaying(
    "R13",
    "R12, answered at the end of JOB2",
    { crash: "MS", mainWait: true, atJobTwo: true },
    215298,
  ),
  relaying(
    "R14",
    "R12, the sub side discards what is unknown",
    { crash: "MS", mainWait: true, unknown: "discard" },
    261079,
  ),
  relaying("R15", "R4 and either crash", { ...LOCAL, crash: "MS", mainWait: true }, 139763),
  relaying(
    "R16",
    "R15, answered at the end of JOB2",
    { ...LOCAL, crash: "MS", mainWait: true, atJobTwo: true },
    121480,
  ),
];
