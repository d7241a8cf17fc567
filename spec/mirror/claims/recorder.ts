/**
 * Two engines joined by a pipe, with everything the claims speak of written down from outside:
 * devices and the way to a volume are wrapped, messages are seen when they are sent, exclusive
 * states by the steps that set and reset them. It judges nothing.
 */
import { strict as assert } from "node:assert";
import type { Prng } from "../../../lib/base/prng";
import { Job } from "../../../lib/block/job";
import type { MirrorOptions, Side } from "../../../lib/mirror/config";
import type { JobMessage } from "../../../lib/mirror/volume";
import { BLOCK } from "../jobs/hand-device";
import type { RigSide } from "../jobs/rig";
import { Rig } from "../jobs/rig";
import type { TraceEvent, Write } from "./events";
import { Run } from "./events";

/** 701 and 856: a host's command is there. */
const ARRIVED = new Set([701, 856]);
/** Steps that set an exclusive state, and that give it back, by the side it is of. */
const SET: Readonly<Record<number, Side>> = { 844: 1, 861: 2 };
const RESET: Readonly<Record<number, Side>> = { 855: 1, 851: 2, 852: 2, 854: 2 };

export class Recorder {
  readonly rig: Rig;
  readonly #events: TraceEvent[] = [];
  readonly #writes: Write[] = [];
  readonly #commands = new Map<number, Write>();
  #arriving: Write | null = null;
  #stepsSeen = 0;
  #ended = 0;

  constructor(options: Partial<MirrorOptions>, blockCount = 16) {
    this.rig = new Rig(options, blockCount);
    this.rig.onSend = (from, message) => {
      this.#message(from === this.rig.main ? "copySend" : "relaySend", message);
      return true;
    };
    this.#wrap(this.rig.main, 1);
    this.#wrap(this.rig.sub, 2);
  }

  get openCount(): number {
    return this.#writes.length - this.#ended;
  }

  /** A host of a side writes. */
  write(side: Side, lba: number, blockCount = 1, nexus = `host ${side}`): void {
    const id = this.#writes.length + 1;
    const data = markedData(id, blockCount);
    const write = { id, side, lba, blockCount, nexus, data };
    const given = Buffer.from(data);
    const job = new Job({
      ...{ op: "write", lba, blockCount },
      // Two chunks, so that nothing can rely on one.
      data: [given.subarray(0, 200), given.subarray(200)],
      origin: { nexus, access: "write" },
      onDone: ({ status }) => {
        this.#ended++;
        this.#add({ type: "hostStatus", side, write, status });
        // The bytes are somebody else's from now on.
        given.fill(0xee);
      },
    });
    this.#writes.push(write);
    this.#arriving = write;
    this.#sideOf(side).volume.submit(job);
    this.#steps();
    this.rig.completions.run();
  }

  /** A side learns that its area is reserved for others, or not any more. */
  reserve(side: Side, nexus: string, isReserved = true): void {
    if (isReserved) this.rig.reserved.add(`${side} ${nexus}`);
    else this.rig.reserved.delete(`${side} ${nexus}`);
    this.#add({ type: isReserved ? "reserved" : "unreserved", side, nexus });
  }

  /** Something that can happen now does. False: nothing can. */
  advance(random: Prng): boolean {
    const { main, sub } = this.rig;
    const ways = [main, sub].flatMap((side) => [
      ...(side.sent.length > 0 ? [() => this.rig.deliver(side)] : []),
      ...side.device.pending.map((_, index) => () => side.device.perform(index)),
    ]);
    ways[random.below(Math.max(ways.length, 1))]?.();
    return ways.length > 0;
  }

  /** Everything ends, both copies are the same, and this is what happened. */
  finish(): Run {
    this.rig.settle();
    assert(this.openCount === 0, "every write has ended");
    expect(this.rig.drops).toEqual([]);
    expect(this.rig.sub.device.content()).toEqual(this.rig.main.device.content());
    this.rig.expectIdle();
    return this.taken();
  }

  /** What has happened so far. */
  taken(): Run {
    this.#steps();
    return new Run([...this.#events]);
  }

  #wrap(side: RigSide, number: Side): void {
    const { device, volume } = side;
    const submit = device.submit.bind(device);
    device.submit = (job) => {
      if (job.op === "write") this.#volume("volWrite", number, job);
      submit(job);
    };
    const perform = device.perform.bind(device);
    device.perform = (index = 0) => {
      const job = device.pending[index];
      if (job?.op === "write") this.#volume("volWritten", number, job);
      perform(index);
    };
    const receive = volume.receive.bind(volume);
    volume.receive = (message, lease) => {
      this.#message(number === 1 ? "relayRecv" : "copyRecv", message);
      receive(message, lease);
    };
  }

  #volume(type: "volWrite" | "volWritten", side: Side, job: Job): void {
    const data = Buffer.concat(job.data);
    this.#add({ type, side, write: this.#writeOf(data), lba: job.lba, data });
  }

  #message(type: "relaySend" | "relayRecv" | "copySend" | "copyRecv", message: JobMessage): void {
    const isRelay = type === "relaySend" || type === "relayRecv";
    const isOne = isRelay ? message.type.match(/^relay(-data)?$/) : message.type === "copy";
    if (!isOne || !("data" in message)) return;
    // Steps first: a command's arrival tells whose number it is.
    this.#steps();
    const data = Buffer.concat(message.data);
    const number = message.type === "copy" ? message.relayId || message.copyId : message.relayId;
    const write = data.length > 0 ? this.#writeOf(data) : this.#commands.get(number);
    assert(write !== undefined, "a message is of a write");
    if (message.type !== "relay-data")
      this.#add({ type, what: "request", write, data: Buffer.alloc(0) });
    if (data.length > 0) this.#add({ type, what: "data", write, data });
  }

  #add(event: TraceEvent): void {
    this.#steps();
    this.#events.push(event);
  }

  /** What the steps since the last time tell. */
  #steps(): void {
    const { steps } = this.rig;
    while (this.#stepsSeen < steps.length) {
      const { command, job, step } = steps[this.#stepsSeen++] as (typeof steps)[0];
      if (job === 1 && ARRIVED.has(step)) this.#arrived(command);
      const [set, reset] = [SET[step], RESET[step]];
      const write = this.#commands.get(command);
      if (write === undefined) continue;
      if (set !== undefined) this.#events.push({ type: "exclSet", side: set, write });
      if (reset !== undefined) this.#events.push({ type: "exclReset", side: reset, write });
    }
  }

  #arrived(command: number): void {
    const write = this.#arriving;
    assert(write !== null, "a command arrives when a host gives it");
    this.#arriving = null;
    this.#commands.set(command, write);
    this.#events.push({ type: "hostRecv", side: write.side, write });
  }

  /** Whose bytes these are, by what is in them. */
  #writeOf(data: Buffer): Write {
    const write = this.#writes[data.readUInt16LE(0) - 1];
    assert(write !== undefined, "bytes are of a write");
    return write;
  }

  #sideOf(side: Side): RigSide {
    return side === 1 ? this.rig.main : this.rig.sub;
  }
}

/** Words of 4 bytes: whose they are, and their place. */
export function markedData(id: number, blockCount: number): Buffer {
  const data = Buffer.alloc(blockCount * BLOCK);
  for (let at = 0; at < data.length; at += 4) {
    data.writeUInt16LE(id, at);
    data.writeUInt16LE(at / 4, at + 2);
  }
  return data;
}
