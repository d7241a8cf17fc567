/** Two storage control units whole, link and pair included, over paths in memory. */
import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import { CompletionQueue } from "../../lib/block/completion-queue";
import { Job } from "../../lib/block/job";
import type { JobOp, JobStatus } from "../../lib/block/job";
import type { MirrorOptions, PairStorage, Side } from "../../lib/mirror/config";
import { mapLengthOf } from "../../lib/mirror/dirty-map";
import type { LinkInput, Path } from "../../lib/mirror/link-events";
import { StorageControlUnit } from "../../lib/mirror/storage-control-unit";
import { commandNumber, sideOf } from "../../lib/mirror/steps";
import { MemoryStore } from "../../lib/store/memory-store";
import { OPTIONS } from "./support/options";

const BLOCK = 512;
const GEOMETRY = { blockSize: BLOCK, blockCount: 4096 };
const TIMING = { heartbeatMs: 100, leaseMs: 1000, driftMs: 50, peerWaitMs: 5000 };

class Storage implements PairStorage {
  record: Uint8Array = new Uint8Array(0);
  map = new Uint8Array(mapLengthOf(GEOMETRY));

  saveRecord(record: Uint8Array): boolean {
    this.record = Uint8Array.from(record);
    return true;
  }

  saveMap(offset: number, bytes: Uint8Array): boolean {
    this.map.set(bytes, offset);
    return true;
  }
}

/** A unit and what is around it. */
interface End {
  readonly unit: StorageControlUnit;
  readonly completions: CompletionQueue;
  readonly store: MemoryStore;
  readonly inputs: LinkInput[];
  readonly applied: string[];
}

class Both {
  readonly ends: readonly [End, End];
  readonly steps: number[] = [];
  readonly commands = new Set<number>();
  nowMs = 0;
  /** What ends an action that is being applied; null: it ends at once. */
  applying: (() => void)[] | null = null;
  #arePathsUp = false;

  readonly #seed: number;

