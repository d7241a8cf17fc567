import { createHash } from "node:crypto";
import { limits } from "../../lib/base/limits";
import { Prng } from "../../lib/base/prng";
import type { IscsiConfig } from "../../lib/iscsi/config";
import { LoginStatus } from "../../lib/iscsi/pdus/login-status";
import { loginRequest, loginResponse } from "../../lib/iscsi/pdus/login";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { initiatorName, policy, targetName } from "./config";
import { LoginDriver, framed } from "./login-driver";

const who = `InitiatorName=${initiatorName} TargetName=${targetName}`;
const discovery = `InitiatorName=${initiatorName} SessionType=Discovery`;
const own = "MaxRecvDataSegmentLength=262144";
const group = "TargetPortalGroupTag=1";

type Conversation = readonly (readonly [request: string, response: string])[];

/** Says each request and expects its response. */
function check(conversation: Conversation, config: Partial<IscsiConfig> = {}): LoginDriver {
  const driver = new LoginDriver({ config });
  for (const [request, response] of conversation) expect(driver.say(request)).toBe(response);
  return driver;
}

/** The response to the challenge in the last reply, by MD5. */
function respond(driver: LoginDriver, secret = "user-secret-12"): string {
  const text = Buffer.from(driver.reply?.data ?? []).toString();
  const identifier = Number(/CHAP_I=(\d+)/.exec(text)?.[1]);
  const challenge = Buffer.from(/CHAP_C=0x(\w+)/.exec(text)?.[1] ?? "", "hex");
  const hash = createHash("md5").update(Uint8Array.of(identifier)).update(secret);
  return `CHAP_N=user CHAP_R=0x${hash.update(challenge).digest("hex")}`;
}

describe("login without authentication", () => {
  it.each<[string, Conversation]>([
    ["operational stage only", [[`1>3 ${who}`, `done 1>3 ${group} ${own}`]]],
    ["security stage only", [[`0>3 ${who} AuthMethod=None`, `done 0>3 ${group} AuthMethod=None`]]],
    [
      "both stages",
      [
        [`0>1 ${who} AuthMethod=CHAP,None`, `0>1 ${group} AuthMethod=None`],
        ["1>3 MaxBurstLength=4096", `done 1>3 MaxBurstLength=4096 ${own}`],
      ],
    ],
    [
      "several round trips in each stage",
      [
        [`0 ${who}`, `0 ${group}`],
        ["0 AuthMethod=None", "0 AuthMethod=None"],
        ["0>1", "0>1"],
        ["1 InitialR2T=No", `1 InitialR2T=No ${own}`],
        ["1 ImmediateData=No", "1 ImmediateData=No"],
        ["1>3", "done 1>3"],
      ],
    ],
    ["a discovery session", [[`1>3 ${discovery}`, `done 1>3 ${own}`]]],
    [
      "text that goes on in a further request",
      [
        [`1+ ${who}`, "1"],
        ["1+ InitialR2T=No", "1"],
        ["1>3 MaxBurstLength=512", `done 1>3 ${group} InitialR2T=No MaxBurstLength=512 ${own}`],
      ],
    ],
  ])("[RFC7143 6.3, 6.3.1, 6.3.3] ends in full feature phase: %s", (_, conversation) => {
    check(conversation);
  });

  it("[RFC7143 13.6, 13.9] tells the alias with the portal group", () => {
    check([[`0 ${who}`, `0 ${group} TargetAlias=disk`]], { targetAlias: "disk" });
  });

  it("offers the keys that were left out, where boot ROMs need it", () => {
    const driver = new LoginDriver({ config: { answerUnofferedKeys: true } });
    const response = driver.say(`1>3 ${who} InitialR2T=Yes`);
    expect(response).toContain("ImmediateData=Yes MaxBurstLength=262144");
    expect(response.match(/InitialR2T/g)).toHaveLength(1);
  });

  it("hands over what the session starts from", () => {
    const driver = check([
      [`0>1 ${who} InitiatorAlias=here`, `0>1 ${group}`],
      [
        "1>3 MaxRecvDataSegmentLength=65536 HeaderDigest=CRC32C",
        `done 1>3 HeaderDigest=CRC32C ${own}`,
      ],
    ]);
    const isid = Buffer.from("80aabbccddee", "hex");
    expect(driver.candidates).toMatchObject([{ initiatorName, isid, tsih: 0, cid: 1 }]);
    expect(driver.reply).toMatchObject({
      type: "done",
      result: {
        initiatorName,
        isid,
        tsih: 5,
        cid: 1,
        sessionType: "Normal",
        initiatorAlias: "here",
        user: null,
        cmdSN: 100,
        statSN: 42,
        agreed: {
          HeaderDigest: "CRC32C",
          MaxRecvDataSegmentLength: 65536,
          ownMaxRecvDataSegmentLength: 262144,
        },
      },
    });
  });

  it("[RFC7143 11.13] counts StatSN and shows the window, and gives TSIH at the end alone", () => {
    const driver = check([[`0>1 ${who}`, `0>1 ${group}`]]);
    const numbers = { expCmdSN: 100, maxCmdSN: 100 + limits.commandWindow - 1 };
    const header = { initiatorTaskTag: 7, versionMax: 0, versionActive: 0, ...numbers };
    const decoded = (): object => loginResponse.decode(driver.reply?.bhs as Uint8Array);
    expect(decoded()).toMatchObject({ ...header, statSN: 40, tsih: 0 });
    driver.say("1>3");
    expect(decoded()).toMatchObject({ ...header, statSN: 41, tsih: 5 });
  });
});

