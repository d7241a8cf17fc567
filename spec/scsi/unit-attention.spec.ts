import {
  BUS_DEVICE_RESET_FUNCTION_OCCURRED as UNIT_RESET,
  CAPACITY_DATA_HAS_CHANGED as CAPACITY,
  I_T_NEXUS_LOSS_OCCURRED as NEXUS_LOSS,
  MODE_PARAMETERS_CHANGED as MODE,
  POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED as POWER_ON,
  SCSI_BUS_RESET_OCCURRED as HARD_RESET,
  type SenseCode,
} from "node-scsi-cdb";
import { limits } from "../../lib/base/limits";
import type { Nexus } from "../../lib/scsi/nexus";
import { UnitAttentions } from "../../lib/scsi/unit-attention";
import { makeNexus } from "./support/bench";

function told(attentions: UnitAttentions, nexus: Nexus): string[] {
  const texts: string[] = [];
  for (;;) {
    const sense = attentions.take(nexus.id);
    if (sense === null) return texts;
    texts.push(sense.code.text);
  }
}

function afterPowerOn(...names: string[]): { attentions: UnitAttentions; nexuses: Nexus[] } {
  const attentions = new UnitAttentions();
  const nexuses = names.map((name) => makeNexus(name));
  for (const nexus of nexuses) {
    attentions.nexusEstablished(nexus);
    attentions.take(nexus.id);
  }
  return { attentions, nexuses };
}

describe("a new nexus", () => {
  it("[SAM-5 5.14] is told of the power on once", () => {
    const attentions = new UnitAttentions();
    const nexus = makeNexus("a");
    attentions.nexusEstablished(nexus);
    expect(told(attentions, nexus)).toEqual([POWER_ON.text]);
  });

  it("[SAM-5 6.3.4] is told of the loss when its ports had one before, and of nothing else", () => {
    const { attentions, nexuses } = afterPowerOn("a");
    const before = nexuses[0] as Nexus;
    attentions.establish(before.id, { code: MODE });
    attentions.nexusLost(before);
    const back = makeNexus("a");
    attentions.nexusEstablished(back);
    expect(told(attentions, back)).toEqual([NEXUS_LOSS.text]);
  });

  it("is told of the power on if it left before it could be told", () => {
    const attentions = new UnitAttentions();
    const before = makeNexus("a");
    attentions.nexusEstablished(before);
    attentions.nexusLost(before);
    const back = makeNexus("a");
    attentions.nexusEstablished(back);
    expect(told(attentions, back)).toEqual([POWER_ON.text]);
  });

  it("is told of the power on again if too many ports have gone since", () => {
    const { attentions, nexuses } = afterPowerOn("first");
    attentions.nexusLost(nexuses[0] as Nexus);
    for (let index = 0; index < limits.nexusesMax; index++) {
      const nexus = makeNexus(`later-${index}`);
      attentions.nexusEstablished(nexus);
      attentions.take(nexus.id);
      attentions.nexusLost(nexus);
    }
    const back = makeNexus("first");
    attentions.nexusEstablished(back);
    expect(told(attentions, back)).toEqual([POWER_ON.text]);
  });
});

describe("conditions that wait", () => {
  const cases: [string, SenseCode[], SenseCode[]][] = [
    ["come in the order of their events", [MODE, CAPACITY], [MODE, CAPACITY]],
    ["never hold one code twice", [MODE, CAPACITY, MODE], [MODE, CAPACITY]],
    ["are cleared by a reset", [MODE, CAPACITY, UNIT_RESET], [UNIT_RESET]],
    ["may follow a reset", [UNIT_RESET, MODE], [UNIT_RESET, MODE]],
    ["contain a narrower reset in a wider one", [HARD_RESET, UNIT_RESET], [HARD_RESET]],
    ["keep what followed the wider reset", [HARD_RESET, MODE, UNIT_RESET], [HARD_RESET, MODE]],
    ["lose a narrower reset to a wider one", [UNIT_RESET, POWER_ON], [POWER_ON]],
    ["hold one reset twice no more than any code", [UNIT_RESET, UNIT_RESET], [UNIT_RESET]],
  ];

  it.each(cases)("[SAM-5 5.14] %s", (_title, events, expected) => {
    const { attentions, nexuses } = afterPowerOn("a");
    const nexus = nexuses[0] as Nexus;
    for (const code of events) attentions.establish(nexus.id, { code });
    expect(told(attentions, nexus)).toEqual(expected.map(({ text }) => text));
  });

  it("become one for everything when they are too many", () => {
    const { attentions, nexuses } = afterPowerOn("a");
    const nexus = nexuses[0] as Nexus;
    for (let index = 0; index <= limits.unitAttentionsMax; index++) {
      attentions.establish(nexus.id, { code: { ...MODE, ascq: index } });
    }
    expect(told(attentions, nexus)).toEqual([POWER_ON.text]);
  });

  it("are of each nexus alone, and an event may spare the one that caused it", () => {
    const { attentions, nexuses } = afterPowerOn("a", "b", "c");
    const [a, b, c] = nexuses as [Nexus, Nexus, Nexus];
    attentions.establishForAll({ code: MODE }, a.name);
    attentions.take(b.id);
    expect([a, b, c].map((nexus) => told(attentions, nexus))).toEqual([[], [], [MODE.text]]);
  });

  it("[G-17] find a nexus by the name that it has at every controller, if it is here", () => {
    const { attentions, nexuses } = afterPowerOn("a", "b");
    const [a, b] = nexuses as [Nexus, Nexus];
    attentions.establishFor(b.name, { code: MODE });
    attentions.establishFor(makeNexus("stranger").name, { code: MODE });
    attentions.nexusLost(a);
    attentions.establishFor(a.name, { code: MODE });
    expect([a, b].map((nexus) => told(attentions, nexus))).toEqual([[], [MODE.text]]);
    expect(attentions.names()).toEqual([b.name]);
  });

  it("are seen by peek and stay", () => {
    const { attentions, nexuses } = afterPowerOn("a");
    const nexus = nexuses[0] as Nexus;
    attentions.establish(nexus.id, { code: MODE });
    expect(attentions.peek(nexus.id)?.code).toBe(MODE);
    expect(told(attentions, nexus)).toEqual([MODE.text]);
    expect(attentions.peek(nexus.id)).toBeNull();
  });

  it("are of no use to a nexus that is not there", () => {
    const { attentions } = afterPowerOn();
    const stranger = makeNexus("stranger");
    attentions.establish(stranger.id, { code: MODE });
    attentions.nexusLost(stranger);
    expect(told(attentions, stranger)).toEqual([]);
  });
});
