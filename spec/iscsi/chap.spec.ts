import { Chap, type ChapStep } from "../../lib/iscsi/chap";
import type { ChapAlgorithm, ChapPolicy } from "../../lib/iscsi/config";
import { policy, ports } from "./config";

/** Entropy that is none: CHAP_I 39, CHAP_C 00 01 … 0f, as the vectors below were made with. */
const fixedPorts = {
  ...ports(),
  entropy: (length: number) =>
    length === 1 ? Uint8Array.of(39) : Uint8Array.from({ length }, (_, at) => at),
};
const CHALLENGE = "0x000102030405060708090a0b0c0d0e0f";

/** Digests of 27h, "user-secret-12" and the challenge, made by Python's hashlib. */
const RESPONSES: Readonly<Record<string, string>> = {
  "5": "fa3c65184df6909d2d7a96d18899c965",
  "6": "be651a4bc491220959e25417a2dbeeec55044362",
  "7": "0a78e7c47d7a512a2a0eebf1272120b35a417895ae938e9c6aa69626bdae3eb1",
  "8": "61a8f8ff658cb76f7bd870762e56e8046a57d78e65d864ddcd6e6a704d39c932",
};
const MD5 = `0x${RESPONSES["5"] as string}`;

function chap(changes: Partial<ChapPolicy> = {}): Chap {
  return new Chap({ ...policy, ...changes }, fixedPorts);
}

function send(subject: Chap, values: Readonly<Record<string, string>>): ChapStep {
  return subject.receive(new Map(Object.entries(values)));
}

/** The step after a challenge for MD5 was sent. */
function respond(
  values: Readonly<Record<string, string>>,
  changes: Partial<ChapPolicy> = {},
): ChapStep {
  const subject = chap(changes);
  send(subject, { CHAP_A: "5" });
  return send(subject, values);
}

describe("CHAP", () => {
  it.each(["5", "6", "7", "8"])(
    "[RFC7143 12.1.3] takes the right response of CHAP_A=%s",
    (code) => {
      const subject = chap();
      expect(send(subject, { CHAP_A: code })).toEqual({
        type: "continue",
        answers: [
          { key: "CHAP_A", value: code },
          { key: "CHAP_I", value: "39" },
          { key: "CHAP_C", value: CHALLENGE },
        ],
      });
      expect(send(subject, { CHAP_N: "user", CHAP_R: `0x${RESPONSES[code] as string}` })).toEqual({
        type: "done",
        answers: [],
        user: "user",
      });
    },
  );

  it.each<[string, readonly ChapAlgorithm[], string | null]>([
    ["8,7,6,5", ["md5", "sha1"], "6"],
    ["5,6,7,8", ["sha3-256", "md5"], "5"],
    ["56,5", ["md5"], "5"],
    ["56", ["md5", "sha1"], null],
    ["", ["md5"], null],
    ["5", ["sha256"], null],
    ["05", ["md5"], null],
  ])("[RFC7143 12.1.3] of CHAP_A=%s with %j it chooses %s", (offer, algorithms, chosen) => {
    const step = send(chap({ algorithms }), { CHAP_A: offer });
    if (chosen === null) expect(step.type).toBe("failed");
    else expect(step).toMatchObject({ answers: [{ key: "CHAP_A", value: chosen }, {}, {}] });
  });

  it("[RFC7143 6.1] takes a response in base64", () => {
    const step = respond({ CHAP_N: "user", CHAP_R: "0b+jxlGE32kJ0tepbRiJnJZQ==" });
    expect(step.type).toBe("done");
  });

  it.each([
    ["a wrong response", { CHAP_N: "user", CHAP_R: MD5.replace("f", "e") }],
    ["a short response", { CHAP_N: "user", CHAP_R: MD5.slice(0, -2) }],
    ["a long response", { CHAP_N: "user", CHAP_R: `${MD5}00` }],
    ["no response", { CHAP_N: "user" }],
    ["no name", { CHAP_R: MD5 }],
    ["an unknown name", { CHAP_N: "nobody", CHAP_R: MD5 }],
    ["a name that only begins right", { CHAP_N: "user2", CHAP_R: MD5 }],
    ["an identifier without a challenge", { CHAP_N: "user", CHAP_R: MD5, CHAP_I: "1" }],
  ])("refuses %s", (_, values) => {
    expect(respond(values as Record<string, string>).type).toBe("failed");
  });

  it.each([
    ["a response before the challenge", { CHAP_N: "user", CHAP_R: MD5 }],
    ["keys beside CHAP_A", { CHAP_A: "5", CHAP_N: "user" }],
  ])("refuses %s", (_, values) => {
    expect(send(chap(), values as Record<string, string>).type).toBe("failed");
  });
});

describe("mutual CHAP", () => {
  const proof = { CHAP_N: "user", CHAP_R: MD5 };
  const challenge = "0x706565722d6368616c6c656e6765";

  it.each([
    ["9", challenge],
    ["0x9", "0bcGVlci1jaGFsbGVuZ2U="],
  ])("[RFC7143 12.1.3] answers the challenge %s %s", (identifier, value) => {
    expect(respond({ ...proof, CHAP_I: identifier, CHAP_C: value })).toEqual({
      type: "done",
      user: "user",
      answers: [
        { key: "CHAP_N", value: "target" },
        { key: "CHAP_R", value: "0x42f0083a6e879811af2547901d9f3f7f" },
      ],
    });
  });

  it("[RFC7143 12.1.3] takes a challenge of 1024 bytes and no more", () => {
    const ofLength = (length: number): string => `0x${"ab".repeat(length)}`;
    expect(respond({ ...proof, CHAP_I: "1", CHAP_C: ofLength(1024) }).type).toBe("done");
    expect(respond({ ...proof, CHAP_I: "1", CHAP_C: ofLength(1025) }).type).toBe("failed");
  });

  it.each([
    ["[RFC7143 9.2.1] our own challenge", { CHAP_I: "39", CHAP_C: CHALLENGE }, {}],
    ["an identifier over a byte", { CHAP_I: "256", CHAP_C: challenge }, {}],
    ["an empty challenge", { CHAP_I: "1", CHAP_C: "0x" }, {}],
    ["a proof that we do not have", { CHAP_I: "1", CHAP_C: challenge }, { own: null }],
    [
      "[RFC7143 9.2.1] one secret for both directions",
      { CHAP_I: "1", CHAP_C: challenge },
      { own: { name: "target", secret: "user-secret-12" } },
    ],
  ])("refuses %s", (_, values, changes) => {
    expect(respond({ ...proof, ...(values as Record<string, string>) }, changes).type).toBe(
      "failed",
    );
  });

  it("is not begun for an initiator whose own response is wrong", () => {
    const values = { CHAP_N: "user", CHAP_R: `0x${"00".repeat(16)}`, CHAP_I: "1" };
    const step = respond({ ...values, CHAP_C: challenge });
    expect(step).toEqual({ type: "failed", reason: expect.any(String) as string });
  });
});