describe("a long answer", () => {
  /** A request that fits in one segment, and an answer that does not. */
  const unknown = Array.from({ length: 250 }, (_, at) => `X-${"k".repeat(18)}${at}`);
  const offers = unknown.map((key) => `${key}=1`).join(" ");

  it("[RFC7143 6.2] is continued as long as the initiator asks with empty requests", () => {
    const driver = new LoginDriver();
    const first = driver.say(`1>3 ${who} ${offers}`);
    expect(first).toMatch(/^1\+ /);
    let whole = Buffer.from(driver.reply?.data as Uint8Array);
    expect(whole).toHaveLength(limits.loginDataSegmentMax);
    while (driver.reply?.type === "continue") {
      driver.say("1>3");
      whole = Buffer.concat([whole, driver.reply?.data as Uint8Array]);
    }
    expect(driver.reply?.type).toBe("done");
    for (const key of unknown) expect(whole.includes(`${key}=NotUnderstood\0`)).toBe(true);
  });

  it("[RFC7143 6.2] is not answered by new text", () => {
    const driver = new LoginDriver();
    driver.say(`1 ${who} ${offers}`);
    expect(driver.say("1 ImmediateData=No")).toBe("failed 0x0200");
  });
});

describe("login with CHAP", () => {
  const chap = { chap: policy, discoveryChap: policy };

  it.each<[string, string, Conversation]>([
    ["a normal session", who, [[`0 ${who} AuthMethod=CHAP,None`, `0 ${group} AuthMethod=CHAP`]]],
    ["a discovery session", discovery, [[`0 ${discovery} AuthMethod=CHAP`, "0 AuthMethod=CHAP"]]],
    [
      "an initiator that sets T all the time",
      who,
      [[`0>1 ${who} AuthMethod=CHAP`, `0 ${group} AuthMethod=CHAP`]],
    ],
  ])("[RFC7143 12.1.3] lets who knows the secret go on: %s", (_, __, conversation) => {
    const driver = check(conversation, chap);
    expect(driver.say("0>1 CHAP_A=5")).toMatch(/^0 CHAP_A=5 CHAP_I=\d+ CHAP_C=0x/);
    expect(driver.say(`0>1 ${respond(driver)}`)).toBe("0>1");
    expect(driver.say("1>3")).toBe(`done 1>3 ${own}`);
    expect(driver.reply).toMatchObject({ result: { user: "user" } });
  });

  it("[RFC7143 12.1.3] proves our side where the initiator asks", () => {
    const driver = new LoginDriver({ config: chap });
    driver.say(`0 ${who} AuthMethod=CHAP`);
    driver.say("0 CHAP_A=5");
    const response = createHash("md5").update(Uint8Array.of(3)).update("target-secret-34");
    const proof = `CHAP_N=target CHAP_R=0x${response.update("peer").digest("hex")}`;
    const challenge = `CHAP_I=3 CHAP_C=0x${Buffer.from("peer").toString("hex")}`;
    expect(driver.say(`0>3 ${respond(driver)} ${challenge}`)).toBe(`done 0>3 ${proof}`);
  });

  it.each<[string, readonly string[]]>([
    ["None is offered", [`0>1 ${who} AuthMethod=None`]],
    ["other methods are offered", [`0 ${who} AuthMethod=KRB5,SRP`]],
    ["the security stage is left without a method", [`0>1 ${who}`]],
    ["the security stage is passed over", [`1>3 ${who}`]],
    ["CHAP keys come without a method", [`0 ${who} CHAP_A=5`]],
    ["no algorithm is in common", [`0 ${who} AuthMethod=CHAP`, "0 CHAP_A=9"]],
    ["AuthMethod comes twice", [`0 ${who} AuthMethod=CHAP`, "0 AuthMethod=CHAP"]],
    ["a key of CHAP comes twice", [`0 ${who} AuthMethod=CHAP`, "0 CHAP_A=5 CHAP_A=6"]],
    [
      "the response is wrong",
      [`0 ${who} AuthMethod=CHAP`, "0 CHAP_A=5", "0 CHAP_N=user CHAP_R=0x0"],
    ],
  ])("[RFC7143 11.13.5] refuses with 0201 when %s", (_, requests) => {
    const driver = new LoginDriver({ config: chap });
    expect(requests.map((request) => driver.say(request)).at(-1)).toBe("failed 0x0201");
    expect(driver.candidates).toEqual([]);
  });

  it("[RFC7143 6.3.2] goes no further while CHAP is under way", () => {
    const driver = new LoginDriver({ config: chap });
    driver.say(`0 ${who} AuthMethod=CHAP`);
    driver.say("0 CHAP_A=5");
    expect(driver.say("1>3")).toBe("failed 0x0200");
  });

  it("[RFC7143 12.1] refuses an initiator that offers CHAP alone where there is none", () => {
    check([[`0 ${who} AuthMethod=CHAP`, "failed 0x0201"]]);
  });
});

