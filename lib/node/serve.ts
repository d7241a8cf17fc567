/**
 * One running target: portals, stores, the controller and the loop between them, put together and
 * taken apart again. Signals, exit codes and standard output are `main.ts`'s.
 */
import { BufferPool } from "../base/buffer-pool";
import { limits } from "../base/limits";
import { CompletionQueue } from "../block/completion-queue";
import { Controller } from "../controller/controller";
import { monotonicMs } from "./clock";
import { crc32c } from "./crc32c";
import { entropy, hash } from "./entropy";
import { formatAddress } from "./formats";
import type { Log } from "./log";
import { Portals } from "./portal";
import type { Settings } from "./settings";
import { openStores, type Stores } from "./stores";
import { controllerConfigOf } from "./target-config";
import { Turn } from "./turn";

/** What is said on standard output when initiators may come. */
export interface Ready {
  readonly event: "ready";
  readonly portals: readonly string[];
  readonly target: string;
  readonly luns: readonly number[];
  readonly pid: number;
}

export interface Running {
  readonly ready: Ready;
  /** Asks initiators to leave, ends what is in flight, flushes and closes; bounded in time. */
  stop(): Promise<void>;
}

/** Beyond the time for log-out: the closing of sockets. */
const STOP_MARGIN_MS = 3000;

/**
 * Ports first, stores second: a port in use is found before a store is made.
 * @throws SettingsError in a sentence; then no port is taken and no store touched.
 */
export async function serve(
  settings: Settings,
  options: { log: Log; creator: string },
): Promise<Running> {
  const { log, creator } = options;
  const portals = await Portals.open(settings.listen);
  const completions = new CompletionQueue();
  let stores: Stores;
  try {
    const report = (lun: number, detail: string): void => {
      log.trace({ type: "device-error", lun, detail });
    };
    stores = openStores(settings, { completions, wake: () => turn.wake(), creator, report });
  } catch (error) {
    portals.close();
    throw error;
  }
  const { addresses } = portals;
  const controller = new Controller(controllerConfigOf(settings, addresses, stores.units), {
    ...{ entropy, hash, crc32c, trace: log.trace, completions },
    buffers: new BufferPool({
      limit: limits.payloadMax,
      waitersMax: limits.tasksPerUnitMax * settings.units.length,
    }),
  });
  let whenIdle: (() => void) | null = null;
  const turn = new Turn({
    driven: controller,
    now: monotonicMs,
    perform: (effect) => portals.perform(effect),
    afterTurn: () => {
      if (whenIdle !== null && controller.isIdle) whenIdle();
    },
  });
  portals.start((input) => turn.deliver(input));

  const stop = async (): Promise<void> => {
    portals.stopAccepting();
    await new Promise<void>((resolve) => {
      whenIdle = resolve;
      setTimeout(resolve, settings.logoutTimeoutMs + STOP_MARGIN_MS).unref();
      turn.deliver({ type: "stop" });
    });
    portals.close();
    await stores.close();
    turn.close();
  };
  const ready: Ready = {
    event: "ready",
    portals: addresses.map(formatAddress),
    target: settings.iqn,
    luns: settings.units.map((unit) => unit.lun),
    pid: process.pid,
  };
  return { ready, stop };
}
