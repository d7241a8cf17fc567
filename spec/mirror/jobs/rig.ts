/**
 * Two mirrored volumes, one of each side, joined by a pipe in memory: no link and no pair. What
 * happens next is in the hands of the spec: which message arrives, which job a device performs.
 * Received bytes are overwritten when nobody holds their lease any more.
 */
import { strict as assert } from "node:assert";
import { BufferPool } from "../../../lib/base/buffer-pool";
import { crc32c } from "../../../lib/base/crc32c";
import { CompletionQueue } from "../../../lib/block/completion-queue";
import { Job } from "../../../lib/block/job";
import type { JobOp, JobOrigin } from "../../../lib/block/job";
import type { MirrorOptions, Side } from "../../../lib/mirror/config";
import type { LinkMessage } from "../../../lib/mirror/messages";
import type { RelayJournal } from "../../../lib/mirror/relay-journal";
import type { JobMessage } from "../../../lib/mirror/volume";
import { MirrorVolume } from "../../../lib/mirror/volume";
import { OPTIONS } from "../support/options";
import { FakePair } from "./fake-pair";
import { BLOCK, HandDevice } from "./hand-device";

export const BLOCKS = 16;

/** A message, or something of the pair's that takes its place among them. */
interface Sent {
  readonly message: JobMessage | (() => void);
  readonly release: (() => void) | undefined;
}

/** One side, with what is around its volume. */
export interface RigSide {
  readonly pair: FakePair;
  readonly device: HandDevice;
  readonly volume: MirrorVolume;
  /** Messages on their way from here, oldest first. */
  readonly sent: Sent[];
  readonly buffers: BufferPool;
}

export interface Step {
  readonly command: number;
  readonly job: number;
  readonly step: number;
}

export class Rig {
  readonly main: RigSide;
  readonly sub: RigSide;
  readonly steps: Step[] = [];
  readonly drops: string[] = [];
  readonly reports: string[] = [];
  readonly reserved = new Set<string>();
  readonly completions = new CompletionQueue();
  /** Sees what is sent, before it is on its way; false: it is lost. */
  onSend: (from: RigSide, message: JobMessage) => boolean = () => true;
  heldLeases = 0;
  isLinkUp = true;

  /** `journals`: by side, of communication volumes on a disk. */
  constructor(
    options: Partial<MirrorOptions> = {},
    blockCount = BLOCKS,
    journals: Partial<Record<Side, RelayJournal>> = {},
  ) {
    const how = { options: { ...OPTIONS, ...options }, blockCount, journals };
    this.main = this.#side(1, how);
    this.sub = this.#side(2, how);
  }

  other(side: RigSide): RigSide {
    return side === this.main ? this.sub : this.main;
  }

  submit(side: RigSide, fields: HostFields): HostResult {
    const { op, lba = 0, blockCount = op === "flush" ? 0 : 1, nexus } = fields;
    const data = dataOf(op, blockCount, fields.values ?? []);
    const origin: JobOrigin | null =
      nexus === undefined ? null : { nexus, access: op === "read" ? "read" : "write" };
    const result: HostResult = { status: null, values: [], miscompareAt: 0, job: null as never };
    const job = new Job({
      op,
      lba,
      blockCount,
      data,
      origin,
      fua: fields.fua ?? false,
      onDone: ({ status, miscompareAt }) => {
        assert(result.status === null, "a job ends once");
        result.status = status;
        result.miscompareAt = miscompareAt;
        if (op === "read") result.values = valuesOf(data);
        // The buffers are somebody else's from now on.
        for (const chunk of data) chunk.fill(0xee);
        fields.onDone?.(result);
      },
    });
    Object.assign(result, { job });
    side.volume.submit(job);
    this.completions.run();
    return result;
  }

  /** The oldest message from a side arrives. */
  deliver(from: RigSide): void {
    const next = from.sent.shift();
    assert(next !== undefined, "there is a message to deliver");
    if (typeof next.message === "function") {
      next.message();
      return this.completions.run();
    }
    const { message, lease, end } = this.#received(next.message);
    next.release?.();
    this.other(from).volume.receive(message, lease);
    end();
    this.completions.run();
  }

  /** Until nothing moves any more: messages in order, devices in order. */
  settle(): void {
    for (let isIdle = false; !isIdle;) {
      isIdle = true;
      for (const side of [this.main, this.sub]) {
        while (side.sent.length > 0) {
          this.deliver(side);
          isIdle = false;
        }
        if (side.device.pending.length > 0) {
          side.device.perform();
          isIdle = false;
        }
      }
    }
  }

  /** Both sides lose what was on its way, and their pairs begin to decide. */
  loseLink(): void {
    this.isLinkUp = false;
    for (const side of [this.main, this.sub]) {
      const lost = side.sent.splice(0);
      side.volume.linkDown();
      for (const { release } of lost) release?.();
      if (side.pair.standing === "mirrored") side.pair.become({ standing: "deciding" });
    }
    this.completions.run();
  }

  become(side: RigSide, fields: Parameters<FakePair["become"]>[0]): void {
    side.pair.become(fields);
    this.completions.run();
  }

