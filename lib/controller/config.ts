/** What one controller is built from: plain values, checked before they get here. */
import type { BufferPool } from "../base/buffer-pool";
import type { CompletionQueue } from "../block/completion-queue";
import type { IscsiConfig, IscsiPorts } from "../iscsi/config";
import type { MirrorConfig, MirrorPorts } from "../mirror/config";
import type { UnitOptions } from "../scsi/target-device";

export interface ControllerConfig {
  readonly iscsi: IscsiConfig;
  /** `device`: the unit's blocks; of a pair, this side's copy, which the mirror serves. */
  readonly units: readonly Omit<UnitOptions, "access">[];
  /** What the calendar said, in milliseconds since 1970, when the clock of `handle` was 0. */
  readonly calendarMs: number;
  /** One side of a pair, its volumes numbered by LUN; null: a plain target. */
  readonly mirror: MirrorConfig | null;
}

/** What a controller needs from outside and may not reach for itself. */
export interface ControllerPorts extends IscsiPorts {
  /** Where the units' devices put jobs that are done; the controller ends them in its turn. */
  readonly completions: CompletionQueue;
  /** Payload buffers of all units. */
  readonly buffers: BufferPool;
  /** Told of the pair's life and of the steps of its jobs; unset: nobody listens. */
  readonly pair?: Pick<MirrorPorts, "step" | "report">;
}
