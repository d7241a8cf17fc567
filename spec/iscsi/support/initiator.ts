/**
 * A target in a world of its own: virtual time, no sockets, and initiators that encode and decode
 * PDUs by the rows. What the target sends arrives at once and is confirmed at once.
 */
import type { TraceEvent } from "../../../lib/base/trace";
import type { IscsiConfig } from "../../../lib/iscsi/config";
import { Framer } from "../../../lib/iscsi/framer";
import { NO_TAG, type Pdu, type PduRow } from "../../../lib/iscsi/pdu";
import { asyncMessage } from "../../../lib/iscsi/pdus/async-message";
import { dataIn, dataOut } from "../../../lib/iscsi/pdus/data";
import { LoginStage, loginRequest, loginResponse } from "../../../lib/iscsi/pdus/login";
import { logoutRequest, logoutResponse } from "../../../lib/iscsi/pdus/logout";
import { nopIn, nopOut } from "../../../lib/iscsi/pdus/nop";
import { r2t } from "../../../lib/iscsi/pdus/r2t";
import { reject } from "../../../lib/iscsi/pdus/reject";
import { scsiCommand, scsiResponse } from "../../../lib/iscsi/pdus/scsi-command";
import {
  taskManagementRequest,
  taskManagementResponse,
} from "../../../lib/iscsi/pdus/task-management";
import { snackRequest } from "../../../lib/iscsi/pdus/snack";
import { textRequest, textResponse } from "../../../lib/iscsi/pdus/text";
import { isProtocolError } from "../../../lib/iscsi/protocol-error";
import { formatText, parseText } from "../../../lib/iscsi/text";
import { IscsiTarget } from "../../../lib/iscsi/target";
import { crc32c } from "../../../lib/base/crc32c";
import { config, initiatorName, ports, targetName } from "../config";
import { type Digests, wireBytes } from "../wire";
import { BLOCK, FakeDevice } from "./fake-device";
import { PoisonedChunk } from "./poison";

const TIMEOUTS = { login: 1000, nopInterval: 5000, nopTimeout: 2000, dataOut: 3000, logout: 4000 };

/** A row's decoded answer; fields are looked at by name. */
export interface Answer {
  readonly name: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- rows of all kinds
  readonly [field: string]: any;
  readonly data: Buffer;
}

const TARGET_ROWS = new Map(
  [
    asyncMessage,
    dataIn,
    loginResponse,
    logoutResponse,
    nopIn,
    r2t,
    reject,
    scsiResponse,
    taskManagementResponse,
    textResponse,
  ].map((row) => [row.opcode, row as unknown as PduRow]),
);

export type Keys = Readonly<Record<string, string>>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- fields of any row
type Fields = Record<string, any>;

export class World {
  nowMs = 0;
  readonly device = new FakeDevice();
  readonly trace: TraceEvent[] = [];
  readonly target: IscsiTarget;
  readonly initiators = new Map<number, Initiator>();
  #lastConnection = 0;

  constructor(changes: Partial<IscsiConfig> = {}) {
    this.target = new IscsiTarget({
      config: { ...config, timeoutsMs: TIMEOUTS, ...changes },
      ports: { ...ports(), trace: (event) => this.trace.push(event) },
    });
    this.device.transport = this.target;
    this.target.attach(this.device);
  }

