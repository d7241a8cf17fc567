/**
 * An initiator with several connections of one session that does what a seed says: commands of all
 * kinds over any of them, delivered in any interleaving; ABORT TASK SET among them; connections that
 * come, are logged out, and are replaced with commands still under way. It notes what must not be,
 * and what must.
 */
import { Prng } from "../../lib/base/prng";
import type { PduRow } from "../../lib/iscsi/pdu";
import { dataOut } from "../../lib/iscsi/pdus/data";
import { logoutRequest } from "../../lib/iscsi/pdus/logout";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import {
  TaskManagementFunctionCode,
  taskManagementRequest,
} from "../../lib/iscsi/pdus/task-management";
import { BLOCK } from "./support/fake-device";
import { type Answer, type Initiator, World, pattern, read10, write10 } from "./support/initiator";

/** A command that the initiator waits for. */
interface Command {
  readonly tag: number;
  readonly cid: number;
  /** null: an immediate command. */
  readonly cmdSN: number | null;
}

/** Bytes on their way by one connection, and which command they are, if they are one. */
interface UnderWay {
  readonly bytes: Buffer;
  readonly command: Command | null;
}

interface Leg {
  readonly cid: number;
  readonly initiator: Initiator;
  readonly line: UnderWay[];
}

const CIDS = [0, 1, 2, 3, 9];

export class RandomSession {
  readonly world = new World();
  readonly answered: number[] = [];
  /** What was sent and may be answered still, by tag. */
  readonly waiting = new Map<number, Command>();
  /** Numbers of the numbered commands, by tag. */
  readonly #cmdSNs = new Map<number, number>();
  /** Tags of the commands that each ABORT TASK SET covers, and by which connection it went. */
  readonly #functions = new Map<number, { readonly cid: number; readonly covered: number[] }>();
  readonly #prng: Prng;
  #lastTag = 1000;
  #legs: Leg[];

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    this.world.device.isSlow = this.#prng.chance(0.7);
    const keys = { MaxConnections: "4", InitialR2T: "Yes", ...this.#digests() };
    this.#legs = [{ cid: 0, initiator: this.world.logIn(keys), line: [] }];
  }

  get legs(): readonly Leg[] {
    return this.#legs;
  }

  /** One thing that may happen. */
  step(): void {
    const { device } = this.world;
    const draw = this.#prng.below(100);
    if (draw < 35) this.#issue();
    else if (draw < 73) this.#deliver(this.#prng.pick(this.#legs));
    else if (draw < 75) this.#abortAll();
    else if (draw < 90 && device.tasks.length > 0) device.finish(this.#prng.pick(device.tasks));
    else if (draw < 94) this.#join();
    else if (draw < 97) this.#logOut();
    else if (draw < 99) this.#replace();
    this.#settle();
  }

  /** Everything arrives and ends. */
  finish(): void {
    const { device } = this.world;
    while (this.#legs.some(({ line }) => line.length > 0) || device.tasks.length > 0) {
      for (const leg of this.#legs) this.#deliverAll(leg);
      const [task] = device.tasks;
      if (task !== undefined) device.finish(task);
      this.#settle();
    }
  }

  /** CmdSNs in the order in which the device got the commands. */
  order(): number[] {
    const numbers = this.world.device.arrived.map((tag) => this.#cmdSNs.get(tag));
    return numbers.filter((cmdSN) => cmdSN !== undefined);
  }

  #digests(): Record<string, string> {
    const pick = (): string => this.#prng.pick(["None", "CRC32C"]);
    return { HeaderDigest: pick(), DataDigest: pick() };
  }

  #issue(): void {
    if (this.waiting.size >= 60) return;
    const { cid, initiator, line } = this.#prng.pick(this.#legs);
    const mayBeImmediate = this.#functions.size === 0 && this.waiting.size < 20;
    const immediate = mayBeImmediate && this.#prng.below(8) === 0;
    const isRead = this.#prng.chance(0.5);
    const [lba, count] = [this.#prng.below(8), 1 + this.#prng.below(4)];
    const cdb = Buffer.alloc(16);
    cdb.set(isRead ? read10(lba, count) : write10(lba, count));
    const cmdSN = immediate ? null : initiator.numbers.cmdSN;
    const bytes = initiator.encode(scsiCommand as unknown as PduRow, {
      initiatorTaskTag: ++this.#lastTag,
      ...{ attribute: 1, cdb, immediate, read: isRead, write: !isRead },
      expectedDataTransferLength: count * BLOCK,
    });
    const command = { tag: this.#lastTag, cid, cmdSN };
    if (cmdSN !== null) this.#cmdSNs.set(command.tag, cmdSN);
    this.waiting.set(command.tag, command);
    line.push({ bytes, command });
  }

  /** Whether an immediate command is ahead of it only its delivery would say: there is none. */
  #abortAll(): void {
    const commands = [...this.waiting.values()];
    if (commands.some(({ cmdSN }) => cmdSN === null)) return;
    const { cid, initiator, line } = this.#prng.pick(this.#legs);
    const initiatorTaskTag = ++this.#lastTag;
    const code = TaskManagementFunctionCode.ABORT_TASK_SET;
    const bytes = initiator.encode(taskManagementRequest as unknown as PduRow, {
      ...{ initiatorTaskTag, function: code, immediate: true },
    });
    this.#functions.set(initiatorTaskTag, { cid, covered: commands.map(({ tag }) => tag) });
    line.push({ bytes, command: null });
  }

  #isManaging({ cid }: Leg): boolean {
    return [...this.#functions.values()].some((one) => one.cid === cid);
  }

  #deliver({ initiator, line }: Leg): void {
    const next = line.shift();
    if (next !== undefined) initiator.push(next.bytes);
  }

  #deliverAll(leg: Leg): void {
    while (leg.line.length > 0) {
      this.#deliver(leg);
      this.#settle();
    }
  }

