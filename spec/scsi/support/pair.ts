/** Two controllers of the same units: target devices with the disk commands and one share. */
import type { Command } from "../../../lib/scsi/command";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { diskCommands } from "../../../lib/scsi/commands/index";
import type { Nexus } from "../../../lib/scsi/nexus";
import type { UnitProfile } from "../../../lib/scsi/unit";
import { Bench } from "./bench";
import { HeldDevice } from "./held-device";
import { OrderedShare } from "./ordered-share";

/** Their relative target ports. */
const PORTS = [1, 1001];

function groups(): TargetPortGroups {
  return new TargetPortGroups(
    PORTS.map((port, index) => ({ tag: index + 1, relativeTargetPorts: [port] })),
  );
}

export class Pair {
  readonly share = new OrderedShare();
  readonly here: Bench;
  readonly there: Bench;
  /** One nexus at each. */
  readonly a: Nexus;
  readonly b: Nexus;

  constructor(options: { commands?: readonly Command[]; profile?: Partial<UnitProfile> } = {}) {
    const [here, there] = PORTS.map((relativeTargetPort) => {
      const device = new HeldDevice({ volatileCache: true });
      const { commands = diskCommands, profile = {} } = options;
      const shared = { share: this.share, access: groups };
      return new Bench({ ...shared, device, commands, profile, relativeTargetPort });
    }) as [Bench, Bench];
    this.share.benches.push(here, there);
    this.here = here;
    this.there = there;
    this.a = here.nexus("a");
    this.b = there.nexus("b");
  }

  /** The state of a unit at each controller, in hexadecimal. */
  states(lun = 0): [string, string] {
    const [here, there] = [this.here, this.there].map(({ target }) =>
      Buffer.from(target.snapshot(lun)).toString("hex"),
    );
    return [here as string, there as string];
  }
}

/** Texts of the unit attentions that wait for a nexus, which are told by this. */
export function attentions(bench: Bench, nexus: Nexus, lun = 0): string[] {
  const texts: string[] = [];
  for (;;) {
    const sense = bench.target.unitAt(lun)?.unitAttentions.take(nexus.id) ?? null;
    if (sense === null) return texts;
    texts.push(sense.code.text);
  }
}
