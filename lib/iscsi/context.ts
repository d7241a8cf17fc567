/** What the parts of the iSCSI layer share: settings, neighbours and the time. No behaviour. */
import type { TraceSink } from "../base/trace";
import type { DeviceServer } from "../scsi/transport";
import type { IscsiConfig, IscsiPorts } from "./config";
import type { PayloadBudget } from "./payload-budget";
import type { Sessions } from "./sessions";
import type { Deadlines } from "./timers";
import type { KeptBytes } from "./unacknowledged";

export interface Context {
  readonly config: IscsiConfig;
  readonly ports: IscsiPorts;
  readonly trace: TraceSink;
  readonly deviceServer: DeviceServer;
  readonly sessions: Sessions;
  readonly payload: PayloadBudget;
  readonly kept: KeptBytes;
  readonly deadlines: Deadlines;
  /** The time of the input under way. */
  nowMs: number;
  /** No new logins: the target comes to its end. */
  isStopping: boolean;
}
