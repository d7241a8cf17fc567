import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AdminServer,
  parseRequest,
  type AdminAnswer,
  type AdminRequest,
} from "../../lib/node/admin";
import { askToDo, askStatus, askSteps } from "../../lib/node/admin-client";
import { SettingsError } from "../../lib/node/settings-error";

const STATUS = { target: "iqn.x", pid: 7, sides: [] };

let directory: string;
let path: string;
let admin: AdminServer | null;

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  path = join(directory, "made", "admin.sock");
  admin = null;
});
afterEach(() => {
  admin?.close();
  fs.rmSync(directory, { recursive: true });
});

async function open(
  answer: (request: AdminRequest) => AdminAnswer = () => STATUS,
): Promise<AdminServer> {
  admin = await AdminServer.open(path);
  admin.start((request) => Promise.resolve(answer(request)));
  return admin;
}

/** What comes back until the connection ends. */
function raw(bytes: string | Buffer, how: { ends: boolean } = { ends: false }): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ path });
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    if (how.ends) socket.end(bytes);
    else socket.write(bytes);
  });
}

describe("a request", () => {
  it.each<[string, AdminRequest]>([
    ['{"command":"status"}', { command: "status" }],
    [
      '{"command":"pair","lun":2,"action":{"type":"split"}}',
      { command: "pair", lun: 2, action: { type: "split" } },
    ],
    [
      '{"command":"pair","lun":0,"action":{"type":"resync","source":2}}',
      { command: "pair", lun: 0, action: { type: "resync", source: 2 } },
    ],
    [
      '{"command":"pair","lun":0,"action":{"type":"create"}}',
      { command: "pair", lun: 0, action: { type: "create", source: null } },
    ],
    [
      '{"command":"pair","lun":0,"action":{"type":"alone"}}',
      { command: "pair", lun: 0, action: { type: "alone" } },
    ],
    [
      '{"command":"pair","lun":0,"action":{"type":"verify"}}',
      { command: "pair", lun: 0, action: { type: "verify", isRepairing: false } },
    ],
    ['{"command":"sessions"}', { command: "sessions" }],
    [
      '{"command":"session","order":"logout"}',
      { command: "session", order: "logout", session: null },
    ],
    [
      '{"command":"session","order":"drop","session":"1.2"}',
      { command: "session", order: "drop", session: "1.2" },
    ],
    [
      '{"command":"steps","last":100,"commands":[281474976710657]}',
      { command: "steps", last: 100, commands: [2 ** 48 + 1] },
    ],
  ])("is read: %s", (line, request) => expect(parseRequest(line)).toEqual(request));

  it.each([
    "",
    "{",
    "[]",
    "null",
    '{"command":"stop"}',
    '{"command":"session","order":"stop"}',
    '{"command":"session","order":"drop","session":1}',
    '{"command":"steps","last":101,"commands":[]}',
    '{"command":"steps","last":-1,"commands":[]}',
    '{"command":"steps","last":1}',
    '{"command":"steps","last":1,"commands":["1"]}',
    `{"command":"steps","last":1,"commands":[${"1,".repeat(200)}1]}`,
    '{"command":"pair","lun":"0","action":{"type":"split"}}',
    '{"command":"pair","lun":0,"action":"split"}',
    '{"command":"pair","lun":0,"action":{"type":"constructor"}}',
    '{"command":"pair","lun":0,"action":{"type":"create","source":3}}',
    '{"command":"pair","lun":0,"action":{"type":"verify","isRepairing":1}}',
  ])("that is none of ours is refused: %j", (line) => expect(parseRequest(line)).toBeNull());
});

