import {
  INVALID_FIELD_IN_PARAMETER_LIST,
  MEDIUM_NOT_PRESENT,
  UNRECOVERED_READ_ERROR,
} from "node-scsi-cdb";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { nexusName } from "../../lib/scsi/nexus";
import {
  type ActionAnswer,
  NOT_AN_ACTION,
  type UnitAction,
  decodeAction,
  decodeAnswer,
  encodeAction,
  encodeAnswer,
} from "../../lib/scsi/unit-action";
import { makeNexus } from "./support/bench";

const { id: _id, ...nexus } = makeNexus("ünïcode", 0xbeef);

function commandWith(fields: { cdb?: Uint8Array; data?: Uint8Array } = {}): UnitAction {
  const { cdb = Buffer.alloc(10, 0x5f), data = Buffer.from("list") } = fields;
  return { type: "command", nexus, tag: 0xffff_ffff, generation: 0x8000_0001, cdb, data };
}

const ACTIONS: readonly UnitAction[] = [
  commandWith(),
  commandWith({ cdb: Buffer.alloc(6), data: Buffer.alloc(0) }),
  commandWith({ cdb: Buffer.alloc(16, 1), data: Buffer.alloc(limits.parameterListMax, 2) }),
  { type: "reset", nexus, kind: "logical-unit" },
  { type: "reset", nexus, kind: "target-warm" },
  { type: "reset", nexus, kind: "target-cold" },
  { type: "clear-task-set", nexus },
  { type: "nexus-lost", nexus },
  { type: "clear-aca", nexus },
  ...[false, true].map((flag): UnitAction => {
    const [generation, tag] = [0x8000_0001, 0xffff_fffe];
    return { type: "check-condition", nexus, generation, tag, establishes: flag, isAca: !flag };
  }),
  {
    type: "operation-step",
    nexus,
    step: { number: 0xffff_ffff, change: "taken-over", passesDone: 30, blocksDone: 2 ** 40 },
  },
];

describe("a unit action", () => {
  it.each(ACTIONS)("of $type comes out of its bytes as it was", (action) => {
    const decoded = decodeAction(encodeAction(action));
    expect(decoded).toEqual(action);
    expect(decoded?.nexus.name).toBe(nexusName(nexus.initiatorPort, 0xbeef));
  });

  it.each(ACTIONS)("of $type is none with a byte less or a byte more", (action) => {
    const bytes = encodeAction(action);
    expect(decodeAction(bytes.subarray(0, bytes.length - 1))).toBeNull();
    expect(decodeAction(Buffer.concat([bytes, Buffer.alloc(1)]))).toBeNull();
  });

  it.each([
    { name: "no bytes", bytes: Buffer.alloc(0) },
    { name: "another type", bytes: mutated({ type: "nexus-lost", nexus }, 0, 7) },
    { name: "another reset", bytes: mutated({ type: "reset", nexus, kind: "target-cold" }, -1, 3) },
    { name: "a name that is no UTF-8", bytes: mutated({ type: "nexus-lost", nexus }, 5, 0xff) },
    { name: "a CDB too short", bytes: encodeAction(commandWith({ cdb: Buffer.alloc(5) })) },
    { name: "a CDB too long", bytes: encodeAction(commandWith({ cdb: Buffer.alloc(17) })) },
    { name: "names too long", bytes: encodeAction({ type: "nexus-lost", nexus: longNamed() }) },
  ])("is not made of $name", ({ bytes }) => {
    expect(decodeAction(bytes)).toBeNull();
  });

  it.each([1, 2, 3])("is read of any bytes as encoded, or not at all (seed %i)", (seed) => {
    const prng = new Prng(seed);
    let read = 0;
    for (let round = 0; round < 4000; round++) {
      const bytes = Buffer.from(encodeAction(prng.pick(ACTIONS)).subarray(0, 400));
      for (let count = prng.below(3); count > 0; count--) {
        bytes[prng.below(bytes.length)] = prng.below(256);
      }
      const action = decodeAction(bytes);
      if (action === null) continue;
      read++;
      expect(Buffer.compare(encodeAction(action), bytes)).toBe(0);
    }
    expect(read).toBeGreaterThan(0);
  });

  it("with a longer parameter list than the bound is a bug", () => {
    const action = commandWith({ data: Buffer.alloc(limits.parameterListMax + 1) });
    expect(() => encodeAction(action)).toThrow("a parameter list has its bound");
  });
});

describe("an answer", () => {
  it.each<ActionAnswer>([
    "good",
    "conflict",
    "void",
    { code: MEDIUM_NOT_PRESENT },
    { code: MEDIUM_NOT_PRESENT, progress: 17 },
    { code: UNRECOVERED_READ_ERROR, information: 2 ** 40 },
    { code: INVALID_FIELD_IN_PARAMETER_LIST, field: { byte: 300, bit: 5, in: "data" } },
    { code: INVALID_FIELD_IN_PARAMETER_LIST, field: { byte: 4, bit: 0, in: "cdb" } },
  ])("of %j comes out of its bytes as it was", (answer) => {
    expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
  });

  it.each(["", "0000", "03", "0355", "04", "ff"])("of bytes '%s' is a failure of ours", (bytes) => {
    expect(decodeAnswer(Buffer.from(bytes, "hex"))).toBe(NOT_AN_ACTION);
  });

  it("is made of any bytes (seed 4)", () => {
    const prng = new Prng(4);
    for (let round = 0; round < 4000; round++) {
      const bytes = Buffer.from(prng.bytes(prng.below(40)));
      if (bytes.length > 1) {
        bytes[0] = 3;
        bytes[1] = prng.pick([0x70, 0x72, bytes[1] as number]);
      }
      expect(() => encodeAnswer(decodeAnswer(bytes))).not.toThrow();
    }
  });
});

/** The bytes of an action with another value at one place, counted from the end if negative. */
function mutated(action: UnitAction, at: number, value: number): Buffer {
  const bytes = Buffer.from(encodeAction(action));
  bytes[at < 0 ? bytes.length + at : at] = value;
  return bytes;
}

function longNamed(): UnitAction["nexus"] {
  return { ...nexus, initiatorPort: "x".repeat(limits.linkNameMax + 1) };
}