describe("a refused login", () => {
  it.each<[string, string, number]>([
    ["without InitiatorName", `1>3 TargetName=${targetName}`, LoginStatus.MISSING_PARAMETER],
    ["without TargetName", `1>3 InitiatorName=${initiatorName}`, LoginStatus.MISSING_PARAMETER],
    ["with a malformed name", `1>3 InitiatorName=me TargetName=x`, LoginStatus.INITIATOR_ERROR],
    ["to another target", `1>3 ${who.replace(":disk", ":tape")}`, LoginStatus.NOT_FOUND],
    ["of another type", `1>3 ${who} SessionType=Copy`, LoginStatus.SESSION_TYPE_NOT_SUPPORTED],
    ["from the wrong stage", `3>3 ${who}`, LoginStatus.INITIATOR_ERROR],
    ["to a reserved stage", `0>2 ${who}`, LoginStatus.INITIATOR_ERROR],
    ["to an earlier stage", `1>0 ${who}`, LoginStatus.INITIATOR_ERROR],
    ["with T and C", `0>1+ ${who}`, LoginStatus.INITIATOR_ERROR],
    ["with malformed text", `1>3 ${who} noise`, LoginStatus.INITIATOR_ERROR],
    ["that changes its mind", `1>3 ${who} X=1 X=2`, LoginStatus.INITIATOR_ERROR],
  ])("[RFC7143 11.13.5, 13.4, 13.5, 13.21] %s is told why", (_, request, status) => {
    const expected = `failed 0x${status.toString(16).padStart(4, "0")}`;
    expect(new LoginDriver().say(request)).toBe(expected);
  });

  it.each([
    ["task tag", { initiatorTaskTag: 8 }],
    ["ISID", { isid: Buffer.from("80aabbccddef", "hex") }],
    ["TSIH", { tsih: 1 }],
    ["CID", { cid: 2 }],
  ])("[RFC7143 11.12] changes its %s on the way", (_, fields) => {
    const driver = new LoginDriver();
    driver.say(`0>1 ${who}`);
    expect(driver.say("1>3", fields)).toBe("failed 0x0200");
  });

  it("[RFC7143 11.12.4] asks for a version that we do not have", () => {
    const driver = new LoginDriver({ fields: { versionMin: 1, versionMax: 2 } });
    expect(driver.say(`1>3 ${who}`)).toBe("failed 0x0205");
  });

  it("comes from an initiator that is not listed; its discovery is not refused", () => {
    const initiators = ["iqn.2026-01.org.example:other"];
    check([[`1>3 ${who}`, "failed 0x0202"]], { initiators });
    check([[`1>3 ${discovery}`, `done 1>3 ${own}`]], { initiators });
    check([[`1>3 ${who}`, `done 1>3 ${group} ${own}`]], { initiators: [initiatorName] });
  });

  it("is not admitted by those who keep the sessions", () => {
    const driver = new LoginDriver({ admission: { status: LoginStatus.SESSION_DOES_NOT_EXIST } });
    expect(driver.say(`1>3 ${who}`, { tsih: 9 })).toBe("failed 0x020a");
    expect(driver.candidates).toMatchObject([{ tsih: 9 }]);
  });

  it("[RFC7143 6.3] sends another PDU", () => {
    const driver = new LoginDriver();
    driver.say(`0 ${who}`);
    expect(driver.give(framed(nopOut.encode({})))).toBe("failed 0x020b");
  });

  it("does not end", () => {
    const driver = new LoginDriver();
    let response = driver.say(`0 ${who}`);
    let count = 1;
    for (; response.startsWith("0"); count++) response = driver.say("0");
    expect(response).toBe("failed 0x0200");
    expect(count).toBe(limits.loginRequestsMax + 1);
  });

  it("brings too much text", () => {
    const driver = new LoginDriver();
    const segment = Buffer.alloc(limits.loginDataSegmentMax, "x");
    let response = "1";
    while (response === "1") response = driver.sayRaw("1+", segment);
    expect(response).toBe("failed 0x0200");
  });

  it("is random: nothing throws", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed);
      const driver = new LoginDriver({ config: { chap: prng.chance(0.5) ? policy : null } });
      const words = [
        who,
        "AuthMethod=CHAP",
        "CHAP_A=5",
        "CHAP_N=user",
        "CHAP_R=0x00",
        "A=",
        "=",
        "B",
      ];
      for (let round = 0; round < 10 && driver.reply?.type !== "done"; round++) {
        const text = Array.from({ length: prng.below(4) }, () => `${prng.pick(words)}\0`).join("");
        const bhs = loginRequest.encode({}, prng.bytes(48));
        if (prng.chance(0.8)) bhs.fill(0, 1, 24);
        driver.give(framed(bhs, Buffer.from(text.replaceAll(" ", "\0"))));
        if (driver.reply?.type === "failed") break;
      }
      expect(driver.reply).not.toBeNull();
    }
  });
});