describe("the administration socket", () => {
  it("answers one request with one line, also when the asker ends its half first", async () => {
    await open();
    expect(JSON.parse(await raw('{"command":"status"}\n', { ends: true }))).toEqual(STATUS);
    expect(await raw('{"command":"status"}\n{"command":"status"}\n')).toMatch(/^[^\n]+\n$/);
    expect(await askStatus(path)).toEqual(STATUS);
  });

  it("is for its owner alone, in a directory made for it, and gone at the end", async () => {
    const server = await open();
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    server.close();
    await new Promise((next) => setTimeout(next, 20));
    expect(fs.existsSync(path)).toBe(false);
  });

  it.each([
    ["noise", Buffer.from([0, 1, 255, 254, 10])],
    ["JSON of something else", "[1]\n"],
    ["a request without an end", `{"a":"${"x".repeat(5000)}`],
  ])("refuses %s in a sentence", async (_, bytes) => {
    await open();
    const text = "The request is none that is known.";
    expect(JSON.parse(await raw(bytes))).toEqual({ ok: false, text });
  });

  it("closes on whoever hangs up before the end of the line", async () => {
    await open();
    expect(await raw('{"command"', { ends: true })).toBe("");
  });

  it("takes a socket's file over when nobody listens at it", async () => {
    fs.mkdirSync(join(directory, "made"));
    const program = `require("net").createServer().listen(${JSON.stringify(path)}, () => {
      process.kill(process.pid, "SIGKILL");
    })`;
    spawnSync(process.execPath, ["-e", program]);
    expect(fs.existsSync(path)).toBe(true);
    await open();
    expect(await askStatus(path)).toEqual(STATUS);
  });

  it.each([
    ["another process listens there", async () => void (admin = await AdminServer.open(path))],
    ["something that is no socket is there", async () => fs.promises.writeFile(path, "")],
  ])("is refused in a sentence when %s", async (why, occupy) => {
    fs.mkdirSync(join(directory, "made"));
    await occupy();
    const before = fs.statSync(path).ino;
    const refused = AdminServer.open(path);
    await expect(refused).rejects.toThrow(
      new SettingsError(`Cannot listen on unix:${path}: ${why}.`),
    );
    expect(fs.statSync(path).ino).toBe(before);
  });
});

describe("who asks", () => {
  it("gets steps, and a sentence when the answer has none", async () => {
    const row = { timeMs: 1, sequence: 0, side: 1, volume: 0, command: 5, job: 1, step: 701 };
    let steps: unknown = [row];
    await open(() => ({ steps }) as AdminAnswer);
    expect(await askSteps(path, { last: 1, commands: [] })).toEqual([row]);
    steps = [{ ...row, job: 6 }];
    const refused = askSteps(path, { last: 1, commands: [] });
    await expect(refused).rejects.toThrow(`Cannot ask at ${path}: it answers something else.`);
  });

  const hint = "is twinlun serving a pair, and with this --admin-socket or --conf?";
  it("is told in a sentence that nobody listens", async () => {
    const words = `Nobody listens at ${path}: ${hint}`;
    await expect(askStatus(path)).rejects.toThrow(new SettingsError(words));
  });

  it.each([
    ["", "no answer came."],
    ["220 mail\r\n", "something answers there that is not twinlun."],
    ["null\n", "something answers there that is not twinlun."],
    ['{"sides":5}\n', "something answers there that is not twinlun."],
    ['{"sides":[null]}\n', "something answers there that is not twinlun."],
    ['{"sides":[{"volumes":[7]}]}\n', "something answers there that is not twinlun."],
    ['{"ok":1,"text":"x"}\n', "something answers there that is not twinlun."],
  ])("is told when somebody else listens, who says %j", async (words, why) => {
    fs.mkdirSync(join(directory, "made"));
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined).once("data", () => socket.end(words));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    for (const asked of [
      askStatus(path),
      askSteps(path, { last: 1, commands: [] }),
      askToDo(path, { command: "pair", lun: 0, action: { type: "split" } }),
    ]) {
      await expect(asked).rejects.toThrow(new SettingsError(`Cannot ask at ${path}: ${why}`));
    }
    server.close();
  });

  it("gets the answer to a command of a pair", async () => {
    const requests: AdminRequest[] = [];
    await open((request) => {
      requests.push(request);
      return { ok: true, text: "Split." };
    });
    const request = { command: "pair", lun: 1, action: { type: "split" } } as const;
    expect(await askToDo(path, request)).toEqual({ ok: true, text: "Split." });
    expect(requests).toEqual([request]);
    await expect(askStatus(path)).rejects.toThrow(`Cannot ask at ${path}: Split.`);
  });
});
