/** ErrorRecoveryLevel 1 against a running pair: its buffers, sockets and relayed writes. */
import { read10, write10 } from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import { gather } from "../../lib/base/bytes";
import { NO_TAG } from "../../lib/iscsi/pdu";
import { dataIn } from "../../lib/iscsi/pdus/data";
import { reject } from "../../lib/iscsi/pdus/reject";
import { SnackType, snackRequest } from "../../lib/iscsi/pdus/snack";
import { killAll, ready, twinlun } from "../node/support/program";
import { pduBytes, WireInitiator } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";
const BLOCKS = 16;
const LENGTH = BLOCKS * 512;

jest.setTimeout(60_000);
afterEach(killAll);

async function loggedIn(portal: string, name: string): Promise<WireInitiator> {
  const initiator = await WireInitiator.connect(Number(portal.split(":").at(-1)));
  const keys = { ErrorRecoveryLevel: "1" };
  expect(await initiator.login(IQN, `iqn.2026-11.io.twinlun:${name}`, keys)).toBe(0);
  await initiator.command(Buffer.alloc(6));
  return initiator;
}

describe("a pair at ErrorRecoveryLevel 1", () => {
  it("[RFC7143 11.16] sends again what it read, though the other side has written since", async () => {
    const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    const target = twinlun("serve", ...listen, "--error-recovery-level", "1");
    const [main, sub] = (await ready(target)).portals as [string, string];
    const [reader, writer] = [await loggedIn(main, "reader"), await loggedIn(sub, "writer")];
    const prng = new Prng(1);
    const [before, after] = [Buffer.from(prng.bytes(LENGTH)), Buffer.from(prng.bytes(LENGTH))];
    const write = write10.encode({ lba: 0, blockCount: BLOCKS });
    const read = read10.encode({ lba: 0, blockCount: BLOCKS });
    expect(await writer.command(write, { out: before })).toMatchObject({ status: 0 });
    // The test initiator gives a read its tag: the third PDU it sends.
    const initiatorTaskTag = 3;
    const acknowledged = reader.expStatSN;
    expect((await reader.command(read, { in: LENGTH })).data.equals(before)).toBe(true);
    expect(await writer.command(write, { out: after })).toMatchObject({ status: 0 });
    expect((await writer.command(read, { in: LENGTH })).data.equals(after)).toBe(true);

    const snack = (expStatSN: number): Uint8Array =>
      pduBytes(
        snackRequest.encode({
          ...{ type: SnackType.DATA_OR_R2T, initiatorTaskTag, targetTransferTag: NO_TAG },
          ...{ expStatSN, runLength: 1 },
        }),
      );
    reader.send(snack(acknowledged));
    const again = await reader.receive();
    expect(again?.opcode).toBe(dataIn.opcode);
    expect(Buffer.from(gather(again?.data ?? [])).equals(before)).toBe(true);

    reader.send(snack(reader.expStatSN));
    expect((await reader.receive())?.opcode).toBe(reject.opcode);
    for (const initiator of [reader, writer]) initiator.close();
  });
});
