/**
 * An initiator of ErrorRecoveryLevel 1 on a line that damages data and loses PDUs as a seed says.
 * It reads and writes, recovers what it misses, and checks every status and every byte. A rejected
 * SNACK is an error of the target: it asks for nothing that it may not have. [RFC7143 7, 11.16]
 */
import type { Prng } from "../../../lib/base/prng";
import { serialLess } from "../../../lib/base/serial-number";
import { NO_TAG, type PduRow } from "../../../lib/iscsi/pdu";
import { dataOut } from "../../../lib/iscsi/pdus/data";
import { nopOut } from "../../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../../lib/iscsi/pdus/reject";
import { scsiCommand } from "../../../lib/iscsi/pdus/scsi-command";
import { SnackType, snackRequest } from "../../../lib/iscsi/pdus/snack";
import { textRequest } from "../../../lib/iscsi/pdus/text";
import { BLOCK } from "./fake-device";
import { type Answer, type Initiator, read10, write10 } from "./initiator";

/** Probabilities of what may happen to a PDU. */
export interface Faults {
  /** Data of ours does not fit its digest. */
  readonly damage: number;
  /** A Data-Out is not sent. */
  readonly skip: number;
  /** A PDU of the target's is not seen. */
  readonly lose: number;
}

/** What an initiator may send at once, as agreed. */
export interface Bursts {
  readonly immediateMax: number;
  /** 0: nothing without R2T but immediate data. */
  readonly firstBurst: number;
  readonly segment: number;
}

interface Command {
  readonly kind: "read" | "write" | "text";
  readonly tag: number;
  readonly cmdSN: number;
  readonly lba: number;
  /** What is written; what was read, so far. */
  readonly data: Buffer;
  readonly immediateLength: number;
  /** DataSNs that have come. */
  readonly segments: Set<number>;
  /** R2TSNs that have come. */
  readonly r2ts: Set<number>;
  /** The next DataSN when data was last acknowledged. */
  acknowledged: number;
  /** MaxRecvDataSegmentLength has changed since its data was asked for. */
  isOutdated: boolean;
  snackTag: number;
  /** Its StatSN once one of its responses has come, and the one with `snackTag`. */
  statSN: number | null;
  response: Answer | null;
}

type Fields = Readonly<Record<string, unknown>>;

const rowOf = (row: unknown): PduRow => row as PduRow;

export class RecoveringInitiator {
  /** What the disk should hold. */
  readonly disk: Buffer;
  readonly outstanding = new Map<number, Command>();
  /** How often each kind of recovery was used. */
  readonly counts = new Map<string, number>();
  readonly #initiator: Initiator;
  readonly #prng: Prng;
  readonly #faults: Faults;
  readonly #bursts: Bursts;
  #expStatSN: number;
  /** StatSNs that have come from `#expStatSN` on, with their commands. */
  readonly #statuses = new Map<number, Command | null>();
  /** The highest StatSN known to be in use, and one more. */
  #statSN: number;
  #expCmdSN: number;
  #tags = 0;

  constructor(fields: {
    initiator: Initiator;
    prng: Prng;
    faults: Faults;
    bursts: Bursts;
    disk: Buffer;
  }) {
    this.#initiator = fields.initiator;
    this.#prng = fields.prng;
    this.#faults = fields.faults;
    this.#bursts = fields.bursts;
    this.disk = fields.disk;
    this.#initiator.isStrict = false;
    this.#expStatSN = 1;
    this.#statSN = 1;
    this.#expCmdSN = this.#initiator.numbers.cmdSN;
  }

  read(lba: number, blocks: number): void {
    this.#begin("read", lba, Buffer.alloc(blocks * BLOCK), 0);
  }

  write(lba: number, data: Buffer): void {
    const { immediateMax } = this.#bursts;
    const most = Math.min(immediateMax, data.length) / BLOCK;
    this.#begin("write", lba, data, this.#prng.below(most + 1) * BLOCK);
  }

  /** Declares another MaxRecvDataSegmentLength. */
  redeclare(length: number): void {
    this.#begin("text", 0, Buffer.from(`MaxRecvDataSegmentLength=${length}\0`), 0);
  }

  /** Looks at all that came, and at what that leads to. */
  settle(): void {
    for (let answers = this.#initiator.take(); answers.length > 0;) {
      for (const answer of answers) this.#receive(answer);
      answers = this.#initiator.take();
    }
  }