  /** The pair of the main side asks for quiet and hands its role over. */
  exchangeRoles(): void {
    const { main, sub } = this;
    main.volume.quiesce(() => {
      const swapped = (): void => main.pair.become({ role: "sub" });
      const swap = (): void => {
        sub.sent.push({ message: swapped, release: undefined });
        sub.pair.become({ role: "main" });
      };
      main.sent.push({ message: swap, release: undefined });
    });
    this.completions.run();
  }

  /** From now on what differs makes the main side's pair go on alone, as soon as the sub's knows. */
  suspendOnFault(): void {
    const { main, sub } = this;
    const { pair } = main;
    const diverged = pair.diverged.bind(pair);
    pair.diverged = (lba, blockCount) => {
      diverged(lba, blockCount);
      if (pair.standing !== "mirrored") return;
      const left = (): void => pair.become({ standing: "alone" });
      const leave = (): void => {
        sub.sent.push({ message: left, release: undefined });
        sub.pair.become({ standing: "blocked" });
      };
      pair.become({ standing: "deciding" });
      main.sent.push({ message: leave, release: undefined });
    };
  }

  /** Steps of one job number, of one command or of all. */
  stepsOf(job: number, command?: number): number[] {
    return this.steps
      .filter((one) => one.job === job && (command === undefined || one.command === command))
      .map(({ step }) => step);
  }

  /** Nothing is held, waits or is owed anywhere. */
  expectIdle(): void {
    for (const { volume, pair, buffers } of [this.main, this.sub]) {
      volume.invariants();
      expect(volume.status()).toEqual({
        hostJobs: 0,
        held: 0,
        waiting: 0,
        relayed: 0,
        copiesSent: 0,
        copiesReceived: 0,
      });
      expect(pair.open.size).toBe(0);
      expect(buffers.out).toBe(0);
    }
    expect(this.heldLeases).toBe(0);
  }

  #side(
    number: Side,
    how: {
      options: MirrorOptions;
      blockCount: number;
      journals: Partial<Record<Side, RelayJournal>>;
    },
  ): RigSide {
    const { options, blockCount, journals } = how;
    const pair = new FakePair(number === 1 ? "main" : "sub");
    const device = new HandDevice(this.completions, blockCount);
    const buffers = new BufferPool({ limit: 64 * BLOCK * blockCount, waitersMax: 64 });
    const sent: Sent[] = [];
    let count = 0;
    const volume = new MirrorVolume({
      side: number,
      volume: 7,
      options,
      device,
      journal: journals[number] ?? null,
      pair,
      completions: this.completions,
      buffers,
      crc32c,
      step: (_volume, command, job, step) => this.steps.push({ command, job, step }),
      isReserved: (_volume, origin) => this.reserved.has(`${number} ${origin.nexus}`),
      send: (message: LinkMessage, release) => {
        const one = message as JobMessage;
        if (this.onSend(side, one)) sent.push({ message: one, release });
        else release?.();
      },
      drop: (reason) => this.drops.push(reason),
      isLinkUp: () => this.isLinkUp,
      report: (_level, text) => void this.reports.push(`${number}: ${text}`),
      nowMs: () => 0,
      nextCount: () => ++count,
    });
    const side: RigSide = { pair, device, volume, sent, buffers };
    pair.attach(volume);
    return side;
  }

  /** A copy of a message, its bytes there as long as somebody holds them. */
  #received(message: JobMessage): {
    message: JobMessage;
    lease: { hold(): void; release(): void };
    end: () => void;
  } {
    const copied = "data" in message ? message.data.map((chunk) => Uint8Array.from(chunk)) : [];
    let holds = 1;
    const release = (): void => {
      holds--;
      assert(holds >= 0, "released as often as held");
      if (holds === 0) for (const chunk of copied) chunk.fill(0xdd);
    };
    const lease = {
      hold: () => {
        assert(holds > 0, "held while it is valid");
        holds++;
        this.heldLeases++;
      },
      release: () => {
        this.heldLeases--;
        release();
      },
    };
    const received = "data" in message ? { ...message, data: copied } : message;
    return { message: received, lease, end: release };
  }
}

export interface HostFields {
  readonly op: JobOp;
  readonly lba?: number;
  readonly blockCount?: number;
  /** One byte for each block of data. */
  readonly values?: readonly number[];
  readonly nexus?: string;
  readonly fua?: boolean;
  readonly onDone?: (result: HostResult) => void;
}

export interface HostResult {
  status: Job["status"] | null;
  values: number[];
  miscompareAt: number;
  readonly job: Job;
}

function dataOf(op: JobOp, blockCount: number, values: readonly number[]): Uint8Array[] {
  if (op === "read") return Array.from({ length: blockCount }, () => new Uint8Array(BLOCK));
  return values.map((value) => new Uint8Array(BLOCK).fill(value));
}

function valuesOf(data: readonly Uint8Array[]): number[] {
  return data.map((chunk) => {
    assert(
      chunk.every((byte) => byte === chunk[0]),
      "a block is of one write",
    );
    return chunk[0] as number;
  });
}
