/** What one logical unit is built from: the target device has it, the unit takes it. */
import type { BufferPool } from "../base/buffer-pool";
import type { TraceSink } from "../base/trace";
import type { BlockDevice } from "../block/device";
import type { TargetPortGroups } from "./alua";
import type { CommandTable } from "./command-table";
import type { TransportServices } from "./transport";
import type { UnitProfile } from "./unit";
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
  /** Whether the controller of a port, by its RELATIVE TARGET PORT IDENTIFIER, is this one. */
  readonly isOwnPort: (relativeTargetPort: number) => boolean;
  readonly trace: TraceSink;
  readonly transport: TransportServices;
}
