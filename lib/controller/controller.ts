/**
 * One controller, whole: the iSCSI layer above, the device server below, and nothing else. It is
 * one synchronous object: an input runs to completion, what it wants done waits for `drain`. It has
 * no socket, no clock and no randomness, so that a simulator can run several from one seed.
 */
import { unreachable } from "../base/assert";
import type { CompletionQueue } from "../block/completion-queue";
import { IscsiTarget } from "../iscsi/target";
import { diskCommands } from "../scsi/commands/index";
import { TargetDevice } from "../scsi/target-device";
import type { ControllerConfig, ControllerPorts } from "./config";
import type { Effect, Input } from "./events";

/**
 * The jobs of a turn are performed in portions of about so many bytes, and what each gave is sent
 * before the next: buffers come back while the processor's cache still has them.
 */
const PORTION = 256 * 1024;

export class Controller {
  readonly #target: IscsiTarget;
  readonly #completions: CompletionQueue;

  constructor(config: ControllerConfig, ports: ControllerPorts) {
    this.#completions = ports.completions;
    this.#target = new IscsiTarget({ config: config.iscsi, ports });
    const device = new TargetDevice({
      units: config.units,
      commands: diskCommands,
      buffers: ports.buffers,
      trace: ports.trace,
    });
    device.attach(this.#target);
    this.#target.attach(device);
  }

  /** No connection is left: after `stop`, the end. */
  get isIdle(): boolean {
    return this.#target.isIdle;
  }

  /** Takes one input, and one portion of jobs. Never called from within itself. */
  handle(input: Input, nowMs: number): void {
    switch (input.type) {
      case "connected":
      case "disconnected":
      case "bytes":
      case "sent":
        this.#target.handle(input, nowMs);
        break;
      case "time":
        this.#target.time(nowMs);
        break;
      case "stop":
        this.#target.stop(nowMs);
        break;
      default:
        unreachable(input);
    }
    this.#completions.run(PORTION);
  }

  /** Jobs wait for their portion: the next input has to come at once, `time` if no other. */
  get isBusy(): boolean {
    return !this.#completions.isEmpty;
  }

  /** Hands over what is to be done outside: after each `handle`. */
  drain(sink: (effect: Effect) => void): void {
    this.#target.drain(sink);
  }

  /** When `time` is due next, in the milliseconds of `handle`; Infinity when nothing waits. */
  nextDeadline(): number {
    return this.#target.nextDeadline();
  }
}
