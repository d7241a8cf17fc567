import { helpText, parseCommandLine } from "../../lib/node/cli";
import { SettingsError } from "../../lib/node/settings-error";
import { environmentNameOf, flagOf, settingsTable } from "../../lib/node/settings-table";

const parse = (line: string): unknown => parseCommandLine(line.split(" ").filter(Boolean));
const nothing = { conf: null, flags: {} };
const pair = { ...nothing, lun: null, isWaiting: true };

describe("the command line", () => {
  it.each([
    ["serve", { command: "serve", ...nothing }],
    ["check-config", { command: "check-config", ...nothing }],
    ["help", { command: "help" }],
    ["help serve", { command: "help" }],
    ["--help", { command: "help" }],
    ["serve --iqn x --help", { command: "help" }],
    ["--version", { command: "version" }],
    ["serve --conf a.json", { command: "serve", conf: "a.json", flags: {} }],
    ["--iqn x serve", { command: "serve", conf: null, flags: { iqn: "x" } }],
    ["serve --iqn=x", { command: "serve", conf: null, flags: { iqn: "x" } }],
    [
      "serve --listen a --listen b",
      { command: "serve", conf: null, flags: { listen: ["a", "b"] } },
    ],
    ["serve --chap u:s", { command: "serve", conf: null, flags: { chap: ["u:s"] } }],
    ["serve --read-only", { command: "serve", conf: null, flags: { readOnly: "true" } }],
    ["serve --no-thin", { command: "serve", conf: null, flags: { thin: "false" } }],
    ["serve --thin=false", { command: "serve", conf: null, flags: { thin: "false" } }],
    ["status", { command: "status", ...nothing, isJson: false }],
    [
      "status --json --conf a.json --admin-socket b",
      { command: "status", conf: "a.json", flags: { adminSocket: "b" }, isJson: true },
    ],
    ["trace", { command: "trace", ...nothing, sockets: [], last: 1, form: "text" }],
    [
      "trace --last 100 --mermaid --admin-socket a --admin-socket b",
      {
        ...{ command: "trace", conf: null, flags: { adminSocket: "a" } },
        ...{ sockets: ["a", "b"], last: 100, form: "mermaid" },
      },
    ],
    ["trace --json", { command: "trace", ...nothing, sockets: [], last: 1, form: "json" }],
    ["session list", { command: "session", ...nothing, action: { type: "list", isJson: false } }],
    [
      "session list --json",
      { command: "session", ...nothing, action: { type: "list", isJson: true } },
    ],
    [
      "session logout",
      { command: "session", ...nothing, action: { type: "logout", session: null } },
    ],
    [
      "session drop --session 1.3",
      { command: "session", ...nothing, action: { type: "drop", session: "1.3" } },
    ],
    ["pair split", { command: "pair", ...pair, action: { type: "split" } }],
    ["pair swap --lun 3", { command: "pair", ...pair, lun: 3, action: { type: "swap" } }],
    ["pair create", { command: "pair", ...pair, action: { type: "create", source: null } }],
    ["pair alone", { command: "pair", ...pair, action: { type: "alone" } }],
    [
      "pair resync --source 2 --no-wait",
      { command: "pair", ...pair, isWaiting: false, action: { type: "resync", source: 2 } },
    ],
    [
      "pair verify --repair",
      { command: "pair", ...pair, action: { type: "verify", isRepairing: true } },
    ],
    [
      "serve --max-outstanding-r2t 4",
      { command: "serve", conf: null, flags: { maxOutstandingR2T: "4" } },
    ],
  ])("reads twinlun %s", (line, expected) => expect(parse(line)).toEqual(expected));

  it.each([
    ["", "A command is missing: serve, check-config, status, pair, session or trace."],
    ["start", "Unknown command start."],
    ["serve more", "Unexpected argument more."],
    ["pair", "After pair comes one of create, alone, split, resync, verify, swap."],
    ["pair serve", "After pair comes one of create, alone, split, resync, verify, swap."],
    ["session", "After session comes one of list, logout, drop, drop-connection, renegotiate."],
    ["session end", "After session comes one of list, logout, drop, drop-connection, renegotiate."],
    ["session list --session 1.3", "Flag --session has no meaning for session list."],
    ["session drop --json", "Flag --json has no meaning for session drop."],
    ["session drop --session", "Flag --session needs a value."],
    ["session drop 1.3", "Unexpected argument 1.3."],
    ["pair split more", "Unexpected argument more."],
    ["serve --json", "Flag --json has no meaning for serve."],
    ["pair split --source 1", "Flag --source has no meaning for pair split."],
    ["pair alone --source 1", "Flag --source has no meaning for pair alone."],
    ["status --lun 1", "Flag --lun has no meaning for status."],
    ["pair split --lun", "Flag --lun needs a value."],
    ["pair split --lun x", "Flag --lun must be a number."],
    ["pair resync --source 3", "Flag --source must be 1 or 2."],
    ["trace --last 0", "Flag --last must be a number from 1 to 100."],
    ["trace --last 101", "Flag --last must be a number from 1 to 100."],
    ["trace --last all", "Flag --last must be a number from 1 to 100."],
    ["trace --last", "Flag --last needs a value."],
    ["trace --json --mermaid", "Flags --json and --mermaid exclude each other."],
    ["status --last 3", "Flag --last has no meaning for status."],
    ["status --admin-socket a --admin-socket b", "Flag --admin-socket is given twice."],
    ["status --json=1", "Flag --json takes no value."],
    ["status --json --json", "Flag --json is given twice."],
    ["serve --bogus", "Unknown flag --bogus."],
    ["serve --no-iqn", "Unknown flag --no-iqn."],
    ["serve -x", "Unknown flag -x."],
    ["serve --iqn", "Flag --iqn needs a value."],
    ["serve --iqn=", "Flag --iqn needs a value."],
    ["serve --conf", "Flag --conf needs a value."],
    ["serve --no-thin=1", "Flag --no-thin takes no value."],
    ["serve --iqn a --iqn b", "Flag --iqn is given twice."],
    ["serve --conf a --conf b", "Flag --conf is given twice."],
  ])("refuses twinlun %s in one sentence", (line, words) => {
    expect(() => parse(line)).toThrow(new SettingsError(`${words} See twinlun --help.`));
  });
});

describe("the help text", () => {
  it.each(Object.entries(settingsTable))(
    "explains %s with flag, variable and default",
    (key, setting) => {
      const text = helpText();
      expect(text).toMatch(new RegExp(`^  --(\\[no-\\])?${flagOf(key)}\\b`, "m"));
      expect(text).toContain(setting.doc);
      expect(text).toContain(`${environmentNameOf(key)}; default: ${setting.default ?? "unset"}`);
    },
  );

  it("fits a terminal of 100 columns", () => {
    for (const line of helpText().split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
