/** A session of several connections with a running pair. */
import { read10, write10 } from "node-scsi-cdb";
import { Prng } from "../../lib/base/prng";
import type { Pdu } from "../../lib/iscsi/pdu";
import { LoginStatus } from "../../lib/iscsi/pdus/login-status";
import { LogoutReason, logoutRequest, logoutResponse } from "../../lib/iscsi/pdus/logout";
import { nopIn, nopOut } from "../../lib/iscsi/pdus/nop";
import {
  TaskManagementFunctionCode,
  taskManagementRequest,
  taskManagementResponse,
} from "../../lib/iscsi/pdus/task-management";
import { killAll, ready, twinlun } from "../node/support/program";
import { NO_TAG, WireInitiator, pduBytes } from "./support/initiator";

const IQN = "iqn.2026-11.io.twinlun:disk";
const HOST = "iqn.2026-11.io.twinlun:host";
const TEST_UNIT_READY = Buffer.alloc(6);
const BLOCKS = { lba: 0, blockCount: 8 };
const portOf = (portal: string | undefined): number => Number(portal?.split(":").at(-1));

jest.setTimeout(60_000);
afterEach(killAll);

interface Session {
  readonly leading: WireInitiator;
  readonly other: WireInitiator;
  readonly portals: readonly string[];
}

/** Of connections 0 and 1; the next CmdSN is 2. */
async function begin(): Promise<Session> {
  const listen = ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  const { portals } = await ready(twinlun("serve", ...listen, "--store", "memory:8M"));
  const leading = await WireInitiator.connect(portOf(portals[0]));
  expect(await leading.login(IQN, HOST, { MaxConnections: "2" })).toBe(0);
  // The unit attention of the nexus, which is one for both.
  await leading.command(TEST_UNIT_READY, {}, 1);
  const other = await WireInitiator.connect(portOf(portals[0]));
  expect(await other.login(IQN, HOST, {}, { tsih: leading.tsih, cid: 1 })).toBe(0);
  return { leading, other, portals };
}

async function answer(initiator: WireInitiator): Promise<Pdu> {
  const pdu = await initiator.receive();
  if (pdu === null) throw new Error("closed instead of an answer");
  return pdu;
}

/** Answers a ping, as hosts do at once. */
async function acknowledge(initiator: WireInitiator): Promise<void> {
  const { targetTransferTag, statSN: expStatSN } = nopIn.decode((await answer(initiator)).bhs);
  const tags = { initiatorTaskTag: NO_TAG, targetTransferTag };
  initiator.send(pduBytes(nopOut.encode({ immediate: true, ...tags, expStatSN })));
}

describe("a session of two connections with a pair", () => {
  it("[RFC7143 4.2.2.1] reads by one what it wrote before by the other, though that came later", async () => {
    const { leading, other } = await begin();
    expect((await leading.command(TEST_UNIT_READY, {}, 2)).status).toBe(0);
    const out = Buffer.from(new Prng(1).bytes(8 * 512));
    const reading = leading.command(read10.encode(BLOCKS), { in: out.length }, 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await other.command(write10.encode(BLOCKS), { out }, 3)).status).toBe(0);
    expect((await reading).data.equals(out)).toBe(true);
  });

  it("[RFC7143 4.2.2.3] gets the answer to a reset when the other connection has acknowledged", async () => {
    const { leading, other } = await begin();
    const { LOGICAL_UNIT_RESET } = TaskManagementFunctionCode;
    const fields = { immediate: true, function: LOGICAL_UNIT_RESET, initiatorTaskTag: 77 };
    leading.send(pduBytes(taskManagementRequest.encode({ ...fields, cmdSN: 2, expStatSN: 1 })));
    await acknowledge(other);
    const response = taskManagementResponse.decode((await answer(leading)).bhs);
    expect(response).toMatchObject({ response: 0, initiatorTaskTag: 77 });
    await acknowledge(leading);
    const late = leading.command(TEST_UNIT_READY, {}, 2);
    await acknowledge(other);
    expect((await late).status).toBe(2);
    await acknowledge(leading);
    expect((await other.command(TEST_UNIT_READY, {}, 3)).status).toBe(0);
  });

  it("[RFC7143 11.14] goes on with one when the other is logged out", async () => {
    const { leading, other } = await begin();
    const fields = { immediate: true, reason: LogoutReason.CLOSE_CONNECTION, cid: 1 };
    leading.send(pduBytes(logoutRequest.encode({ ...fields, cmdSN: 2, expStatSN: 1 })));
    const response = logoutResponse.decode((await answer(leading)).bhs);
    expect(response.response).toBe(0);
    await other.closed();
    expect((await leading.command(TEST_UNIT_READY, {}, 2)).status).toBe(0);
  });

  it("[RFC7143 7.14] ends with any of them that breaks", async () => {
    const { leading, other } = await begin();
    other.close();
    await leading.closed();
  });

  it("[RFC7143 11.13.5] has no connection by the other side of the pair", async () => {
    const { leading, portals } = await begin();
    const stranger = await WireInitiator.connect(portOf(portals[1]));
    const status = await stranger.login(IQN, HOST, {}, { tsih: leading.tsih, cid: 2 });
    expect(status).toBe(LoginStatus.SESSION_DOES_NOT_EXIST);
  });
});