describe("a portal that sends logins elsewhere", () => {
  function redirecting(isPermanent: boolean, more: Partial<IscsiConfig> = {}): LoginDriver {
    const redirect = { address: "[2001:db8::1]:3261", isPermanent };
    const portal = { address: "127.0.0.1:3260", groupTag: 1, relativeTargetPort: 1, redirect };
    return new LoginDriver({ config: { portals: [portal], ...more } });
  }

  it.each([
    [false, "0x0101"],
    [true, "0x0102"],
  ])(
    "[RFC7143 11.13.5, 13.8] names the address without a group tag (%s)",
    (isPermanent, status) => {
      const driver = redirecting(isPermanent);
      expect(driver.say(`1>3 ${who}`)).toBe(`failed ${status}`);
      const text = Buffer.from(driver.reply?.data ?? []).toString();
      expect(text).toBe("TargetAddress=[2001:db8::1]:3261\0");
      const { transit, tsih } = loginResponse.decode(driver.reply?.bhs as Uint8Array);
      expect([transit, tsih]).toEqual([false, 0]);
    },
  );

  it("asks for no proof before", () => {
    expect(redirecting(false, { chap: policy }).say(`0>1 ${who} AuthMethod=CHAP`)).toBe(
      "failed 0x0101",
    );
  });

  it("[RFC7143 11.13.5] sends nobody to where another target is, or who may not log in", () => {
    const others = `InitiatorName=${initiatorName} TargetName=${targetName}x`;
    expect(redirecting(false).say(`1>3 ${others}`)).toBe("failed 0x0203");
    const driver = redirecting(false, { initiators: [`${initiatorName}x`] });
    expect(driver.say(`1>3 ${who}`)).toBe("failed 0x0202");
  });

  it("still lets initiators discover", () => {
    expect(redirecting(false).say(`1>3 ${discovery}`)).toMatch(/^done/);
  });
});

describe("the login of a further connection", () => {
  const further = (): LoginDriver =>
    new LoginDriver({
      fields: { tsih: 5, cid: 1, cmdSN: 130 },
      windows: new Map([[5, { expCmdSN: 120, maxCmdSN: 200 }]]),
    });

  it("[RFC7143 4.2.2.1] tells in every response of the session's command window", () => {
    const driver = further();
    for (const line of [`0>1 ${who}`, "1>3"]) {
      driver.say(line);
      const { bhs } = driver.reply as { bhs: Uint8Array };
      expect(loginResponse.decode(bhs)).toMatchObject({ tsih: 5, expCmdSN: 120, maxCmdSN: 200 });
    }
  });

  it("[RFC7143 13] rejects leading keys and says where it stands in the order of commands", () => {
    const driver = further();
    const answer = driver.say(`1>3 ${who} MaxConnections=4 DataDigest=CRC32C`);
    expect(answer).toBe(`done 1>3 ${group} MaxConnections=Reject DataDigest=CRC32C ${own}`);
    expect(driver.candidates).toMatchObject([{ tsih: 5, cid: 1, cmdSN: 130 }]);
  });
});
