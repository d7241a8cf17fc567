import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotError } from "../../../tools/support/cli";
import {
  freePort,
  must,
  run,
  Service,
  tail,
  untilListening,
  which,
} from "../../../tools/support/processes";

const folder = mkdtempSync(join(tmpdir(), "twinlun-processes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const script = (text: string): string[] => ["-e", text];

describe("a program run to its end", () => {
  it("gives its exit code and what it wrote", async () => {
    const text = "console.log('out'); console.error('err'); process.exitCode = 7";
    const done = await run(process.execPath, script(text));
    expect(done).toMatchObject({ code: 7, timedOut: false, stdout: "out\n", stderr: "err\n" });
  });

  it("is ended when its time is up", async () => {
    const done = await run(process.execPath, script("setInterval(() => {}, 1000)"), {
      timeoutMs: 300,
    });
    expect(done).toMatchObject({ code: null, timedOut: true });
  });

  it("writes to a log, stdout and stderr together, if wanted", async () => {
    const logFile = join(folder, "both.log");
    await run(process.execPath, script("console.log(1); console.error(2)"), { logFile });
    expect(readFileSync(logFile, "utf8")).toBe("1\n2\n");
  });

  it("rejects when the program does not exist", async () => {
    await expect(run("no-such-program-here", [])).rejects.toThrow("ENOENT");
  });

  it("that must succeed throws its last words when it does not", async () => {
    const text = "console.error('the reason'); process.exit(3)";
    const attempt = must(process.execPath, script(text));
    await expect(attempt).rejects.toThrow(CannotError);
    await expect(attempt).rejects.toThrow("ended with 3\nthe reason");
  });
});

describe("a service", () => {
  it("is waited for until it listens, and is gone when stopped", async () => {
    const port = await freePort();
    const logFile = join(folder, "service.log");
    const text = `require("net").createServer().listen(${port}, "127.0.0.1")`;
    const service = new Service(process.execPath, script(text), { logFile });
    await untilListening(port, service, logFile);
    await service.stop();
    expect(service.hasEnded).toBe(true);
  });

  it("that ends before it listens is told by the end of its log", async () => {
    const logFile = join(folder, "failing.log");
    const text = "console.error('no such disk'); process.exit(1)";
    const service = new Service(process.execPath, script(text), { logFile });
    await expect(untilListening(await freePort(), service, logFile)).rejects.toThrow(
      "no such disk",
    );
  });
});

it("finds programs on PATH, and says when there is none", () => {
  expect(which("sh")).toMatch(/\/sh$/);
  expect(which("no-such-program-here")).toBeNull();
});

it("finds a free port", async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  expect((server.address() as AddressInfo).port).toBe(port);
  await new Promise((done) => server.close(done));
});

it("keeps the last lines of a text", () => {
  expect(tail("1\n2\n3\n", 2)).toBe("2\n3");
});
