/** Every statement about a run can fail: each is asked of a run made by hand that breaks it. */
import type { Side } from "../../../lib/mirror/config";
import type { TraceEvent, Write } from "./events";
import { keyOf, Run } from "./events";
import { markedData } from "./recorder";
import type { StatementName } from "./statements";
import { statements } from "./statements";

const BEGIN = ["1 hostRecv 1", "1 exclSet 1"];
const FIRST = [
  ...BEGIN,
  ...["1 copySend request", "1 copySend data", "1 volWrite A1"],
  ...["1 copyRecv request", "1 copyRecv data", "1 exclSet 2", "1 volWrite A2"],
  ...["1 volWritten A1", "1 volWritten A2", "1 exclReset 2", "1 exclReset 1", "1 hostStatus 1"],
];
const SECOND = [
  ...["2 hostRecv 2", "2 exclSet 2", "2 relaySend request", "2 relaySend data"],
  ...["2 relayRecv request", "2 relayRecv data", "2 exclSet 1", "2 volWrite A1"],
  ...["2 volWritten A1", "2 copySend request", "2 copyRecv request", "2 volWrite A2"],
  ...["2 volWritten A2", "2 exclReset 2", "2 hostStatus 2", "2 exclReset 1"],
];
const SENT_BACK = after(
  after(SECOND, "2 copySend request", "2 copySend data"),
  "2 copyRecv request",
  "2 copyRecv data",
);

/** The same where the data follows when SCU1 is exclusive. */
const TWO_PHASES = [
  ...["2 hostRecv 2", "2 exclSet 2", "2 relaySend request", "2 relayRecv request", "2 exclSet 1"],
  ...["2 hostStatus 2", "2 relaySend data", "2 relayRecv data", "2 volWrite A1"],
  ...["2 volWritten A1", "2 copySend request", "2 copyRecv request", "2 volWrite A2"],
  ...["2 volWritten A2", "2 exclReset 2", "2 exclReset 1"],
];

/** W1 and W2 meet in blocks. */
const WRITES: Readonly<Record<string, Write>> = { 1: writeOf(1, 1, 0), 2: writeOf(2, 2, 1) };

function writeOf(id: number, side: Side, lba: number): Write {
  return { id, side, lba, blockCount: 2, nexus: `host ${side}`, data: markedData(id, 2) };
}

/** A line is a write, an event and whatever is wrong with it; or a reservation. */
function played(lines: readonly string[]): Run {
  return new Run(lines.map(eventOf));
}

function eventOf(line: string): TraceEvent {
  const [id = "", type = "", where = "", wrong = ""] = line.split(" ");
  const write = WRITES[id];
  if (write === undefined)
    return { type: "reserved", side: Number(type) as Side, nexus: `host ${where}` };
  const side = Number(where.replace("A", "")) as Side;
  const bytes = Buffer.from(write.data);
  if (wrong === "altered") bytes[700] = 0;
  const data =
    where === "request" ? Buffer.alloc(0) : wrong === "short" ? bytes.subarray(4) : bytes;
  const status = wrong === "refused" ? "reserved" : "ok";
  const lba = wrong === "elsewhere" ? write.lba + 1 : write.lba;
  return { type, side, write, what: where, lba, data, status } as unknown as TraceEvent;
}

function without(lines: readonly string[], ...lost: string[]): string[] {
  return lines.filter((line) => !lost.includes(line));
}

function after(lines: readonly string[], line: string, ...more: string[]): string[] {
  return lines.flatMap((one) => (one === line ? [one, ...more] : [one]));
}

/** The same with one event in front of another. */
function earlier(lines: readonly string[], moved: string, before: string): string[] {
  return without(lines, moved).flatMap((one) => (one === before ? [moved, one] : [one]));
}

function wrong(lines: readonly string[], line: string, how: string): string[] {
  return lines.map((one) => (one === line ? `${one} ${how}` : one));
}

type Broken = [says: StatementName, fault: string, lines: readonly string[]];

