/** The storage control unit of `lib/mirror`, as the simulator wants it. */
import { StorageControlUnit, type UnitStatus } from "../../lib/mirror/storage-control-unit";
import type { MakeUnit } from "./control-unit";

function leaksOf({ traffic, controls }: UnitStatus): string[] {
  return Object.entries({ ...traffic, controls })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`);
}

export function realPair(): MakeUnit {
  return (config, ports) => {
    const unit = new StorageControlUnit(config, ports);
    return {
      start: (nowMs) => unit.start(nowMs),
      handle: (input, nowMs) => unit.handle(input, nowMs),
      time: (nowMs) => unit.time(nowMs),
      nextDeadline: () => unit.nextDeadline(),
      drain: (sink) => unit.drain(sink),
      stop: (then) => unit.stop(then),
      volume: (number) => unit.volume(number),
      status: (number) => unit.pairStatus(number),
      command: (number, command, done) => unit.command(number, command, done),
      propose: (number, action, done) =>
        unit.propose(number, action, (answer) =>
          answer === "unavailable" ? done(null) : done(answer),
        ),
      invariants: () => unit.invariants(),
      leaks: () => unit.status().flatMap(leaksOf),
    };
  };
}
