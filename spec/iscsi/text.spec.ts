import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import { isProtocolError } from "../../lib/iscsi/protocol-error";
import {
  TextInbox,
  formatBinary,
  formatText,
  parseBinary,
  parseNumber,
  parseText,
  splitText,
} from "../../lib/iscsi/text";

const bytes = (text: string): Buffer => Buffer.from(text);

describe("parseText", () => {
  it.each([
    ["nothing", "", []],
    ["a pair", "HeaderDigest=None\0", [{ key: "HeaderDigest", value: "None" }]],
    ["an empty value", "SendTargets=\0", [{ key: "SendTargets", value: "" }]],
    ["a value with =", "CHAP_C=0bAA==\0", [{ key: "CHAP_C", value: "0bAA==" }]],
    [
      "several NULs between pairs",
      "A=1\0\0B=2\0\0",
      [
        { key: "A", value: "1" },
        { key: "B", value: "2" },
      ],
    ],
    [
      "a repeated key",
      "A=1\0A=2\0",
      [
        { key: "A", value: "1" },
        { key: "A", value: "2" },
      ],
    ],
    ["UTF-8 in a value", "TargetAlias=Größe\0", [{ key: "TargetAlias", value: "Größe" }]],
    ["a key of 63 bytes", `${"K".repeat(63)}=1\0`, [{ key: "K".repeat(63), value: "1" }]],
    ["a value of 255 bytes", `A=${"v".repeat(255)}\0`, [{ key: "A", value: "v".repeat(255) }]],
    [
      "a large binary value",
      `CHAP_C=${"0".repeat(2050)}\0`,
      [{ key: "CHAP_C", value: "0".repeat(2050) }],
    ],
  ])("[RFC7143 6.1] takes %s", (_, text, items) => {
    expect(parseText(bytes(text))).toEqual(items);
  });

  it.each([
    ["a missing NUL at the end", "A=1"],
    ["a pair without =", "HeaderDigest\0"],
    ["an empty key", "=None\0"],
    ["a key of 64 bytes", `${"K".repeat(64)}=1\0`],
    ["a key with a space", "Header Digest=None\0"],
    ["a value of 256 bytes", `A=${"v".repeat(256)}\0`],
    ["more keys than are allowed", "A=1\0".repeat(limits.negotiationKeysMax + 1)],
  ])("[RFC7143 6.1] refuses %s", (_, text) => {
    expect(parseText(bytes(text))).toMatchObject({ kind: "protocol-error", fatal: false });
  });

  it("never throws on random bytes", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed);
      const noise = prng.bytes(prng.below(200)).map((byte) => (byte > 200 ? 0 : byte));
      const items = parseText(noise);
      expect(isProtocolError(items) || Array.isArray(items)).toBe(true);
    }
  });
});

describe("TextInbox", () => {
  it("[RFC7143 6.2] joins text that is cut anywhere", () => {
    const inbox = new TextInbox();
    inbox.add([bytes("Header"), bytes("Dig")], 9);
    inbox.add([bytes("est=None\0")], 9);
    expect(inbox.take()).toEqual([{ key: "HeaderDigest", value: "None" }]);
    expect(inbox.isEmpty).toBe(true);
    expect(inbox.take()).toEqual([]);
  });

  it("refuses text over its limit, and does not keep it", () => {
    const inbox = new TextInbox();
    const half = Buffer.alloc(limits.negotiationTextMax / 2);
    expect(inbox.add([half], half.length)).toBeNull();
    expect(inbox.add([half], half.length)).toBeNull();
    expect(inbox.add([bytes("x")], 1)).toMatchObject({ kind: "protocol-error" });
  });

  it("keeps copies: the chunks it was given may change", () => {
    const inbox = new TextInbox();
    const chunk = bytes("A=1\0");
    inbox.add([chunk], chunk.length);
    chunk.fill(0xff);
    expect(inbox.take()).toEqual([{ key: "A", value: "1" }]);
  });
});

describe("formatText", () => {
  it("ends every pair by NUL", () => {
    const items = [
      { key: "A", value: "1" },
      { key: "B", value: "" },
    ];
    expect(formatText(items)).toEqual(bytes("A=1\0B=\0"));
  });
});

describe("splitText", () => {
  it.each([
    ["", 4, [""]],
    ["abcd", 4, ["abcd"]],
    ["abcdefghi", 4, ["abcd", "efgh", "i"]],
  ])("cuts %j into segments of at most %d bytes", (text, max, parts) => {
    expect(splitText(bytes(text), max).map(String)).toEqual(parts);
  });
});

describe("the values of text", () => {
  it.each([
    ["0", 0],
    ["65535", 65535],
    ["0x1F", 31],
    ["0X10", 16],
    ["", null],
    ["010", null],
    ["-1", null],
    ["1.5", null],
    ["1e3", null],
    ["0x", null],
    [" 1", null],
  ])("[RFC7143 6.1] parseNumber(%j) is %p", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    ["0x00ff", "00ff"],
    ["0XAbC", "0abc"],
    ["0bAP8=", "00ff"],
    ["0BAAEC", "000102"],
    ["0x", null],
    ["0b", null],
    ["0xgg", null],
    ["0bA", null],
    ["0bA===", null],
    ["00ff", null],
    ["0x0001020304", null],
    ["0bAAECAwQ=", null],
  ])("[RFC7143 6.1] parseBinary(%j) of at most 4 bytes is %p", (text, hex) => {
    const value = parseBinary(text, 4);
    expect(value === null ? null : Buffer.from(value).toString("hex")).toBe(hex);
  });

  it("formatBinary writes what parseBinary reads", () => {
    const value = new Prng(5).bytes(20);
    expect(parseBinary(formatBinary(value), 20)).toEqual(value);
  });
});
