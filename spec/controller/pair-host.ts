/** A host at one side of a pair: it sends commands over a session of its own. */
import type { Side } from "../../lib/mirror/config";
import { scsiCommand } from "../../lib/iscsi/pdus/scsi-command";
import {
  TaskManagementFunctionCode,
  taskManagementRequest,
} from "../../lib/iscsi/pdus/task-management";
import { wireBytes } from "../iscsi/wire";
import type { PairRig } from "./pair-rig";

const TEST_UNIT_READY = Buffer.alloc(16);
const UNIT_ATTENTION = 6;

export class Host {
  readonly #rig: PairRig;
  readonly #side: Side;
  readonly #connection: number;
  #cmdSN = 1;

  constructor(rig: PairRig, side: Side, name = `iqn.2026-01.org.example:host${side}`) {
    this.#rig = rig;
    this.#side = side;
    this.#connection = rig.sides[side].logIn(name);
    rig.settle();
    while (this.run(TEST_UNIT_READY).key === UNIT_ATTENTION);
  }

  run(
    cdb: Uint8Array,
    transfer: { in?: number; out?: Buffer } = {},
  ): { status: number; data: Buffer; sense: string; key: number } {
    const { received } = this.#rig.sides[this.#side];
    const answers = received.get(this.#connection) as Buffer[];
    const before = answers.length;
    this.#rig.sides[this.#side].send(this.#connection, this.#command(cdb, transfer));
    this.#rig.settle();
    const bytes = Buffer.concat(answers.slice(before));
    if (bytes.length === 0) throw new Error("no answer came");
    const segment = bytes.subarray(48, 48 + bytes.readUIntBE(5, 3));
    // Data-In with status, or SCSI Response with sense data behind its length.
    if (bytes[0] === 0x25) return { status: bytes[3] as number, data: segment, sense: "", key: 0 };
    const code = segment.length < 16 ? "" : segment.subarray(2 + 12, 2 + 14).toString("hex");
    const key = segment.length < 16 ? 0 : (segment[2 + 2] as number) & 0x0f;
    return { status: bytes[3] as number, data: Buffer.alloc(0), sense: code, key };
  }

  /** CLEAR ACA; the response. */
  clearAca(): number {
    const { received } = this.#rig.sides[this.#side];
    const answers = received.get(this.#connection) as Buffer[];
    const before = answers.length;
    const bhs = taskManagementRequest.encode({
      function: TaskManagementFunctionCode.CLEAR_ACA,
      initiatorTaskTag: 0x8000_0000 + this.#cmdSN,
      referencedTaskTag: 0xffff_ffff,
      cmdSN: this.#cmdSN++,
    });
    this.#rig.sides[this.#side].send(this.#connection, wireBytes({ bhs }));
    this.#rig.settle();
    return Buffer.concat(answers.slice(before))[2] as number;
  }

  /** Hands a command over, and nothing after it: what leaves the controller then. */
  begin(cdb: Uint8Array, transfer: { in?: number; out?: Buffer }): string[] {
    const { controller, nowMs } = this.#rig.sides[this.#side];
    const chunk = this.#command(cdb, transfer);
    controller.handle({ type: "bytes", connection: this.#connection, chunk, lease: null }, nowMs);
    const effects: string[] = [];
    controller.drain(({ type }) => void effects.push(type));
    return effects;
  }

  #command(cdb: Uint8Array, transfer: { in?: number; out?: Buffer }): Buffer {
    const { in: length = 0, out = Buffer.alloc(0) } = transfer;
    const bhs = scsiCommand.encode({
      ...{ read: length > 0, write: out.length > 0, attribute: 1 },
      initiatorTaskTag: this.#cmdSN,
      expectedDataTransferLength: length + out.length,
      cmdSN: this.#cmdSN++,
      cdb: Buffer.concat([cdb, Buffer.alloc(16 - cdb.length)]),
    });
    return wireBytes({ bhs, data: out });
  }
}
