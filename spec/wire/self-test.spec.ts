/** A self-test of a running pair, at each of its sides, while hosts write. */
import { logSense, sendDiagnostic, testUnitReady, write10 } from "node-scsi-cdb";
import { killAll, ready, twinlun } from "../node/support/program";
import { WireInitiator } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";
const BACKGROUND_EXTENDED = 2;
const PASSED = 0;
const IN_PROGRESS = 0xf;

jest.setTimeout(60_000);
afterEach(killAll);

/** SELF-TEST RESULTS of the latest one. */
async function resultAt(host: WireInitiator): Promise<number> {
  const cdb = logSense.encode({ pageCode: 0x10, pc: 1, allocationLength: 24 });
  const { data } = await host.command(cdb, { in: 24 });
  expect(data.readUInt8(8) >> 5).toBe(BACKGROUND_EXTENDED);
  return data.readUInt8(8) & 0x0f;
}

it("[SPC-4 5.10] a self-test in the background reads the whole disk at either side", async () => {
  const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  const program = twinlun("serve", ...listen, "--store", "memory:64M", "--admin-socket", "none");
  for (const portal of (await ready(program)).portals) {
    const host = await WireInitiator.connect(Number(portal.split(":").at(-1)));
    expect(await host.login(IQN)).toBe(0);
    await host.command(testUnitReady.encode({}));
    const begin = sendDiagnostic.encode({ selfTestCode: BACKGROUND_EXTENDED });
    expect((await host.command(begin)).status).toBe(0);
    let result: number;
    do {
      const write = write10.encode({ lba: 100, blockCount: 8 });
      expect((await host.command(write, { out: Buffer.alloc(4096, 1) })).status).toBe(0);
      result = await resultAt(host);
    } while (result === IN_PROGRESS);
    expect(result).toBe(PASSED);
    host.close();
  }
});