  /** A connection by a portal, not yet logged in. */
  connect(portal = 0): Initiator {
    const initiator = new Initiator(this, ++this.#lastConnection);
    this.initiators.set(initiator.connection, initiator);
    const remote = `10.0.0.1:${initiator.connection}`;
    const { connection } = initiator;
    const local = "127.0.0.1:3260";
    const input = { type: "connected", connection, remote, portal, local } as const;
    this.target.handle(input, this.nowMs);
    this.settle();
    return initiator;
  }

  /** A connection in full feature phase. */
  logIn(keys: Keys = {}, login: { isid?: string } = {}): Initiator {
    const initiator = this.connect();
    const answer = initiator.logIn(keys, login);
    expect(answer).toMatchObject({ name: "Login Response", statusClass: 0, transit: true });
    return initiator;
  }

  /** A further connection of the session of `leading`: they count commands and tags together. */
  join(leading: Initiator, cid: number, keys: Keys = {}): Initiator {
    const { tsih } = leading;
    const initiator = this.connect();
    initiator.numbers = leading.numbers;
    expect(initiator.logIn(keys, { tsih, cid })).toMatchObject({ statusClass: 0, tsih });
    return initiator;
  }

  /** Carries out all effects, and what they lead to. */
  settle(): void {
    for (let hasMore = true; hasMore;) {
      hasMore = false;
      this.target.drain((effect) => {
        hasMore = true;
        this.initiators.get(effect.connection)?.effect(effect);
      });
      for (const initiator of this.initiators.values()) {
        hasMore = initiator.confirm() || hasMore;
      }
    }
    this.target.invariants();
  }

  /** Lets time pass, stopping at every deadline on the way. */
  advance(ms: number): void {
    const end = this.nowMs + ms;
    while (this.target.nextDeadline() <= end) {
      this.nowMs = Math.max(this.nowMs, this.target.nextDeadline());
      this.target.time(this.nowMs);
      this.settle();
    }
    this.nowMs = end;
  }
}

export class Initiator {
  readonly world: World;
  readonly connection: number;
  /** Everything that came and was not yet looked at. */
  answers: Answer[] = [];
  closed: "end" | "reset" | null = null;
  isPaused = false;
  /** The socket takes nothing: sends stay unconfirmed. */
  isStalled = false;
  /** Of the session: connections of one session have them in common. */
  numbers = { cmdSN: 100, lastTag: 0 };
  /** TSIH that the login was answered with. */
  tsih = 0;
  statSN: number | null = null;
  /** Whether StatSNs must come in order; not where statuses are sent again. */
  isStrict = true;
  digests: Digests = { header: false, data: false };
  #framer = new Framer(crc32c);
  #unconfirmed = 0;

  constructor(world: World, connection: number) {
    this.world = world;
    this.connection = connection;
    this.#framer.expect({ dataSegmentMax: 2 ** 24 });
  }

  effect(effect: { type: string; chunks?: Uint8Array[]; how?: "end" | "reset" }): void {
    if (effect.type === "pause" || effect.type === "resume") {
      this.isPaused = effect.type === "pause";
    }
    if (effect.type === "close") this.closed = effect.how ?? null;
    for (const chunk of effect.chunks ?? []) this.#framer.push(Buffer.from(chunk));
    if (effect.type === "send") this.#unconfirmed++;
    for (let pdu = this.#framer.next(); pdu !== null; pdu = this.#framer.next()) {
      if (isProtocolError(pdu)) throw new Error(pdu.detail);
      this.#decode(pdu);
    }
  }

