import {
  IsnsFunction,
  decodeAnswer,
  deregistrationOf,
  encodeRequest,
  registrationOf,
  type Registration,
} from "../../lib/node/isns-message";

const registration: Registration = {
  entityIdentifier: "iqn.a:b",
  iscsiName: "iqn.a:b",
  alias: "d",
  portals: [
    { host: "192.0.2.1", port: 3260, groupTag: 1 },
    { host: "2001:db8::7", port: 3261, groupTag: 2 },
  ],
};

/** The attributes of a request as `tag:value`, values in hexadecimal. */
function attributesOf(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 12; at < bytes.length;) {
    const length = bytes.readUInt32BE(at + 4);
    const value = bytes.subarray(at + 8, at + 8 + length).toString("hex");
    found.push(`${bytes.readUInt32BE(at)}:${value}`);
    at += 8 + length;
  }
  return found;
}

function encoded(attributes: ReturnType<typeof registrationOf>): Buffer {
  return encodeRequest({ functionId: IsnsFunction.DEV_ATTR_REG, transactionId: 7, attributes });
}

const NAME = "69716e2e613a6200";
const V4 = "00000000000000000000ffffc0000201";
const V6 = "20010db8000000000000000000000007";

describe("an iSNS request", () => {
  it("[RFC4171 5.1] has a header that says it is from a client, and whole", () => {
    const bytes = encoded([["delimiter", ""]]);
    expect(bytes.toString("hex")).toBe("000100010008" + "8c00" + "0007" + "0000" + "00".repeat(8));
  });

  it("[RFC4171 5.6.5.1] registers the entity, its portals, the target and the groups", () => {
    expect(attributesOf(encoded(registrationOf(registration, 300)))).toEqual([
      ...[`32:${NAME}`, `1:${NAME}`, "0:"],
      ...[`1:${NAME}`, "2:00000002", "6:0000012c"],
      ...[`16:${V4}`, "17:00000cbc", `16:${V6}`, "17:00000cbd"],
      ...[`32:${NAME}`, "33:00000001", "34:64000000"],
      ...[`48:${NAME}`, `49:${V4}`, "50:00000cbc", "51:00000001"],
      ...[`48:${NAME}`, `49:${V6}`, "50:00000cbd", "51:00000002"],
    ]);
  });

  it.each([
    [true, [`1:${NAME}`]],
    [false, [`16:${V4}`, "17:00000cbc", `16:${V6}`, "17:00000cbd"]],
  ])("[RFC4171 5.6.5.4] deregisters the entity, or its portals (%s)", (isWhole, what) => {
    const attributes = deregistrationOf(registration, isWhole);
    expect(attributesOf(encoded(attributes))).toEqual([`32:${NAME}`, "0:", ...what]);
  });

  it.each([
    ["::", "00".repeat(16)],
    ["::1", `${"00".repeat(15)}01`],
    ["fe80::a:1%eth0", "fe8000000000000000000000000a0001"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:192.0.2.1", V4],
  ])("[RFC4171 6.3.1] has the address %s in 16 bytes", (host, hex) => {
    expect(attributesOf(encoded([["portalAddress", host]]))).toEqual([`16:${hex}`]);
  });

  it.each(["", "a", "abc", "abcd"])("[RFC4171 6] ends the text %j with a zero, padded", (text) => {
    const [attribute = ""] = attributesOf(encoded([["iscsiAlias", text]]));
    const value = Buffer.from(attribute.slice(3), "hex");
    expect([value.length % 4, value.subarray(0, text.length).toString()]).toEqual([0, text]);
    expect([value.length > text.length, value.at(-1)]).toEqual([true, 0]);
  });
});

describe("an iSNS answer", () => {
  const period = "00000006" + "00000004" + "00000e10";
  const answer = (payload: string): Buffer => {
    const length = (payload.length / 2).toString(16).padStart(4, "0");
    return Buffer.from(`00018001${length}4c0000070000${payload}`, "hex");
  };
  const name = `0000000100000008${NAME}`;

  it.each([
    ["00000000", 0, null],
    ["00000009", 9, null],
    [`00000000${name}${period}`, 0, 3600],
    [`00000000${name}0000000600000`, 0, null],
    ["00000000" + "00000006" + "ffffffff" + "00", 0, null],
  ])("[RFC4171 5.7] is read: %s", (payload, status, periodS) => {
    const whole = payload.length % 2 === 0 ? payload : `${payload}0`;
    const expected = { functionId: IsnsFunction.DEV_ATTR_REG, transactionId: 7, status, periodS };
    expect(decodeAnswer(answer(whole))).toEqual(expected);
  });

  it("is waited for until it is whole", () => {
    const bytes = answer("00000000");
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeAnswer(bytes.subarray(0, length))).toBe("more");
    }
  });

  it.each(["0002800100044c000007000000000000", "0001000100044c000007000000000000"])(
    "is none: %s",
    (hex) => expect(decodeAnswer(Buffer.from(hex, "hex"))).toBeNull(),
  );
});
