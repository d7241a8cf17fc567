/** What a logical unit is made of: what the target device has for it. Nothing of it changes. */
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import type { TargetPortGroups } from "./alua";
import type { CommandTable } from "./command-table";
import type { Calendar } from "./timestamp";
import type { TransportServices } from "./transport";
import type { UnitProfile } from "./unit";
import type { UnitMemory } from "./unit-memory";
import type { UnitShare } from "./unit-share";

export interface UnitParts {
  readonly isVacant: boolean;
  readonly profile: UnitProfile;
  readonly device: BlockDevice;
  readonly commands: CommandTable;
  readonly buffers: BufferPool;
  readonly targetLuns: readonly number[];
  readonly access: TargetPortGroups;
  readonly share: UnitShare;
  readonly memory: UnitMemory;
  readonly calendar: Calendar;
  readonly trace: TraceSink;
  readonly transport: TransportServices;
}
