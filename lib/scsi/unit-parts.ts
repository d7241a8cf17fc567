/** What a logical unit is made of: the target device puts it together, `logical-unit` runs it. */
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import type { TargetPortGroups } from "./alua";
import type { CommandTable } from "./command-table";
import type { Calendar } from "./timestamp";
import type { TransportServices } from "./transport";
import type { Unit, UnitProfile } from "./unit";
import type { UnitMemory } from "./unit-memory";
import type { UnitShare } from "./unit-share";

export interface UnitParts {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetUnits: readonly Unit[];
  readonly access: TargetPortGroups;
  readonly share: UnitShare;
  /** Whether the controller of a port, by its RELATIVE TARGET PORT IDENTIFIER, is this one. */
  readonly isOwnPort: (relativeTargetPort: number) => boolean;
  readonly memory: UnitMemory;
  readonly calendar: Calendar;
  readonly trace: TraceSink;
  readonly transport: TransportServices;
}