  /** Time has passed: asks for what should have come, and sends a sign of life. */
  tick(): void {
    for (const command of this.outstanding.values()) {
      if (!serialLess(command.cmdSN, this.#expCmdSN)) this.#retry(command);
      else if (command.kind === "read" && command.response !== null) this.#fillHoles(command);
      else if (command.statSN !== null && command.response === null) {
        // The response with the SNACK Tag of now is lost.
        this.#snack("status", SnackType.STATUS, { begRun: command.statSN, runLength: 1 });
      } else if (command.kind === "write" && this.#prng.chance(0.3)) {
        this.#snack("r2t", SnackType.DATA_OR_R2T, { initiatorTaskTag: command.tag });
      }
      this.settle();
    }
    this.#fillStatuses();
    this.#send(rowOf(nopOut), { immediate: true, initiatorTaskTag: this.#tag() });
    this.settle();
  }

  #tag(): number {
    return ++this.#tags;
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #begin(kind: Command["kind"], lba: number, data: Buffer, immediateLength: number): void {
    const command: Command = {
      ...{
        kind,
        lba,
        data,
        immediateLength,
        tag: this.#tag(),
        cmdSN: this.#initiator.numbers.cmdSN++,
      },
      ...{ segments: new Set(), r2ts: new Set(), acknowledged: 0, snackTag: 0 },
      ...{ isOutdated: false, statSN: null, response: null },
    };
    this.outstanding.set(command.tag, command);
    this.#issue(command);
    this.settle();
  }

  #retry(command: Command): void {
    this.#count("retry");
    this.#issue(command);
  }

  #issue({ kind, tag: initiatorTaskTag, cmdSN, lba, data, immediateLength }: Command): void {
    const order = { initiatorTaskTag, cmdSN };
    if (kind === "text") {
      this.#send(rowOf(textRequest), { ...order, targetTransferTag: NO_TAG }, data);
      return;
    }
    const cdb = Buffer.alloc(16);
    const blocks = data.length / BLOCK;
    cdb.set(kind === "read" ? read10(lba, blocks) : write10(lba, blocks));
    const command = { ...order, cdb, attribute: 1, expectedDataTransferLength: data.length };
    if (kind === "read") {
      this.#send(rowOf(scsiCommand), { ...command, read: true });
      return;
    }
    const end = Math.min(this.#bursts.firstBurst, data.length);
    const final = end <= immediateLength;
    const immediate = data.subarray(0, immediateLength);
    this.#send(rowOf(scsiCommand), { ...command, write: true, final }, immediate);
    const tags = { initiatorTaskTag, targetTransferTag: NO_TAG };
    if (!final) this.#sendBurst(tags, data, { start: immediateLength, end });
  }

  #sendBurst(tags: Fields, data: Buffer, { start, end }: { start: number; end: number }): void {
    let dataSN = 0;
    for (let at = start; at < end; dataSN++) {
      const next = Math.min(at + this.#bursts.segment, end);
      const fields = { ...tags, dataSN, bufferOffset: at, final: next === end };
      // The first is not skipped: TCP loses nothing, so that something comes for what was asked.
      if (at === start || !this.#prng.chance(this.#faults.skip)) {
        this.#send(rowOf(dataOut), fields, data.subarray(at, next));
      } else {
        this.#count("skip");
      }
      at = next;
    }
  }

  #send(row: PduRow, fields: Fields, data?: Uint8Array): void {
    const all = { ...fields, expStatSN: this.#expStatSN };
    const segment = data === undefined || data.length === 0 ? undefined : data;
    if (segment !== undefined && this.#prng.chance(this.#faults.damage)) {
      this.#count("damage");
      this.#initiator.sendDamaged(row, all, segment);
    } else {
      this.#initiator.send(row, all, segment);
    }
  }

