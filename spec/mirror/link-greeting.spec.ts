import { commonVersion, refusalOf } from "../../lib/mirror/link-greeting";
import { bytesOf, framesOf, greeting, sealed } from "./support/frames";
import { TIMING } from "./support/link-pair";

const OWN = { side: 1, timing: TIMING } as const;

describe("commonVersion", () => {
  it.each([
    [{ min: 1, max: 1 }, { min: 1, max: 1 }, 1],
    [{ min: 1, max: 3 }, { min: 2, max: 9 }, 3],
    [{ min: 2, max: 9 }, { min: 1, max: 3 }, 3],
    [{ min: 1, max: 2 }, { min: 3, max: 4 }, null],
    [{ min: 3, max: 4 }, { min: 1, max: 2 }, null],
    [{ min: 2, max: 2 }, { min: 5, max: 1 }, null],
  ])("of %j and %j is %j", (ours, theirs, common) => {
    expect(commonVersion(ours, theirs)).toBe(common);
  });
});

describe("refusalOf", () => {
  it("finds nothing wrong with the other side of the same pair", () => {
    expect(refusalOf(greeting(), OWN)).toBeNull();
    expect(refusalOf(greeting({ side: 1 }), { ...OWN, side: 2 })).toBeNull();
    expect(refusalOf(greeting({ versionMin: 0, versionMax: 7, heartbeatMs: 999 }), OWN)).toBeNull();
  });

  it.each([
    [
      { versionMin: 3, versionMax: 4, side: 1 },
      "it speaks versions 3 to 4 of the protocol, this side 2 to 2",
    ],
    [{ side: 1 }, "both ends say that they are side 1: one has to be side 2"],
    [{ side: 3 }, "it says that it is side 3 of two"],
    [{ session: 0 }, "it greets without a session"],
    [{ leaseMs: 999 }, "its lease is 999 ms and this side's 1000 ms: they must be equal"],
    [{ heartbeatMs: 1000 }, "its heartbeat comes every 1000 ms, no sooner than the lease ends"],
  ])("says what is wrong with %j", (fields, reason) => {
    expect(refusalOf(greeting(fields), OWN)).toBe(reason);
  });
});

describe("HELLO", () => {
  it("may be longer in versions to come, so that its versions can be read", () => {
    const hello = bytesOf(greeting({ versionMin: 2, versionMax: 3 }));
    const longer = Buffer.concat([hello, Buffer.from("what is new")]);
    longer.writeUInt16BE(longer.length - 24, 8);
    longer[29] = 0xff;
    expect(framesOf(sealed(longer))).toMatchObject([{ type: "hello", versionMin: 2 }]);
  });
});
