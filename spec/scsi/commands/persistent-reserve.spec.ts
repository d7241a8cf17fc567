import {
  persistentReserveInReadKeys,
  readCapacity10,
  release6,
  reserve6,
  write10,
} from "node-scsi-cdb";
import { persistentReserveOutCommands } from "../../../lib/scsi/commands/persistent-reserve-out";
import type { Nexus } from "../../../lib/scsi/nexus";
import { Action, type ListFields, parameterList } from "../support/persistent";
import { BLOCK, type Outcome, SpecUnit } from "../support/unit";

const GOOD = { status: 0, sense: null };
const CONFLICT = { status: 0x18 };
const EXCLUSIVE_ACCESS = 3;
const WRITE_EXCLUSIVE_REGISTRANTS_ONLY = 5;

const readKeys = persistentReserveInReadKeys.encode({ allocationLength: 0xffff });

/** The commands on a whole unit: their way through its gates, and what it tells its nexuses. */
class Cluster {
  readonly unit = new SpecUnit();
  readonly a = this.unit.nexus;
  readonly b = this.unit.login();
  readonly c = this.unit.login();

  out(action: number, nexus: Nexus, fields: ListFields): Outcome {
    const dataOut = parameterList(action, fields);
    const row = persistentReserveOutCommands[action]?.row;
    const { type = 0 } = fields;
    const cdb = row?.encode({ type, parameterListLength: dataOut.length }) as Uint8Array;
    return this.unit.check(cdb, { nexus, dataOut });
  }

  write(nexus: Nexus): Outcome {
    const dataOut = Buffer.alloc(BLOCK);
    return this.unit.check(write10.encode({ blockCount: 1 }), { nexus, dataOut });
  }

  /** What a nexus is told, until it is told nothing more. */
  attentions(nexus: Nexus): string[] {
    const told: string[] = [];
    for (;;) {
      const { sense } = this.unit.check(readCapacity10.encode({}), { nexus });
      if (sense === null) return told;
      told.push(sense);
    }
  }

  /** a, b and c are registered with keys 1, 2 and 3, and a has reserved. */
  static reserved(type: number): Cluster {
    const cluster = new Cluster();
    const { a, b, c } = cluster;
    for (const [index, nexus] of [a, b, c].entries()) {
      const outcome = cluster.out(Action.REGISTER, nexus, { newKey: index + 1 });
      expect(outcome).toMatchObject(GOOD);
    }
    expect(cluster.out(Action.RESERVE, a, { key: 1, type })).toMatchObject(GOOD);
    return cluster;
  }
}

describe("a unit with a persistent reservation", () => {
  it("[SPC-4 table 65] lets the holder write, and ends others' writes with RESERVATION CONFLICT", () => {
    const cluster = Cluster.reserved(EXCLUSIVE_ACCESS);
    expect(cluster.write(cluster.b)).toMatchObject(CONFLICT);
    expect(cluster.write(cluster.a)).toMatchObject(GOOD);
  });

  it("[SPC-4 5.13.11.2.2] tells the other registrants of its release, each once", () => {
    const cluster = Cluster.reserved(WRITE_EXCLUSIVE_REGISTRANTS_ONLY);
    const { a, b, c } = cluster;
    const fields = { key: 1, type: WRITE_EXCLUSIVE_REGISTRANTS_ONLY };
    expect(cluster.out(Action.RELEASE, a, fields)).toMatchObject(GOOD);
    expect([a, b, c].map((nexus) => cluster.attentions(nexus))).toEqual([
      [],
      ["6/2a/04"],
      ["6/2a/04"],
    ]);
  });

  it("[SPC-4 5.13.11.2.4.3] tells who was preempted, and whoever stays what changed", () => {
    const cluster = Cluster.reserved(EXCLUSIVE_ACCESS);
    const { a, b, c } = cluster;
    const fields = { key: 2, newKey: 1, type: WRITE_EXCLUSIVE_REGISTRANTS_ONLY };
    expect(cluster.out(Action.PREEMPT_AND_ABORT, b, fields)).toMatchObject(GOOD);
    expect([a, b, c].map((nexus) => cluster.attentions(nexus))).toEqual([
      ["6/2a/05"],
      [],
      ["6/2a/04"],
    ]);
    expect(cluster.write(a)).toMatchObject(CONFLICT);
    expect(cluster.write(c)).toMatchObject(GOOD);
  });

  it("[SPC-4 5.13.11.2.6] answers PREEMPT AND ABORT of the own key", () => {
    const cluster = Cluster.reserved(EXCLUSIVE_ACCESS);
    const fields = { key: 1, newKey: 1, type: EXCLUSIVE_ACCESS };
    expect(cluster.out(Action.PREEMPT_AND_ABORT, cluster.a, fields)).toMatchObject(GOOD);
    expect(cluster.write(cluster.a)).toMatchObject(GOOD);
  });

  it("[SPC-4 5.13.3] answers RESERVE and RELEASE with GOOD to the holder alone", () => {
    const cluster = Cluster.reserved(EXCLUSIVE_ACCESS);
    for (const row of [reserve6, release6]) {
      expect(cluster.unit.check(row.encode({}), { nexus: cluster.a })).toMatchObject(GOOD);
      expect(cluster.unit.check(row.encode({}), { nexus: cluster.b })).toMatchObject(CONFLICT);
    }
    expect(cluster.write(cluster.a)).toMatchObject(GOOD);
  });
});

describe("a unit that RESERVE holds", () => {
  it("[SPC-2 5.5.1] ends all PERSISTENT RESERVE commands with RESERVATION CONFLICT", () => {
    const cluster = new Cluster();
    const { a, b, unit } = cluster;
    expect(unit.check(reserve6.encode({}))).toMatchObject(GOOD);
    for (const nexus of [a, b]) {
      expect(unit.check(readKeys, { nexus })).toMatchObject(CONFLICT);
      expect(cluster.out(Action.REGISTER, nexus, { newKey: 1 })).toMatchObject(CONFLICT);
    }
    expect(unit.check(release6.encode({}))).toMatchObject(GOOD);
    expect(cluster.out(Action.REGISTER, b, { newKey: 1 })).toMatchObject(GOOD);
    expect(unit.check(readKeys, { nexus: a }).data.subarray(8)).toEqual(
      Buffer.from("0000000000000001", "hex"),
    );
  });
});
