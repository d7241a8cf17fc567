/**
 * A small initiator over a real socket, for specs that speak to a running target: it logs in,
 * runs commands one at a time and shows what came back. It also sends bytes as they are.
 */
import { connect, type Socket } from "node:net";
import { crc32c } from "../../../lib/base/crc32c";
import { gather } from "../../../lib/base/bytes";
import { Framer } from "../../../lib/iscsi/framer";
import { NO_TAG, type Pdu } from "../../../lib/iscsi/pdu";
import { dataIn } from "../../../lib/iscsi/pdus/data";
import { loginRequest, loginResponse } from "../../../lib/iscsi/pdus/login";
import { scsiCommand, scsiResponse } from "../../../lib/iscsi/pdus/scsi-command";

export interface CommandResult {
  readonly status: number;
  readonly data: Buffer;
  readonly sense: Buffer;
}

/** One PDU as bytes: header, data, padding. */
export function pduBytes(bhs: Uint8Array, data: Uint8Array = Buffer.alloc(0)): Buffer {
  bhs[5] = data.length >>> 16;
  bhs[6] = data.length >>> 8;
  bhs[7] = data.length;
  return Buffer.concat([bhs, data, Buffer.alloc(-data.length & 3)]);
}

export class WireInitiator {
  readonly socket: Socket;
  readonly #framer = new Framer(crc32c);
  readonly #pdus: Pdu[] = [];
  readonly #waiting: ((pdu: Pdu | null) => void)[] = [];
  readonly isid = Buffer.from([0x80, 0, 0, 0, 0, 0]);
  cmdSN = 1;
  expStatSN = 0;
  /** TSIH of its session. */
  tsih = 0;
  #tag = 1;
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#framer.expect({ dataSegmentMax: 1 << 20 });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.isClosed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
  }

  static connect(port: number, host = "127.0.0.1"): Promise<WireInitiator> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new WireInitiator(socket));
      });
    });
  }

  #receive(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (let pdu = this.#framer.next(); pdu !== null; pdu = this.#framer.next()) {
      if (!("opcode" in pdu)) throw new Error(`the target sent a bad PDU: ${pdu.detail}`);
      const resolve = this.#waiting.shift();
      if (resolve === undefined) this.#pdus.push(pdu);
      else resolve(pdu);
    }
  }

  /** The next PDU; null when the target closed the connection. */
  receive(): Promise<Pdu | null> {
    const pdu = this.#pdus.shift();
    if (pdu !== undefined) return Promise.resolve(pdu);
    if (this.isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Resolves when the connection is closed by either side. */
  closed(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  close(): void {
    this.socket.destroy();
  }

  /**
   * A normal session, or a further connection of the one with a TSIH, in one round trip.
   * @returns the login status, class and detail.
   */
  async login(
    target: string,
    name = "iqn.2026-11.io.twinlun:spec",
    more: Readonly<Record<string, string>> = {},
    { tsih = 0, cid = 0 } = {},
  ): Promise<number> {
    // Connections of one session have their tags in common.
    this.#tag += cid << 16;
    const leading = { InitialR2T: "No", ImmediateData: "Yes" };
    const keys = {
      InitiatorName: name,
      TargetName: target,
      SessionType: "Normal",
      ...(tsih === 0 ? leading : {}),
      MaxRecvDataSegmentLength: "262144",
      ...more,
    };
    const text = Object.entries(keys)
      .map(([key, value]) => `${key}=${value}\0`)
      .join("");
    const bhs = loginRequest.encode({
      immediate: true,
      transit: true,
      csg: 1,
      nsg: 3,
      isid: this.isid,
      tsih,
      cid,
      initiatorTaskTag: this.#tag++,
      cmdSN: this.cmdSN,
    });
    this.send(pduBytes(bhs, Buffer.from(text)));
    const answer = await this.receive();
    if (answer === null) throw new Error("closed during login");
    const response = loginResponse.decode(answer.bhs);
    this.expStatSN = response.statSN + 1;
    this.tsih = response.tsih;
    return (response.statusClass << 8) | response.statusDetail;
  }

  /** Runs one command, its Data-Out as immediate data. */
  async command(
    cdb: Uint8Array,
    transfer: { in?: number; out?: Uint8Array } = {},
    cmdSN = this.cmdSN++,
  ): Promise<CommandResult> {
    const out = transfer.out ?? Buffer.alloc(0);
    const bhs = scsiCommand.encode({
      final: true,
      read: transfer.in !== undefined,
      write: transfer.out !== undefined,
      attribute: 1,
      lun: Buffer.alloc(8),
      initiatorTaskTag: this.#tag++,
      expectedDataTransferLength: transfer.in ?? out.length,
      cmdSN,
      expStatSN: this.expStatSN,
      cdb: Buffer.concat([cdb, Buffer.alloc(16 - cdb.length)]),
    });
    this.send(pduBytes(bhs, out));
    return this.#result();
  }

  async #result(): Promise<CommandResult> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const pdu = await this.receive();
      if (pdu === null) throw new Error("closed during a command");
      if (pdu.opcode === dataIn.opcode) {
        const fields = dataIn.decode(pdu.bhs);
        pieces.push(...pdu.data);
        if (!fields.hasStatus) continue;
        this.expStatSN = fields.statSN + 1;
        return { status: fields.status, data: Buffer.concat(pieces), sense: Buffer.alloc(0) };
      }
      if (pdu.opcode !== scsiResponse.opcode) continue;
      const fields = scsiResponse.decode(pdu.bhs);
      this.expStatSN = fields.statSN + 1;
      const sense = Buffer.from(gather(pdu.data)).subarray(2);
      return { status: fields.status, data: Buffer.concat(pieces), sense };
    }
  }
}

export { NO_TAG };