  #snack(what: string, type: number, fields: Fields): void {
    this.#count(what);
    const tags = { initiatorTaskTag: NO_TAG, targetTransferTag: NO_TAG };
    this.#send(rowOf(snackRequest), { type, ...tags, ...fields });
  }

  #receive(answer: Answer): void {
    if (this.#prng.chance(this.#faults.lose)) {
      this.#count("lose");
      return;
    }
    const { expCmdSN } = answer as never;
    if (serialLess(this.#expCmdSN, expCmdSN)) this.#expCmdSN = expCmdSN;
    const command = this.outstanding.get(answer["initiatorTaskTag"] as number);
    if (answer.name === "SCSI Data-In") this.#takeData(command, answer);
    else if (answer.name === "Ready To Transfer") this.#takeR2t(command, answer);
    else if (answer.name === "NOP-In" && answer["initiatorTaskTag"] === NO_TAG) this.#pong(answer);
    else this.#takeStatus(command, answer);
  }

  #takeData(command: Command | undefined, answer: Answer): void {
    const { dataSN, bufferOffset, targetTransferTag, lun } = answer as never;
    if (command === undefined || dataSN < command.acknowledged) return;
    const hadHoles = this.#holesBefore(command, dataSN);
    command.segments.add(dataSN);
    command.data.set(answer.data, bufferOffset);
    if (hadHoles && !this.#isOutdated(command) && this.#prng.chance(0.5)) this.#fillHoles(command);
    const isAsked = answer["acknowledge"] === true && !hadHoles;
    if (isAsked && !this.#isOutdated(command) && this.#prng.chance(0.7)) {
      command.acknowledged = dataSN + 1;
      const begRun = command.acknowledged;
      this.#snack("data-ack", SnackType.DATA_ACK, { targetTransferTag, lun, begRun });
    }
    this.#finish(command);
  }

  /** Whether the data may have been cut for another MaxRecvDataSegmentLength than holds now. */
  #isOutdated(command: Command): boolean {
    const others = [...this.outstanding.values()];
    return command.isOutdated || others.some(({ kind }) => kind === "text");
  }

  #holesBefore(command: Command, end: number): boolean {
    for (let dataSN = command.acknowledged; dataSN < end; dataSN++) {
      if (!command.segments.has(dataSN)) return true;
    }
    return false;
  }

  /** Asks for the data that is missing before what came, or before the end. */
  #fillHoles(command: Command): void {
    const { tag: initiatorTaskTag, segments } = command;
    if (this.#isOutdated(command)) {
      command.isOutdated = false;
      command.snackTag++;
      command.response = null;
      for (const dataSN of segments) if (dataSN >= command.acknowledged) segments.delete(dataSN);
      const targetTransferTag = command.snackTag;
      this.#snack("r-data", SnackType.R_DATA, { initiatorTaskTag, targetTransferTag });
      return;
    }
    const end = (command.response?.["expDataSN"] as number | undefined) ?? Math.max(...segments);
    for (let begRun = command.acknowledged; begRun < end; begRun++) {
      if (segments.has(begRun)) continue;
      let runLength = 1;
      while (begRun + runLength < end && !segments.has(begRun + runLength)) runLength++;
      this.#snack("data", SnackType.DATA_OR_R2T, { initiatorTaskTag, begRun, runLength });
      begRun += runLength;
    }
  }

  #takeR2t(command: Command | undefined, answer: Answer): void {
    const { r2tSN, targetTransferTag, bufferOffset, desiredDataTransferLength } = answer as never;
    if (command === undefined || command.r2ts.has(r2tSN)) return;
    command.r2ts.add(r2tSN);
    const end = bufferOffset + desiredDataTransferLength;
    const tags = { initiatorTaskTag: command.tag, targetTransferTag };
    this.#sendBurst(tags, command.data, { start: bufferOffset, end });
  }

  /** An answer to a ping, which tells the next StatSN. */
  #pong(answer: Answer): void {
    const { targetTransferTag } = answer as never;
    this.#noteStatSN(answer["statSN"] as number);
    const fields = { immediate: true, initiatorTaskTag: NO_TAG, targetTransferTag };
    this.#send(rowOf(nopOut), fields);
  }

  #takeStatus(command: Command | undefined, answer: Answer): void {
    const { statSN } = answer as never;
    if (answer.name === "Reject") this.#takeReject(answer);
    if (!serialLess(statSN, this.#expStatSN) && !this.#statuses.has(statSN)) {
      this.#statuses.set(statSN, command ?? null);
    }
    this.#noteStatSN(statSN + 1);
    if (command !== undefined) {
      command.statSN = statSN;
      const isLast = command.kind === "text" || answer["snackTag"] === command.snackTag;
      if (isLast) command.response = answer;
      if (isLast && command.kind === "read") {
        if (this.#holesBefore(command, answer["expDataSN"] as number)) this.#fillHoles(command);
      }
      this.#finish(command);
    }
    this.#acknowledge();
  }

  #takeReject(answer: Answer): void {
    const { reason } = answer as never;
    const opcode = (answer.data[0] as number) & 0x3f;
    if (reason !== RejectReason.DATA_DIGEST_ERROR) {
      throw new Error(`opcode ${opcode} was rejected: reason ${reason}`);
    }
    const command = this.outstanding.get(answer.data.readUInt32BE(16));
    const isCommand = opcode === scsiCommand.opcode || opcode === textRequest.opcode;
    if (command !== undefined && isCommand && this.#prng.chance(0.7)) this.#retry(command);
  }

  /** StatSNs before `next` are in use: what is missing of them is asked for. */
  #noteStatSN(next: number): void {
    if (!serialLess(this.#statSN, next)) return;
    const isGap = serialLess(this.#statSN + 1, next);
    this.#statSN = next;
    if (isGap) this.#fillStatuses();
  }

  #fillStatuses(): void {
    for (let begRun = this.#expStatSN; serialLess(begRun, this.#statSN); begRun++) {
      if (this.#statuses.has(begRun)) continue;
      this.#snack("status", SnackType.STATUS, { begRun, runLength: 1 });
    }
  }

  /** Statuses are acknowledged in order, and not before all the data of their commands is there. */
  #acknowledge(): void {
    for (;;) {
      const command = this.#statuses.get(this.#expStatSN);
      const isOpen = command !== null && this.outstanding.has(command?.tag ?? 0);
      if (command === undefined || isOpen) return;
      this.#statuses.delete(this.#expStatSN++);
    }
  }

  #finish(command: Command): void {
    const { kind, response, lba, data, tag } = command;
    if (response === null) return;
    if (kind !== "text") expect(response).toMatchObject({ status: 0, residualCount: 0 });
    if (kind === "read") {
      if (this.#holesBefore(command, response["expDataSN"] as number)) return;
      expect(data.equals(this.disk.subarray(lba * BLOCK, lba * BLOCK + data.length))).toBe(true);
    } else if (kind === "write") {
      this.disk.set(data, lba * BLOCK);
    } else {
      for (const other of this.outstanding.values()) other.isOutdated = true;
    }
    this.#count(kind);
    this.outstanding.delete(tag);
    this.#acknowledge();
  }
}