  constructor(
    options: Partial<MirrorOptions> = {},
    volumeNumbers: readonly number[] = [0],
    seed = 0,
  ) {
    this.#seed = seed;
    this.ends = [this.#end(1, options, volumeNumbers), this.#end(2, options, volumeNumbers)];
    for (const { unit } of this.ends) unit.start(0);
  }

  connect(): void {
    this.#arePathsUp = true;
    for (const path of ["out", "in"] as const) {
      for (const { inputs } of this.ends) inputs.push({ type: "path-up", path });
    }
    this.settle();
  }

  disconnect(): void {
    this.#arePathsUp = false;
    for (const end of this.ends) {
      end.inputs.length = 0;
      for (const path of ["out", "in"] as const) {
        end.unit.handle({ type: "path-down", path }, this.nowMs);
      }
    }
    this.settle();
  }

  /** All that is to happen now, happens. */
  settle(): void {
    for (let isIdle = false; !isIdle;) {
      isIdle = true;
      for (const [index, end] of this.ends.entries()) {
        for (const input of end.inputs.splice(0)) {
          end.unit.handle(input, this.nowMs);
          isIdle = false;
        }
        end.completions.run();
        end.unit.invariants();
        const other = this.ends[1 - index] as End;
        end.unit.drain((effect) => {
          isIdle = false;
          if (effect.type === "path-close") return void this.#closed(end, effect.path);
          const chunk = Uint8Array.from(Buffer.concat(effect.chunks));
          end.inputs.push({ type: "path-sent", count: 1 });
          if (this.#arePathsUp) other.inputs.push({ type: "path-bytes", chunk, lease: null });
        });
      }
    }
  }

  pass(ms: number): void {
    for (const until = this.nowMs + ms; this.nowMs < until;) {
      this.nowMs += 50;
      for (const { unit } of this.ends) unit.time(this.nowMs);
      this.settle();
    }
  }

  host(
    end: End,
    op: JobOp,
    lba: number,
    value = 0,
    volume = 0,
  ): { status: JobStatus | null; data: Uint8Array } {
    const data = new Uint8Array(op === "flush" ? 0 : BLOCK).fill(value);
    const result: { status: JobStatus | null; data: Uint8Array } = { status: null, data };
    const job = new Job({
      op,
      lba,
      blockCount: op === "flush" ? 0 : 1,
      data: op === "flush" ? [] : [data],
      onDone: ({ status }) => (result.status = status),
    });
    end.unit.volume(volume).submit(job);
    this.settle();
    return result;
  }

  contentOf({ store, completions }: End): Uint8Array {
    const { blockCount } = GEOMETRY;
    const data = new Uint8Array(blockCount * BLOCK);
    store.submit(
      new Job({ op: "read", lba: 0, blockCount, data: [data], onDone: () => undefined }),
    );
    completions.run();
    return data;
  }

  standings(): string[] {
    return this.ends.map(({ unit }) => unit.status()[0]?.standing ?? "");
  }

  #closed(end: End, path: Path): void {
    end.inputs.push({ type: "path-down", path });
  }

  #end(side: Side, options: Partial<MirrorOptions>, volumeNumbers: readonly number[]): End {
    const completions = new CompletionQueue();
    const prng = new Prng(this.#seed + side);
    const stores = volumeNumbers.map(
      () => new MemoryStore({ geometry: GEOMETRY, identity: new Uint8Array(16), completions }),
    );
    const applied: string[] = [];
    const unit = new StorageControlUnit(
      {
        side,
        firstMain: 1,
        survivor: 1,
        options: { ...OPTIONS, ...options },
        timing: TIMING,
        volumes: volumeNumbers.map((number, index) => ({
          number,
          device: stores[index] as MemoryStore,
          isNew: true,
          storage: new Storage(),
        })),
      },
      {
        crc32c,
        completions,
        entropy: (length) => prng.bytes(length),
        step: (_volume, command, _job, step) => {
          this.steps.push(step);
          this.commands.add(command);
        },
        report: () => undefined,
        isReserved: () => false,
        unitState: {
          apply: (_volume, action, done) => {
            applied.push(Buffer.from(action).toString());
            if (this.applying === null) done(action);
            else this.applying.push(() => done(action));
          },
          agree: (own) => own,
          snapshot: () => Buffer.from(applied.join(",")),
          restore: (_volume, snapshot) => {
            const text = Buffer.from(snapshot).toString();
            applied.splice(0, applied.length, ...(text === "" ? [] : text.split(",")));
          },
        },
        accessChanged: () => undefined,
      },
    );
    return { unit, completions, store: stores[0] as MemoryStore, inputs: [], applied };
  }
}

function paired(
  options: Partial<MirrorOptions> = {},
  volumes: readonly number[] = [0],
  seed = 0,
): Both {
  const both = new Both(options, volumes, seed);
  both.connect();
  both.pass(1000);
  return both;
}

describe("two storage control units", () => {
  it("[G-01 G-02 S8-2] serve both sides' hosts with one volume over two copies", () => {
    const both = paired();
    const [one, two] = both.ends;
    expect(both.standings()).toEqual(["mirrored", "mirrored"]);
    expect(both.host(one, "write", 1, 11).status).toBe("ok");
    expect(both.host(two, "write", 2, 22).status).toBe("ok");
    expect(both.host(two, "read", 1).data[0]).toBe(11);
    expect(both.host(one, "read", 2).data[0]).toBe(22);
    expect(both.host(two, "flush", 0).status).toBe("ok");
    expect(Buffer.compare(both.contentOf(one), both.contentOf(two))).toBe(0);
  });

  it("[G-09 O-02 O-03] do so in every one of the examples", () => {
    for (const example of ["communication", "sub-relay", "symmetric"] as const) {
      const both = paired({ example });
      const [one, two] = both.ends;
      expect(both.host(two, "write", 7, 3).status).toBe("ok");
      expect(both.host(one, "read", 7).data[0]).toBe(3);
    }
  });

  it("keep several volumes apart", () => {
    const both = paired({}, [0, 5]);
    const [one, two] = both.ends;
    expect(both.host(one, "write", 1, 9, 5).status).toBe("ok");
    expect(both.host(two, "read", 1, 0, 5).data[0]).toBe(9);
    expect(both.host(two, "read", 1, 0, 0).data[0]).toBe(0);
    expect(one.unit.status().map(({ number }) => number)).toEqual([0, 5]);
  });

  it("[A16 invariant 29] lose each other: one goes on, the other refuses, and they meet again", () => {
    const both = paired();
    const [one, two] = both.ends;
    both.disconnect();
    const waiting = both.host(one, "write", 3, 33);
    expect(waiting.status).toBe(null);
    both.pass(3000);
    expect(both.standings()).toEqual(["alone", "blocked"]);
    expect(waiting.status).toBe("ok");
    expect(both.host(two, "read", 3).status).toBe("unavailable");
    both.connect();
    both.pass(3000);
    expect(both.standings()).toEqual(["mirrored", "mirrored"]);
    expect(both.host(two, "read", 3).data[0]).toBe(33);
    expect(Buffer.compare(both.contentOf(one), both.contentOf(two))).toBe(0);
  });

  it("[4.9] apply what changes reservations on both sides, and hand it over at joining", () => {
    const both = new Both();
    const [one, two] = both.ends;
    both.connect();
    both.pass(1000);
    const answers: unknown[] = [];
    two.unit.propose(0, Buffer.from("a"), (answer) => answers.push(answer));
    both.settle();
    one.unit.propose(0, Buffer.from("b"), (answer) => answers.push(answer));
    both.settle();
    expect(answers).toHaveLength(2);
    both.disconnect();
    both.pass(3000);
    one.unit.propose(0, Buffer.from("c"), (answer) => answers.push(answer));
    both.connect();
    both.pass(3000);
    expect([one.applied, two.applied]).toEqual([
      ["a", "b", "c"],
      ["a", "b", "c"],
    ]);
  });

  it("[O-04 O-05 4.8] exchange their roles and serve on", () => {
    const both = paired();
    const [one, two] = both.ends;
    const answers: boolean[] = [];
    one.unit.command(0, { type: "swap" }, ({ ok }) => answers.push(ok));
    both.pass(1000);
    expect(answers).toEqual([true]);
    expect(two.unit.status()[0]?.role).toBe("main");
    expect(both.host(one, "write", 1, 5).status).toBe("ok");
    expect(both.host(two, "write", 2, 6).status).toBe("ok");
    expect(both.host(two, "read", 1).data[0]).toBe(5);
    expect(one.unit.accessStates(0).get(1)).toBe("active-optimized");
  });

  it("[O-05 invariant 13] exchange their roles when the action under way has ended", () => {
    const both = paired();
    const [one, two] = both.ends;
    const answers: unknown[] = [];
    both.applying = [];
    one.unit.propose(0, Buffer.from("a"), (answer) => answers.push(answer));
    one.unit.command(0, { type: "swap" }, ({ ok }) => answers.push(ok));
    both.pass(1000);
    expect([answers, two.unit.status()[0]?.role]).toEqual([[], "sub"]);
    for (const end of both.applying.splice(0)) end();
    both.pass(1000);
    expect(answers).toEqual([Buffer.from("a"), true]);
    expect([one.applied, two.applied]).toEqual([["a"], ["a"]]);
  });

  it("stop when nothing is under way, and go down with the link", () => {
    const both = paired();
    const [one, two] = both.ends;
    let isStopped = false;
    two.unit.stop(() => (isStopped = true));
    both.settle();
    expect(isStopped).toBe(true);
    both.pass(3000);
    expect(both.host(one, "write", 1, 1).status).toBe("ok");
  });

  it("give commands other numbers than the processes before them did, with room for many", () => {
    const lives = [0, 100, 200].map((seed) => paired({}, [0], seed));
    for (const both of lives) {
      for (const [side, end] of both.ends.entries()) both.host(end, "write", side, 1);
    }
    const commands = lives.flatMap((both) => [...both.commands]);
    expect([commands.length, new Set(commands).size]).toEqual([6, 6]);
    for (const command of commands) {
      const count = command - commandNumber(sideOf(command), 0);
      expect(count).toBeLessThan(2 ** 47);
      expect(count).toBeGreaterThanOrEqual(0);
    }
  });
});