const BROKEN: Broken[] = [
  ["firstIsWritten", "no volWrite A1", without(FIRST, "1 volWrite A1")],
  ["firstIsWritten", "2 × volWrite A1", after(FIRST, "1 volWritten A1", "1 volWrite A1")],
  ["firstIsWritten", "A1 has it elsewhere", wrong(FIRST, "1 volWrite A1", "elsewhere")],
  ["firstIsTransferred", "no copySend request", without(FIRST, "1 copySend request")],
  ["firstReachesSecondArea", "no volWrite A2", without(FIRST, "1 volWrite A2")],
  [
    "firstReachesSecondArea",
    "volWrite A2 comes too early",
    earlier(FIRST, "1 volWrite A2", "1 copyRecv request"),
  ],
  ["secondIsTransferred", "no relaySend request", without(SECOND, "2 relaySend request")],
  ["secondIsTransferred", "no relayRecv request", without(SECOND, "2 relayRecv request")],
  [
    "transferredBeforeSecondArea",
    "volWrite A2 comes too early",
    earlier(SECOND, "2 volWrite A2", "2 relaySend request"),
  ],
  [
    "receivedBeforeSecondArea",
    "volWrite A2 comes too early",
    earlier(SECOND, "2 volWrite A2", "2 relayRecv request"),
  ],
  [
    "firstAreaBeforeSecond",
    "volWrite A2 comes too early",
    earlier(SECOND, "2 volWrite A2", "2 volWritten A1"),
  ],
  ["secondIsWrittenToFirstArea", "no volWrite A1", without(SECOND, "2 volWrite A1")],
  [
    "secondIsWrittenToFirstArea",
    "volWrite A1 comes too early",
    earlier(SECOND, "2 volWrite A1", "2 relayRecv request"),
  ],
  ["secondIsTransferredBack", "no copySend request", without(SECOND, "2 copySend request")],
  ["secondIsReceivedBack", "no copyRecv request", without(SECOND, "2 copyRecv request")],
  ["secondReachesSecondArea", "no volWrite A2", without(SECOND, "2 volWrite A2")],
  [
    "secondReachesSecondArea",
    "volWrite A2 comes too early",
    earlier(SECOND, "2 volWrite A2", "2 copyRecv request"),
  ],
  ["connectionOneToFirstArea", "other bytes reach A1", wrong(FIRST, "1 volWrite A1", "altered")],
  ["connectionOneToFirstArea", "other bytes reach A1", wrong(FIRST, "1 volWrite A1", "short")],
  ["firstAreaToUnitTwo", "no copySend data", without(FIRST, "1 copySend data")],
  ["firstAreaToUnitTwo", "no copyRecv data", without(SENT_BACK, "2 copyRecv data")],
  [
    "firstAreaToUnitTwo",
    "other bytes in copyRecv data",
    wrong(FIRST, "1 copyRecv data", "altered"),
  ],
  ["unitTwoToSecondArea", "other bytes reach A2", wrong(FIRST, "1 volWrite A2", "altered")],
  ["unitTwoToSecondArea", "other bytes reach A2", wrong(SECOND, "2 volWrite A2", "altered")],
  ["connectionTwoToUnitOne", "no relaySend data", without(SECOND, "2 relaySend data")],
  [
    "connectionTwoToUnitOne",
    "other bytes in relayRecv data",
    wrong(SECOND, "2 relayRecv data", "altered"),
  ],
  [
    "unitOneToFirstArea",
    "volWrite A1 comes too early",
    earlier(SECOND, "2 volWrite A1", "2 relayRecv data"),
  ],
  ["unitOneToFirstArea", "other bytes reach A1", wrong(SECOND, "2 volWrite A1", "altered")],
  [
    "continuesToSecondArea",
    "other bytes in copySend data",
    wrong(SENT_BACK, "2 copySend data", "altered"),
  ],
  [
    "continuesToSecondArea",
    "copySend request comes too early",
    earlier(SECOND, "2 copySend request", "2 volWrite A1"),
  ],
  ["bytesAreSentBack", "no copySend data", SECOND],
  ["noBytesAreSentBack", "its bytes are sent back", SENT_BACK],
  [
    "refusedIsNotStored",
    "refused, and exclSet 1",
    wrong(without(FIRST, "1 volWrite A1", "1 volWrite A2"), "1 hostStatus 1", "refused"),
  ],
  ["refusedIsNotStored", "refused, and volWrite A1", wrong(SECOND, "2 hostStatus 2", "refused")],
  ["refusedIsNotStored", "refused, and free", ["1 hostRecv 1", "1 hostStatus 1 refused"]],
  ["firstIsExclusiveOnFirstArea", "no exclSet 1", without(FIRST, "1 exclSet 1")],
  ["firstIsExclusiveOnFirstArea", "A1 is reserved", ["reserved 1 1", ...FIRST]],
  [
    "firstIsExclusiveOnFirstArea",
    "A1 is exclusive for write 2 to A2",
    [...SECOND.slice(0, 10), ...FIRST, ...SECOND.slice(10)],
  ],
  [
    "firstIsExclusiveOnFirstArea",
    "volWrite A1 without exclusive(A1)",
    earlier(FIRST, "1 exclReset 1", "1 copySend data"),
  ],
  [
    "firstIsExclusiveOnSecondArea",
    "volWrite A2 comes too early",
    earlier(FIRST, "1 volWrite A2", "1 exclSet 2"),
  ],
  [
    "firstIsExclusiveOnSecondArea",
    "A2 is exclusive for write 2 to A2",
    [...SECOND.slice(0, 4), ...FIRST, ...SECOND.slice(4)],
  ],
  [
    "firstIsExclusiveOnSecondArea",
    "volWrite A2 without exclusive(A2)",
    earlier(FIRST, "1 exclReset 2", "1 volWrite A2"),
  ],
  [
    "secondIsTransferredIfFree",
    "relaySend request comes too early",
    earlier(SECOND, "2 relaySend request", "2 exclSet 2"),
  ],
  ["secondIsTransferredIfFree", "A2 is reserved", ["reserved 2 2", ...SECOND]],
  [
    "secondIsTransferredIfFree",
    "A2 is exclusive for write 1 to A1",
    [...FIRST.slice(0, 8), ...SECOND, ...FIRST.slice(8)],
  ],
  [
    "secondIsTransferredIfFree",
    "relaySend data without exclusive(A2)",
    earlier(SECOND, "2 exclReset 2", "2 relaySend data"),
  ],
  ["secondIsExclusiveOnFirstArea", "no exclSet 1", without(SECOND, "2 exclSet 1")],
  ["secondIsExclusiveOnFirstArea", "A1 is reserved", ["reserved 1 2", ...SECOND]],
  [
    "secondIsExclusiveOnFirstArea",
    "A1 is exclusive for write 1 to A1",
    [...BEGIN, ...SECOND, ...FIRST.slice(BEGIN.length)],
  ],
  [
    "secondIsExclusiveOnFirstArea",
    "copySend request without exclusive(A1)",
    earlier(SECOND, "2 exclReset 1", "2 copySend request"),
  ],
  ["secondIsSentWhenFree", "relaySend data comes too early", SECOND],
  ["secondIsSentWhenFree", "no relayRecv data", without(TWO_PHASES, "2 relayRecv data")],
  ["secondIsSentWhenFree", "A1 is reserved", ["reserved 1 2", ...TWO_PHASES]],
  [
    "secondIsSentWhenFree",
    "relayRecv data without exclusive(A1)",
    earlier(TWO_PHASES, "2 exclReset 1", "2 relayRecv data"),
  ],
  [
    "secondIsSentWhenFree",
    "refused, and relaySend data",
    wrong(TWO_PHASES, "2 hostStatus 2", "refused"),
  ],
  [
    "secondIsExclusiveOnSecondArea",
    "volWrite A2 comes too early",
    earlier(SECOND, "2 volWrite A2", "2 exclSet 1"),
  ],
  ["secondIsExclusiveOnSecondArea", "A1 is reserved", ["reserved 1 2", ...SECOND]],
  [
    "secondIsExclusiveOnSecondArea",
    "volWrite A2 without exclusive(A1)",
    earlier(SECOND, "2 exclReset 1", "2 volWrite A2"),
  ],
  [
    "secondIsExclusiveOnSecondArea",
    "volWrite A2 without exclusive(A2)",
    earlier(SECOND, "2 exclReset 2", "2 volWrite A2"),
  ],
];