  /** Confirms what was sent; false when there is nothing to confirm. */
  confirm(): boolean {
    if (this.isStalled || this.#unconfirmed === 0) return false;
    const count = this.#unconfirmed;
    this.#unconfirmed = 0;
    const { connection, world } = this;
    world.target.handle({ type: "sent", connection, count }, world.nowMs);
    return true;
  }

  /** Sends a PDU; a numbered one takes the next CmdSN unless told one. Returns its tag. */
  send(row: PduRow, fields: Fields = {}, data?: Uint8Array): number {
    this.push(this.encode(row, fields, data));
    return this.numbers.lastTag;
  }

  /** The bytes of a PDU as `send` would send them. */
  encode(row: PduRow, fields: Fields = {}, data?: Uint8Array): Buffer {
    const tag: number = fields["initiatorTaskTag"] ?? this.numbers.lastTag + 1;
    if (tag !== NO_TAG) this.numbers.lastTag = tag;
    const isNumbered = "cmdSN" in row.fields && fields["immediate"] !== true;
    const cmdSN = fields["cmdSN"] ?? this.numbers.cmdSN;
    if (isNumbered && fields["cmdSN"] === undefined) this.numbers.cmdSN++;
    const first = row.opcode === loginRequest.opcode ? {} : { final: true };
    const expStatSN = this.statSN ?? 0;
    const values = { ...first, cmdSN, expStatSN, ...fields, initiatorTaskTag: tag };
    const bhs = row.encode(values as never);
    return wireBytes(data === undefined ? { bhs } : { bhs, data }, this.digests);
  }

  /** Sends bytes. */
  push(chunk: Uint8Array): void {
    const { connection, world } = this;
    const lease = new PoisonedChunk(chunk);
    world.target.handle({ type: "bytes", connection, chunk: lease.chunk, lease }, world.nowMs);
    lease.release();
    world.settle();
  }

  disconnect(): void {
    const { connection, world } = this;
    world.target.handle({ type: "disconnected", connection }, world.nowMs);
    world.initiators.delete(connection);
    world.settle();
  }

  /** The answers that came; looking takes them. */
  take(): Answer[] {
    const { answers } = this;
    this.answers = [];
    return answers;
  }

  /** The one answer that came. */
  takeOne(): Answer {
    const answers = this.take();
    expect(answers.map(({ name }) => name)).toHaveLength(1);
    return answers[0] as Answer;
  }

  /** Logs in with one request in the operational stage; returns the response. */
  logIn(keys: Keys = {}, login: { isid?: string; tsih?: number; cid?: number } = {}): Answer {
    const all: Keys = {
      InitiatorName: initiatorName,
      ...(keys["SessionType"] === "Discovery" ? {} : { TargetName: targetName }),
      ...keys,
    };
    const isid = Buffer.from(login.isid ?? "00023d000001", "hex");
    const { LoginOperationalNegotiation: csg, FullFeaturePhase: nsg } = LoginStage;
    const data = formatText(Object.entries(all).map(([key, value]) => ({ key, value })));
    const { tsih = 0, cid = 0 } = login;
    const fields = { immediate: true, transit: true, csg, nsg, isid, tsih, cid };
    this.send(loginRequest as unknown as PduRow, fields, data);
    const answer = this.takeOne();
    this.tsih = answer["tsih"];
    const isDigested = (key: string): boolean => textOf(answer)[key] === "CRC32C";
    this.digests = { header: isDigested("HeaderDigest"), data: isDigested("DataDigest") };
    this.#framer.expect({ headerDigest: this.digests.header, dataDigest: this.digests.data });
    return answer;
  }

  /** Sends a SCSI Command. */
  command(cdb: Uint8Array, fields: Fields = {}, data?: Uint8Array): number {
    const whole = Buffer.alloc(16);
    whole.set(cdb);
    return this.send(
      scsiCommand as unknown as PduRow,
      { attribute: 1, cdb: whole, ...fields },
      data,
    );
  }

  read(lba: number, count: number, fields: Fields = {}): number {
    const expectedDataTransferLength = count * BLOCK;
    return this.command(read10(lba, count), { read: true, expectedDataTransferLength, ...fields });
  }

  write(lba: number, count: number, fields: Fields = {}, data?: Uint8Array): number {
    const expectedDataTransferLength = count * BLOCK;
    const all = { write: true, expectedDataTransferLength, ...fields };
    return this.command(write10(lba, count), all, data);
  }

  dataOut(fields: Fields, data: Uint8Array): void {
    this.send(dataOut as unknown as PduRow, fields, data);
  }

  /** Says what has come, as the answer to a ping does. */
  acknowledge(fields: Fields = {}): void {
    this.push(this.encodeAcknowledgement(fields));
  }

  encodeAcknowledgement(fields: Fields = {}): Buffer {
    const all = { immediate: true, initiatorTaskTag: NO_TAG, targetTransferTag: 1, ...fields };
    return this.encode(nopOut as unknown as PduRow, all);
  }

  /** Sends a SNACK Request; it names no task and no transfer unless told one. */
  snack(type: number, fields: Fields = {}): void {
    const tags = { initiatorTaskTag: NO_TAG, targetTransferTag: NO_TAG };
    this.send(snackRequest as unknown as PduRow, { type, ...tags, ...fields });
  }

  /** Sends a PDU whose data was changed on the way: its data digest is wrong. Returns its tag. */
  sendDamaged(row: PduRow, fields: Fields, data: Uint8Array): number {
    const bytes = this.encode(row, fields, data);
    const at = bytes.length - 5;
    bytes[at] = (bytes[at] as number) ^ 1;
    this.push(bytes);
    return this.numbers.lastTag;
  }

  text(fields: Fields, data?: Uint8Array): number {
    const all = { targetTransferTag: NO_TAG, ...fields };
    return this.send(textRequest as unknown as PduRow, all, data);
  }

  manage(code: number, fields: Fields = {}): number {
    return this.send(taskManagementRequest as unknown as PduRow, { function: code, ...fields });
  }

  logOut(fields: Fields = {}): number {
    return this.send(logoutRequest as unknown as PduRow, fields);
  }

  #decode(pdu: Pdu): void {
    const row = TARGET_ROWS.get(pdu.opcode);
    if (row === undefined) throw new Error(`opcode ${pdu.opcode} from a target`);
    const answer = { ...row.decode(pdu.bhs), name: row.name, data: Buffer.concat(pdu.data) };
    if (this.isStrict) this.#checkStatSN(answer);
    this.answers.push(answer);
  }

