import type { TraceEvent } from "../../lib/base/trace";
import { lineOf, withPrefix, type Log } from "../../lib/node/log";

const initiatorName = "iqn.2026-11.io.twinlun:host";

describe("the log", () => {
  it.each<[TraceEvent, string, string]>([
    [
      { type: "login", connection: 1, initiatorName, session: 2, target: "iqn.t" },
      "info",
      `${initiatorName} logged in to iqn.t, session 2`,
    ],
    [
      { type: "login-failed", connection: 1, status: 0x0201, reason: "wrong secret" },
      "warn",
      "connection 1 refused at login: wrong secret (0201h)",
    ],
    [
      { type: "reject", connection: 3, reason: 4, detail: "unknown opcode" },
      "warn",
      "connection 3: PDU rejected (04h): unknown opcode",
    ],
    [{ type: "device-error", lun: 0, detail: "flush: EIO" }, "error", "LUN 0: flush: EIO"],
    [
      { type: "check-condition", lun: 0, command: "READ (10)", sense: "X", initiatorName },
      "debug",
      `LUN 0: READ (10) of ${initiatorName}: X`,
    ],
  ])("says of %j", (event, level, message) => {
    expect(lineOf(event)).toEqual({ level, message });
  });

  it("of one of several begins with who tells it", () => {
    const lines: string[] = [];
    const log: Log = {
      write: (level, message) => void lines.push(`${level} ${message}`),
      trace: () => undefined,
    };
    const own = withPrefix(log, "side 2: ");
    own.write("info", "the link is connected");
    own.trace({ type: "device-error", lun: 0, detail: "EIO" });
    expect(lines).toEqual(["info side 2: the link is connected", "error side 2: LUN 0: EIO"]);
  });
});
