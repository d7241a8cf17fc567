import { reserve6, testUnitReady } from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import {
  type ActionAnswer,
  NOT_AN_ACTION,
  type UnitAction,
  decodeAnswer,
  encodeAction,
} from "../../lib/scsi/unit-action";
import { Bench, makeNexus } from "./support/bench";
import { diskCommands } from "../../lib/scsi/commands/index";

const nexus = makeNexus("elsewhere", 1001);

function bench(): Bench {
  return new Bench({ commands: diskCommands });
}

function apply({ target }: Bench, bytes: Uint8Array, lun = 0): ActionAnswer[] {
  const answers: ActionAnswer[] = [];
  target.applyAction(lun, bytes, (answer) => answers.push(decodeAnswer(answer)));
  return answers;
}

function commandOf(cdb: Uint8Array, fields: Partial<UnitAction> = {}): Uint8Array {
  const data = new Uint8Array(0);
  const action = { type: "command", nexus, tag: 1, generation: 0, cdb, data } as const;
  return encodeAction({ ...action, ...fields } as UnitAction);
}

describe("an action from elsewhere", () => {
  it.each([
    { name: "no action", bytes: Buffer.from("nonsense") },
    { name: "of a command that is not in the table", bytes: commandOf(Buffer.alloc(6, 0xc0)) },
    { name: "of a command that changes nothing", bytes: commandOf(testUnitReady.encode({})) },
    { name: "of a CDB cut short", bytes: commandOf(Buffer.from([0x55, 0x10, 0, 0, 0, 0])) },
  ])("that is $name is answered, and has no effect", ({ bytes }) => {
    const one = bench();
    const before = one.target.snapshot(0);
    expect(apply(one, bytes)).toEqual([NOT_AN_ACTION]);
    expect(one.target.snapshot(0)).toEqual(before);
  });

  it("at a LUN without a unit is answered", () => {
    expect(apply(bench(), commandOf(reserve6.encode({})), 9)).toEqual([NOT_AN_ACTION]);
  });

  it("[G-17] of another generation is void", () => {
    const one = bench();
    apply(one, encodeAction({ type: "clear-task-set", nexus }));
    expect(apply(one, commandOf(reserve6.encode({})))).toEqual(["void"]);
    expect(one.unit.reservation.holdsSpc2(nexus.name)).toBe(false);
    expect(apply(one, commandOf(reserve6.encode({}), { generation: 1 }))).toEqual(["good"]);
    expect(one.unit.reservation.holdsSpc2(nexus.name)).toBe(true);
  });

  it.each([1, 2, 3])(
    "[G-17] is answered alike by two replicas, whatever it is (seed %i)",
    (seed) => {
      const prng = new Prng(seed);
      const [one, other] = [bench(), bench()];
      other.nexus("somebody");
      const rows = diskCommands.filter(({ apply: applies }) => applies !== undefined);
      const goods = new Set<string>();
      for (let round = 0; round < 3000; round++) {
        const { row } = prng.pick(rows);
        const cdb = row.encode({}, Buffer.from(prng.bytes(row.length)));
        const data = mangled(prng, prng.pick([0, 4, 16, 24, 24, 60]));
        const { generation } = one.unit;
        const initiator = prng.pick([nexus, makeNexus("second", 1001)]);
        const action = {
          type: "command",
          nexus: initiator,
          tag: 1,
          generation,
          cdb,
          data,
        } as const;
        const bytes = encodeAction(action);
        const answers = [apply(one, bytes), apply(other, bytes)];
        expect(answers[0]).toEqual(answers[1]);
        expect(answers[0]?.length).toBe(1);
        if (answers[0]?.[0] === "good") goods.add(row.name);
      }
      expect(one.target.snapshot(0)).toEqual(other.target.snapshot(0));
      expect(goods.size).toBeGreaterThan(3);
    },
  );
});

/** Bytes as initiators make them: mostly zero, else anything. */
function mangled(prng: Prng, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const density = prng.pick([0, 0.1, 0.5]);
  for (let at = 0; at < length; at++) if (prng.chance(density)) bytes[at] = prng.below(4);
  return bytes;
}
