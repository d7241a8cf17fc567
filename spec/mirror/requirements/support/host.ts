/** A host logged in at one of two whole controllers; it reads. Its commands end before it goes on. */
import { scsiCommand } from "../../../../lib/iscsi/pdus/scsi-command";
import type { Side } from "../../../../lib/mirror/config";
import type { PairRig } from "../../../controller/pair-rig";
import { wireBytes } from "../../../iscsi/wire";

const TEST_UNIT_READY = "00";
const UNIT_ATTENTIONS_MAX = 16;

export class Host {
  readonly #rig: PairRig;
  readonly #side: Side;
  readonly #connection: number;
  #cmdSN = 1;

  constructor(rig: PairRig, side: Side) {
    this.#rig = rig;
    this.#side = side;
    this.#connection = rig.sides[side].logIn(`iqn.2026-01.org.example:host${side}`);
    rig.settle();
    for (let i = 0; i < UNIT_ATTENTIONS_MAX && this.run(TEST_UNIT_READY, {})[1] !== 0; i++);
  }

  /** Data of a command that ends GOOD. */
  read(cdb: string, length: number): string {
    const answer = this.run(cdb, { length });
    // Data-In that has the status with it.
    expect([answer[0], answer[3]]).toEqual([0x25, 0]);
    return answer.subarray(48, 48 + answer.readUIntBE(5, 3)).toString("hex");
  }

  write(cdb: string, data: Buffer): void {
    const answer = this.run(cdb, { data });
    expect([answer[0], answer[3]]).toEqual([0x21, 0]);
  }

  /** What was sent in answer, from its first PDU on. */
  run(cdb: string, transfer: { length?: number; data?: Buffer }): Buffer {
    const { length = 0, data = Buffer.alloc(0) } = transfer;
    const bytes = Buffer.from(cdb, "hex");
    const bhs = scsiCommand.encode({
      ...{ read: length > 0, write: data.length > 0, attribute: 1 },
      initiatorTaskTag: this.#cmdSN,
      expectedDataTransferLength: length + data.length,
      cmdSN: this.#cmdSN++,
      cdb: Buffer.concat([bytes, Buffer.alloc(16 - bytes.length)]),
    });
    const { received } = this.#rig.sides[this.#side];
    const answers = received.get(this.#connection) as Buffer[];
    const before = answers.length;
    this.#rig.sides[this.#side].send(this.#connection, wireBytes({ bhs, data }));
    this.#rig.settle();
    return Buffer.concat(answers.slice(before));
  }
}