describe("statements about a run", () => {
  it("hold where everything is as claimed", () => {
    const isOfTransfer = (name: string): boolean => /BytesAreSentBack|SentWhenFree$/i.test(name);
    for (const run of [played([...FIRST, ...SECOND]), played([...FIRST, ...SENT_BACK])])
      for (const [name, statement] of Object.entries(statements))
        if (!isOfTransfer(name)) expect([name, statement(run)]).toEqual([name, null]);
    expect(statements.bytesAreSentBack(played(SENT_BACK))).toBeNull();
    expect(statements.noBytesAreSentBack(played(SECOND))).toBeNull();
    expect(statements.secondIsSentWhenFree(played(TWO_PHASES))).toBeNull();
  });

  it.each(BROKEN)("%s fails: %s", (name, fault, lines) => {
    expect(statements[name](played(lines)) ?? "it holds").toContain(fault);
  });

  it("have each a run that breaks them", () => {
    const broken = new Set(BROKEN.map(([name]) => name));
    expect([...broken].sort()).toEqual(Object.keys(statements).sort());
  });

  it("read every line of a run as the event it names", () => {
    const run = played(SENT_BACK);
    expect(run.events.map((event) => `2 ${keyOf(event) ?? ""}`)).toEqual(SENT_BACK);
  });
});
