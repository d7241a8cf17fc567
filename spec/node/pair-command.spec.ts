import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PairAnswer, PairCommand, VolumeStatus } from "../../lib/mirror/pair-status";
import { AdminServer, type AdminRequest } from "../../lib/node/admin";
import { runPair, runStatus, type Terminal } from "../../lib/node/pair-command";

const volume: VolumeStatus = {
  ...{ number: 0, side: 1, role: "main", state: "PAIR", standing: "mirrored" },
  ...{ isConsistent: true, isLinked: true, pairId: "", epoch: 1, differingBytes: 0 },
  ...{ resync: null, verify: null, lastVerify: null, problem: null },
};
const half = { doneBytes: 1, totalBytes: 2, bytesPerS: 0, secondsLeft: Infinity };

let directory: string;
let socket: string;
let admin: AdminServer;
let requests: AdminRequest[];
/** What the volumes are at each question; the last one stays. */
let lives: (readonly VolumeStatus[])[];
let answer: PairAnswer;
let output: string;
let errors: string;

const terminal: Terminal = {
  out: (text) => void (output += text),
  err: (text) => void (errors += text),
  wait: () => Promise.resolve(),
};

beforeEach(async () => {
  directory = fs.mkdtempSync(join(tmpdir(), "twinlun-"));
  socket = join(directory, "admin.sock");
  [requests, lives, output, errors] = [[], [[volume]], "", ""];
  answer = { ok: true, text: "It begins." };
  admin = await AdminServer.open(socket);
  admin.start((request) => {
    if (request.command === "pair") {
      requests.push(request);
      return Promise.resolve(answer);
    }
    const volumes = (lives.length > 1 ? lives.shift() : lives[0]) ?? [];
    const sides = [{ side: 1, portals: [], sessions: 0, volumes }] as const;
    return Promise.resolve({ target: "iqn", pid: 1, sides });
  });
});
afterEach(() => {
  admin.close();
  fs.rmSync(directory, { recursive: true });
});

function pair(
  action: PairCommand,
  more: { lun?: number; isWaiting?: boolean } = {},
): Promise<number> {
  const { lun = null, isWaiting = true } = more;
  return runPair({ socket, action, lun, isWaiting }, terminal);
}

describe("twinlun status", () => {
  it("prints a table or JSON, whatever the state is", async () => {
    lives = [[{ ...volume, state: "PSUE" }]];
    expect(await runStatus({ socket, isJson: false }, terminal)).toBe(0);
    expect(output).toMatch(/^LUN .*\n0 .*PSUE/);
    output = "";
    expect(await runStatus({ socket, isJson: true }, terminal)).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ sides: [{ volumes: [{ state: "PSUE" }] }] });
  });
});

describe("twinlun pair", () => {
  it("asks for all units in order, or for the one named", async () => {
    lives = [
      [
        { ...volume, number: 1, state: "PSUS" },
        { ...volume, state: "PSUS" },
      ],
    ];
    expect(await pair({ type: "split" })).toBe(0);
    expect(await pair({ type: "split" }, { lun: 1 })).toBe(0);
    expect(requests.map((request) => "lun" in request && request.lun)).toEqual([0, 1, 1]);
    expect(output).toContain("LUN 0: It begins.\nLUN 0: side 1 main PSUS\n");
  });

  it("ends with 1 and the reason when the pair refuses, and asks no further unit", async () => {
    lives = [[volume, { ...volume, number: 1 }]];
    answer = { ok: false, text: "There is a pair already." };
    expect(await pair({ type: "create", source: null })).toBe(1);
    expect(errors).toBe("LUN 0: There is a pair already.\n");
    expect(requests).toHaveLength(1);
  });

  it("tells how far it is and ends when the copies are equal", async () => {
    const copying: VolumeStatus = { ...volume, state: "COPY", resync: half };
    lives = [[copying], [copying], [copying], [copying], [volume]];
    expect(await pair({ type: "resync", source: null })).toBe(0);
    expect(errors).toBe("LUN 0: 50.0 % (1 B of 2 B)\n");
    expect(output).toBe("LUN 0: It begins.\nLUN 0: side 1 main PAIR\n");
  });

  it("does not stay when it is not to wait", async () => {
    lives = [[{ ...volume, state: "COPY", resync: half }]];
    expect(await pair({ type: "resync", source: null }, { isWaiting: false })).toBe(0);
    expect(errors).toBe("");
  });

  it("gives up with the pair's problem when nothing comes of it", async () => {
    lives = [[{ ...volume, state: "PSUE", problem: "the link is down" }]];
    expect(await pair({ type: "resync", source: null })).toBe(1);
    expect(errors).toBe("LUN 0: the link is down\n");
  });

  it("waits until a side that was asked to serve alone does", async () => {
    const blocked: VolumeStatus = { ...volume, state: "SMPL", standing: "blocked" };
    const alone: VolumeStatus = { ...volume, state: "PSUE", standing: "alone" };
    lives = [[blocked], [blocked], [blocked], [alone]];
    expect(await pair({ type: "alone" })).toBe(0);
    expect(output).toContain("side 1 main PSUE");
  });

  it("waits for a swap until the roles have changed", async () => {
    lives = [[volume], [volume], [volume], [{ ...volume, role: "sub" }]];
    expect(await pair({ type: "swap" })).toBe(0);
    expect(output).toContain("side 1 sub PAIR");
  });

  const result = { isComplete: true, comparedBytes: 1024, differingBytes: 0, ranges: [] };
  const differing = { ...result, differingBytes: 512, ranges: [{ lba: 5, blockCount: 1 }] };
  it.each([
    ["0 when the copies are equal", result, false, 0, "verified: no difference, 1.0 KiB compared"],
    [
      "1 and the places when they differ",
      differing,
      false,
      1,
      "512 B differ, 1.0 KiB compared; blocks 5+1",
    ],
    [
      "0 when what differed is copied",
      differing,
      true,
      0,
      "512 B differ, 1.0 KiB compared; blocks 5+1",
    ],
    [
      "1 when it was broken off",
      { ...result, isComplete: false },
      false,
      1,
      "verification broken off",
    ],
  ])("ends a verification with %s", async (_, lastVerify, isRepairing, code, words) => {
    const running = { ...volume, verify: half };
    lives = [[volume], [running], [running], [running], [{ ...volume, lastVerify }]];
    expect(await pair({ type: "verify", isRepairing })).toBe(code);
    expect(output + errors).toContain(words);
  });

  it("waits for the copying of what a verification has found", async () => {
    const found = { ...volume, lastVerify: differing, differingBytes: 512 };
    const copying: VolumeStatus = { ...found, state: "COPY", resync: half };
    const copied = { ...volume, lastVerify: differing };
    lives = [[volume], [found], [copying], [copying], [copied]];
    expect(await pair({ type: "verify", isRepairing: true })).toBe(0);
    expect(errors).toBe("LUN 0: 50.0 % (1 B of 2 B)\n");
  });
});