  #join(): void {
    const cid = this.#prng.pick(CIDS);
    const [first] = this.#legs;
    if (this.#legs.length === 4 || this.#legs.some((leg) => leg.cid === cid)) return;
    const initiator = this.world.join((first as Leg).initiator, cid, this.#digests());
    this.#legs.push({ cid, initiator, line: [] });
  }

  /** One connection, by itself or by another; its commands that have come are never answered. */
  #logOut(): void {
    if (this.#legs.length === 1) return;
    const named = this.#prng.pick(this.#legs);
    const asker = this.#prng.pick(this.#legs);
    if (this.#isManaging(named)) return;
    this.#deliverAll(named);
    const fields = { immediate: true, reason: 1, cid: named.cid };
    asker.initiator.send(logoutRequest as unknown as PduRow, fields);
    this.#settle();
    this.#forget(named);
    expect(named.initiator.closed).toBe("end");
    named.initiator.disconnect();
    this.#legs = this.#legs.filter((leg) => leg !== named);
  }

  /**
   * A connection is replaced by one of the same CID; of commands that it has not delivered the
   * others are told not to wait for them.
   */
  #replace(): void {
    const old = this.#prng.pick(this.#legs);
    if (this.#isManaging(old)) return;
    const undelivered = old.line.flatMap(({ command }) => command ?? []);
    this.#forget(old);
    const initiator = this.world.join(old.initiator, old.cid, this.#digests());
    expect(old.initiator.closed).toBe("reset");
    old.initiator.disconnect();
    this.#legs = this.#legs.map((leg) =>
      leg === old ? { cid: old.cid, initiator, line: [] } : leg,
    );
    for (const { tag, cmdSN } of undelivered) {
      const code = TaskManagementFunctionCode.ABORT_TASK;
      if (cmdSN === null) continue;
      const initiatorTaskTag = ++this.#lastTag;
      const named = { referencedTaskTag: tag, refCmdSN: cmdSN };
      const fields = { initiatorTaskTag, function: code, immediate: true, ...named };
      initiator.send(taskManagementRequest as unknown as PduRow, fields);
    }
  }

  #forget({ cid }: Leg): void {
    for (const command of this.waiting.values()) {
      if (command.cid === cid) this.waiting.delete(command.tag);
    }
  }

  #settle(): void {
    this.world.settle();
    for (const leg of this.#legs) {
      for (const answer of leg.initiator.take()) this.#look(leg, answer);
    }
  }

  #look({ cid, initiator, line }: Leg, answer: Answer): void {
    const { name, initiatorTaskTag: tag } = answer;
    if (name === "Ready To Transfer") {
      const { targetTransferTag, desiredDataTransferLength: length } = answer;
      expect(this.waiting.get(tag)).toMatchObject({ cid });
      const fields = { initiatorTaskTag: tag, targetTransferTag };
      const bytes = initiator.encode(dataOut as unknown as PduRow, fields, pattern(length));
      line.push({ bytes, command: null });
    } else if (name === "SCSI Response" || (name === "SCSI Data-In" && answer["hasStatus"])) {
      expect(this.waiting.get(tag)).toMatchObject({ cid });
      expect(answer["status"]).toBe(0);
      this.waiting.delete(tag);
      this.answered.push(tag);
    } else if (name === "NOP-In") {
      line.push({ bytes: initiator.encodeAcknowledgement(), command: null });
    } else if (name === "Task Management Function Response") {
      // What it covers is over, with a status or without.
      for (const covered of this.#functions.get(tag)?.covered ?? []) this.waiting.delete(covered);
      this.#functions.delete(tag);
    } else {
      expect(name).not.toBe("Reject");
    }
  }
}