  /** StatSN goes up by one with every PDU that carries status, and with no other. */
  #checkStatSN(answer: Answer): void {
    const isStatus =
      answer.name === "SCSI Data-In"
        ? answer["hasStatus"]
        : answer.name !== "Ready To Transfer" && answer["initiatorTaskTag"] !== NO_TAG;
    const isNumbered = isStatus || answer.name === "Reject" || answer.name === asyncMessage.name;
    const { statSN } = answer as unknown as { statSN: number };
    if (answer.name === "SCSI Data-In" && !isNumbered) return expect(statSN).toBe(0);
    this.statSN ??= statSN;
    expect(`${answer.name} StatSN ${statSN}`).toBe(`${answer.name} StatSN ${this.statSN}`);
    if (isNumbered) this.statSN = (this.statSN + 1) >>> 0;
  }
}

export function read10(lba: number, count: number): Uint8Array {
  return cdb10(0x28, lba, count);
}

export function write10(lba: number, count: number): Uint8Array {
  return cdb10(0x2a, lba, count);
}

function cdb10(opcode: number, lba: number, count: number): Uint8Array {
  const cdb = Buffer.alloc(10);
  cdb[0] = opcode;
  cdb.writeUInt32BE(lba, 2);
  cdb.writeUInt16BE(count, 7);
  return cdb;
}

/** The text of an answer. */
export function textOf(answer: Answer): Record<string, string> {
  const items = parseText(answer.data);
  if (isProtocolError(items)) throw new Error(items.detail);
  return Object.fromEntries(items.map(({ key, value }) => [key, value]));
}

/** Sense key, ASC and ASCQ of a SCSI Response, as `b/4b/06`. */
export function senseOf(answer: Answer): string {
  const sense = answer.data.subarray(2);
  const hex = (byte = 0): string => byte.toString(16).padStart(2, "0");
  return `${((sense[2] ?? 0) & 0xf).toString(16)}/${hex(sense[12])}/${hex(sense[13])}`;
}

/** Bytes that tell their place. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = at * 7 + seed * 13 + (at >> 8);
  return bytes;
}
