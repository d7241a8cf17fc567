import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED,
  MODE_PARAMETERS_CHANGED,
  POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED,
  Status,
} from "node-scsi-cdb";
import { TargetPortGroups } from "../../lib/scsi/alua";
import { ModePages } from "../../lib/scsi/mode-pages/mode-pages";
import type { Nexus } from "../../lib/scsi/nexus";
import type { Task, TaskAttribute } from "../../lib/scsi/task";
import { Bench, cdb, makeNexus } from "./support/bench";
import { HeldDevice } from "./support/held-device";

const WRITE = 0x2a;

/** A WRITE without fault, for faults to be put into. */
interface Stage {
  lun: number;
  attribute: TaskAttribute;
  cdb: Buffer;
  isReadOnly: boolean;
  arrange: ((bench: Bench, nexus: Nexus) => void)[];
}

type Fault = [answer: string, put: (stage: Stage) => void];

/** In the order in which they are answered. */
const FAULTS: readonly Fault[] = [
  ["LOGICAL UNIT NOT SUPPORTED", (stage) => (stage.lun = 9)],
  [
    "BUS DEVICE RESET FUNCTION OCCURRED",
    ({ arrange }) =>
      arrange.push(({ unit }) =>
        unit.unitAttentions.establishForAll({ code: BUS_DEVICE_RESET_FUNCTION_OCCURRED }, null),
      ),
  ],
  [
    "RESERVATION CONFLICT",
    ({ arrange }) => arrange.push(({ unit }) => unit.reservation.reserve(makeNexus("holder").name)),
  ],
  [
    "MODE PARAMETERS CHANGED",
    ({ arrange }) =>
      arrange.push(({ unit }) =>
        unit.unitAttentions.establishForAll({ code: MODE_PARAMETERS_CHANGED }, null),
      ),
  ],
  [
    "LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE",
    ({ arrange }) => arrange.push(({ unit }) => unit.access.set(new Map([[1, "unavailable"]]))),
  ],
  ["INVALID COMMAND OPERATION CODE", (stage) => (stage.cdb[0] = 0x42)],
  ["INVALID MESSAGE ERROR", (stage) => (stage.attribute = "aca")],
  ["INVALID FIELD IN CDB 6:5", (stage) => (stage.cdb[6] = 0x21)],
  ["MEDIUM NOT PRESENT", ({ arrange }) => arrange.push((b) => (b.unit.isMediumPresent = false))],
  [
    "LOGICAL UNIT NOT READY, INITIALIZING COMMAND REQUIRED",
    ({ arrange }) => arrange.push((b) => (b.unit.isStopped = true)),
  ],
  ["WRITE PROTECTED", (stage) => (stage.isReadOnly = true)],
  ["INVALID FIELD IN CDB", (stage) => stage.cdb.writeUInt32BE(13, 2)],
];

/** The ports of two controllers. */
function pairedPorts(): TargetPortGroups {
  return new TargetPortGroups([
    { tag: 1, relativeTargetPorts: [1] },
    { tag: 2, relativeTargetPorts: [1001] },
  ]);
}

function answerOf({ status, sense }: Task): string {
  if (status === Status.RESERVATION_CONFLICT) return "RESERVATION CONFLICT";
  if (sense === null) return "none";
  const { field } = sense;
  return sense.code.text + (field === undefined ? "" : ` ${field.byte}:${field.bit}`);
}

/** How a WRITE with these faults is answered; `none` when it passes. */
function answerTo(...faults: readonly Fault[]): string {
  const stage: Stage = {
    lun: 0,
    attribute: "simple",
    cdb: cdb(WRITE, 1, 1),
    isReadOnly: false,
    arrange: [],
  };
  for (const [, put] of faults) put(stage);
  const bench = new Bench({ profile: { readOnly: stage.isReadOnly }, access: pairedPorts });
  const nexus = bench.nexus("a");
  for (const arrange of stage.arrange) arrange(bench, nexus);
  return answerOf(bench.send(nexus, stage.cdb, stage));
}

const PAIRS = FAULTS.flatMap((first, index) =>
  FAULTS.slice(index + 1).map((second): [string, string, Fault, Fault] => [
    first[0],
    second[0],
    first,
    second,
  ]),
);

describe("the gates", () => {
  it("let a command without fault pass", () => {
    expect(answerTo()).toBe("none");
  });

  it.each(FAULTS)("answer %s", (answer, put) => {
    expect(answerTo([answer, put])).toBe(answer);
  });

  it.each(PAIRS)("[SAM-5 5.3.3] answer %s before %s", (answer, _later, first, second) => {
    expect(answerTo(first, second)).toBe(answer);
  });
});

describe("a unit attention", () => {
  it("[SAM-5 5.14] is cleared as it is reported", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a", true);
    const answers = [0, 0].map((opcode) => answerOf(bench.send(nexus, cdb(opcode))));
    expect(answers).toEqual([POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED.text, "none"]);
  });

  it("[SAM-5 5.14] does not stop INQUIRY and its like, and still waits after them", () => {
    const bench = new Bench();
    const nexus = bench.nexus("a", true);
    expect(answerOf(bench.send(nexus, cdb(0x12)))).toBe("none");
    expect(answerOf(bench.send(nexus, cdb(0x00)))).toBe(
      POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED.text,
    );
  });
});

describe("a command that is not supported", () => {
  it.each([
    ["an operation code in no row", [0x13, 0], "INVALID COMMAND OPERATION CODE"],
    ["a row that the unit does not support", [0x42, 0], "INVALID COMMAND OPERATION CODE"],
    ["a service action in no row", [0x9e, 0x11], "INVALID FIELD IN CDB 1:4"],
  ])("[SPC-4 4.3.4] by %s", (_title, [opcode = 0, serviceAction = 0], answer) => {
    const bench = new Bench();
    const bytes = cdb(opcode);
    bytes[1] = serviceAction;
    expect(answerOf(bench.send(bench.nexus("a"), bytes))).toBe(answer);
  });
});

describe("what cannot be written", () => {
  afterEach(() => jest.restoreAllMocks());

  it("[SBC-4 4.11] is a unit on a device that cannot, whatever its profile says", () => {
    const bench = new Bench({ device: new HeldDevice({ readOnly: true }) });
    expect(answerOf(bench.send(bench.nexus("a"), cdb(WRITE, 1, 1)))).toBe("WRITE PROTECTED");
  });

  it("[SPC-4 7.5.8] is also a unit whose Control mode page says so (SWP)", () => {
    jest.spyOn(ModePages.prototype, "isWriteProtected", "get").mockReturnValue(true);
    const bench = new Bench();
    expect(answerOf(bench.send(bench.nexus("a"), cdb(WRITE, 1, 1)))).toBe("WRITE PROTECTED");
  });

  it("[SBC-4 4.11] may be read", () => {
    const bench = new Bench({ device: new HeldDevice({ readOnly: true }) });
    expect(answerOf(bench.send(bench.nexus("a"), cdb(0x28, 1, 1)))).toBe("none");
  });
});

describe("a reserved unit", () => {
  it("[SPC-2 5.5.1] runs all commands of its holder", () => {
    const bench = new Bench();
    const holder = bench.nexus("holder");
    bench.send(holder, cdb(0x16));
    expect(answerOf(bench.send(holder, cdb(WRITE, 1, 1)))).toBe("none");
  });
});
