import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PairAnswer } from "../../lib/mirror/pair-status";
import { AdminServer, type AdminRequest, type SessionRow } from "../../lib/node/admin";
import { runSession, type SessionAction } from "../../lib/node/session-command";
import { killAll, ready, twinlun } from "./support/program";

const session: SessionRow = {
  ...{ id: "2.17", side: 2, tsih: 17, type: "Normal", initiatorName: "iqn.2000-01.a:b" },
  ...{ isid: "00023d000001", taskCount: 4 },
  connections: [
    {
      ...{ connection: 3, cid: 0, remote: "127.0.0.1:40000", portal: "127.0.0.1:3261" },
      ...{ headerDigest: "None", dataDigest: "None" },
    },
  ],
};

jest.setTimeout(60_000);

let directory: string;
let socket: string;
let admin: AdminServer | null;
let requests: AdminRequest[];
let output: string;
let errors: string;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  socket = join(directory, "admin.sock");
  [admin, requests, output, errors] = [null, [], "", ""];
});
afterEach(() => {
  admin?.close();
  killAll();
  fs.rmSync(directory, { recursive: true });
});

async function run(
  action: SessionAction,
  answer: PairAnswer = { ok: true, text: "1 session." },
): Promise<number> {
  admin = await AdminServer.open(socket);
  admin.start((request) => {
    requests.push(request);
    return Promise.resolve(request.command === "sessions" ? { sessions: [session] } : answer);
  });
  const out = (text: string): void => void (output += text);
  const err = (text: string): void => void (errors += text);
  return runSession(socket, action, { out, err, wait: () => Promise.resolve() });
}

describe("twinlun session", () => {
  it("lists the sessions as a table", async () => {
    expect(await run({ type: "list", isJson: false })).toBe(0);
    expect(output).toMatch(/^SESSION +TYPE +INITIATOR .* TASKS\n2\.17 +Normal +iqn.* 4\n$/);
  });

  it("lists the sessions as JSON", async () => {
    expect(await run({ type: "list", isJson: true })).toBe(0);
    expect(JSON.parse(output)).toEqual([session]);
  });

  it("gives an order for one session or for all", async () => {
    expect(await run({ type: "logout", session: "2.17" })).toBe(0);
    expect(requests).toEqual([{ command: "session", order: "logout", session: "2.17" }]);
    expect(output).toBe("logout: 1 session.\n");
  });

  it("says when there is no such session", async () => {
    const refused = { ok: false, text: "There is no session 9.9." };
    expect(await run({ type: "drop", session: "9.9" }, refused)).toBe(1);
    expect(errors).toBe("drop: There is no session 9.9.\n");
  });

  it("asks a plain target, too, when it has a socket", async () => {
    const listen = ["--single", "--listen", "127.0.0.1:0", "--store", "memory:1M"];
    const program = twinlun("serve", ...listen, "--admin-socket", socket);
    await ready(program);
    const flags = ["--single", "--store", "memory:1M", "--admin-socket", socket];
    const list = twinlun("session", "list", ...flags);
    expect(await list.exit).toBe(0);
    expect(list.output.stdout).toMatch(/^SESSION .*\n$/);
    const drop = twinlun("session", "drop", ...flags);
    expect(await drop.exit).toBe(1);
    expect(drop.output.stderr).toBe("drop: There is no session.\n");
  });
});
