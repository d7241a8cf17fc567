/**
 * The way out of a connection in full feature phase: puts StatSN, ExpCmdSN and MaxCmdSN on every
 * PDU and hands it to the outbox. What the PDUs say is for those who send them.
 */
import type { Fields, Values } from "node-scsi-cdb";
import { putU32, withRoom } from "../base/bytes";
import { serialAdd } from "../base/serial-number";
import type { CommandWindow } from "./command-window";
import type { Outbox, Release } from "./outbox";
import type { PduRow } from "./pdu";
import type { SentStatus, Unacknowledged } from "./unacknowledged";

/** Where these stand in every PDU that uses up a StatSN. */
const EXP_CMD_SN = 28;
const MAX_CMD_SN = 32;
const NO_DATA: readonly Uint8Array[] = Object.freeze([]);

export class Sender {
  readonly #outbox: Outbox;
  readonly #window: CommandWindow<unknown>;
  /** Tells the target that this connection has something to send in this turn. */
  readonly #touch: () => void;
  /** What may be asked for again; null: nothing, at ErrorRecoveryLevel 0. */
  readonly unacknowledged: Unacknowledged | null;
  #statSN: number;

  constructor(fields: {
    outbox: Outbox;
    window: CommandWindow<unknown>;
    statSN: number;
    touch: () => void;
    unacknowledged: Unacknowledged | null;
  }) {
    this.#outbox = fields.outbox;
    this.#window = fields.window;
    this.#statSN = fields.statSN;
    this.#touch = fields.touch;
    this.unacknowledged = fields.unacknowledged;
  }

  /** The StatSN of the next PDU that uses one up. */
  get statSN(): number {
    return this.#statSN;
  }

  get expCmdSN(): number {
    return this.#window.expCmdSN;
  }

  get maxCmdSN(): number {
    return this.#window.maxCmdSN;
  }

  /** Uses up a StatSN. */
  takeStatSN(): number {
    const statSN = this.#statSN;
    this.#statSN = serialAdd(statSN, 1);
    return statSN;
  }

  /** A zeroed header for the hand-written writers, to be given to `add`. */
  header(): Uint8Array {
    return this.#outbox.slot();
  }

  /**
   * `data` of a borrowed payload buffer with the room for a header before it, to be given to
   * `addFramed`; null: something follows the data in its PDU.
   */
  frame(data: Uint8Array): Uint8Array | null {
    const { headLength } = this.#outbox;
    return this.#outbox.endsWithData(data.length) ? withRoom(data, headLength) : null;
  }

  addFramed(pdu: Uint8Array, release?: Release): void {
    this.#outbox.addFramed(pdu, release);
    this.#touch();
  }

  /** Queues a PDU whose header is complete. */
  add(bhs: Uint8Array, data?: readonly Uint8Array[], dataLength?: number, release?: Release): void {
    this.#outbox.add(bhs, data, dataLength, release);
    this.#touch();
  }

  /**
   * Queues a PDU by its row. It uses up a StatSN unless `keepsStatSN`: an unsolicited NOP-In shows
   * the next StatSN only. [RFC7143 11.19.2]
   */
  send<F extends Fields>(
    row: PduRow<F>,
    fields: Partial<Values<F>>,
    options: { data?: Uint8Array; keepsStatSN?: boolean } = {},
  ): void {
    const statSN = options.keepsStatSN === true ? this.#statSN : this.takeStatSN();
    const numbers = { statSN, expCmdSN: this.expCmdSN, maxCmdSN: this.maxCmdSN };
    const values = { final: true, ...fields, ...numbers } as unknown as Partial<Values<F>>;
    const bhs = row.encode(values, this.header());
    const { data } = options;
    const chunks = data === undefined || data.length === 0 ? NO_DATA : [data];
    const dataLength = data?.length ?? 0;
    if (this.unacknowledged !== null && options.keepsStatSN !== true) {
      const sent = { statSN, bhs: Buffer.from(bhs), data: chunks, dataLength, dataIn: null };
      this.unacknowledged.keep(sent);
    }
    this.add(bhs, chunks, dataLength);
  }

  /** Queues a PDU again, as it was but for the numbers of now. [RFC7143 11.16] */
  sendAgain({ bhs, data, dataLength }: SentStatus): void {
    const again = this.header();
    again.set(bhs);
    putU32(again, EXP_CMD_SN, this.expCmdSN);
    putU32(again, MAX_CMD_SN, this.maxCmdSN);
    this.add(again, data, dataLength);
  }
}
