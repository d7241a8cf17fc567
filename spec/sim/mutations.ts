/**
 * Ways to break the world around the protocol on purpose: what a checker does not notice it does
 * not check. Each breaks a promise that the protocol relies on.
 */
import type { Scenario } from "./scenario";
import type { World } from "./world";

export interface Mutation {
  readonly name: string;
  /** What must be caught, as its failure begins or says. */
  readonly isCaughtAs: RegExp;
  /** Where it shows. */
  readonly mode: string;
  readonly scenario: Partial<Scenario>;
  apply(world: World): void;
}

const SIDES = [1, 2] as const;

function eachDisk(world: World, run: (disk: World["sides"][1]["disks"][0]) => void): void {
  for (const side of SIDES) world.sides[side].disks.forEach(run);
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a disk that loses a write it said is done",
    isCaughtAs: /not linearizable|copies differ|no map says/,
    mode: "acknowledge=sync",
    scenario: {},
    apply: (world) => eachDisk(world, (disk) => (disk.faults = { losesWrite: 0.02, isEarly: 0 })),
  },
  {
    name: "a disk that says a write is done before others can see it",
    isCaughtAs: /not linearizable|copies differ|no map says/,
    mode: "acknowledge=sync",
    scenario: {},
    apply: (world) => eachDisk(world, (disk) => (disk.faults = { losesWrite: 0, isEarly: 0.2 })),
  },
  {
    name: "a map that is not kept",
    isCaughtAs: /no map says/,
    mode: "acknowledge=sync",
    scenario: {},
    apply(world) {
      for (const side of SIDES)
        for (const storage of world.sides[side].storages) storage.forgetsMap = true;
    },
  },
  {
    name: "a pair record that is not kept",
    isCaughtAs: /./,
    mode: "acknowledge=sync,faults=crashes",
    scenario: {},
    apply(world) {
      for (const side of SIDES)
        for (const storage of world.sides[side].storages) storage.forgetsRecord = true;
    },
  },
  {
    name: "a clock so slow that a lease never seems to end",
    isCaughtAs: /not linearizable/,
    mode: "acknowledge=sync,faults=cut,survivor=1,onMirrorLoss=go-on,directRead=shared",
    scenario: {
      clocks: [
        { offsetMs: 0, rate: 1 },
        { offsetMs: 0, rate: 0.05 },
      ],
    },
    apply: () => undefined,
  },
];
