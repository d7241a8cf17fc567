import { limits } from "../../lib/base/limits";
import { LoginStatus } from "../../lib/iscsi/pdus/login-status";
import { type Answer, World } from "./support/initiator";
import { config, initiatorName } from "./config";

function statusOf(answer: Answer): number {
  return (answer["statusClass"] << 8) | answer["statusDetail"];
}

const TWO_GROUPS = {
  portals: [
    ...config.portals,
    { address: "127.0.0.1:3261", groupTag: 1, relativeTargetPort: 1 },
    { address: "127.0.0.1:3262", groupTag: 2, relativeTargetPort: 2 },
  ],
};

describe("admission of further connections", () => {
  it("[RFC7143 6.3.1] adds a connection to the session of its TSIH, whose nexus stays one", () => {
    const world = new World();
    const leading = world.logIn({ MaxConnections: "2" });
    world.join(leading, 1);
    const [session] = world.target.sessions();
    expect(session?.connections.map(({ cid }) => cid)).toEqual([0, 1]);
    expect(world.device.nexuses).toHaveLength(1);
    expect(leading.closed).toBe(null);
  });

  it("[RFC7143 6.3.4] reinstates the connection of the same CID: its tasks end, its session not", () => {
    const world = new World();
    const old = world.logIn({ MaxConnections: "2" });
    const other = world.join(old, 1);
    const [nexus] = world.device.nexuses;
    world.device.isSlow = true;
    const lost = old.read(0, 1);
    const kept = other.read(0, 1);
    const fresh = world.join(old, 0);
    expect(old.closed).toBe("reset");
    expect(world.device.nexuses).toEqual([nexus]);
    expect(world.device.tasks.map(({ tag }) => tag)).toEqual([kept]);
    expect(world.device.releases).toEqual(["dropped"]);
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(other.takeOne()).toMatchObject({ initiatorTaskTag: kept, hasStatus: true });
    expect(fresh.take()).toEqual([]);
    expect(lost).not.toBe(kept);
    old.disconnect();
    expect(world.target.sessions()[0]?.connections).toHaveLength(2);
  });

  it("[RFC7143 6.3.4] passes over what the only connection did not deliver before it was replaced", () => {
    const world = new World();
    const old = world.logIn();
    old.read(0, 1, { cmdSN: 101 });
    old.numbers.cmdSN = 103;
    const fresh = world.join(old, 0);
    const tag = fresh.read(0, 1);
    expect(fresh.takeOne()).toMatchObject({ initiatorTaskTag: tag, expCmdSN: 104 });
    expect(world.device.arrived).toEqual([tag]);
  });

  it.each([
    ["a TSIH of nobody", { tsih: 9, cid: 1 }, {}, LoginStatus.SESSION_DOES_NOT_EXIST],
    [
      "another ISID",
      { tsih: 1, cid: 1, isid: "00023d000002" },
      {},
      LoginStatus.SESSION_DOES_NOT_EXIST,
    ],
    [
      "another initiator",
      { tsih: 1, cid: 1 },
      { InitiatorName: "iqn.2026-01.org.example:other" },
      LoginStatus.SESSION_DOES_NOT_EXIST,
    ],
    [
      "another type of session",
      { tsih: 1, cid: 1 },
      { SessionType: "Discovery" },
      LoginStatus.SESSION_DOES_NOT_EXIST,
    ],
  ])("[RFC7143 11.13.5] refuses %s", (_, login, keys, status) => {
    const world = new World();
    const leading = world.logIn({ MaxConnections: "2" });
    const second = world.connect();
    expect(statusOf(second.logIn(keys, login))).toBe(status);
    expect(second.closed).toBe("end");
    expect(leading.closed).toBe(null);
    expect(world.target.sessions()[0]?.connections).toHaveLength(1);
  });

  it("[RFC7143 11.13.5] refuses one more connection than was agreed", () => {
    const world = new World();
    const leading = world.logIn({ MaxConnections: "2" });
    world.join(leading, 1);
    const third = world.connect().logIn({}, { tsih: leading.tsih, cid: 2 });
    expect(statusOf(third)).toBe(LoginStatus.TOO_MANY_CONNECTIONS);
    const alone = world.logIn({}, { isid: "00023d000002" });
    const second = world.connect().logIn({}, { tsih: alone.tsih, cid: 1, isid: "00023d000002" });
    expect(statusOf(second)).toBe(LoginStatus.TOO_MANY_CONNECTIONS);
  });

  it("[RFC7143 11.13.5] takes a session's connections by any portal of its group, and by no other", () => {
    const world = new World(TWO_GROUPS);
    const { tsih } = world.logIn({ MaxConnections: "4" });
    const status = (portal: number, cid: number): number =>
      statusOf(world.connect(portal).logIn({}, { tsih, cid }));
    expect(status(1, 1)).toBe(LoginStatus.SUCCESS);
    expect(status(2, 2)).toBe(LoginStatus.CANNOT_INCLUDE_IN_SESSION);
  });

  it("refuses connections of a discovery session", () => {
    const world = new World();
    const { tsih } = world.logIn({ SessionType: "Discovery" });
    const second = world.connect().logIn({ SessionType: "Discovery" }, { tsih, cid: 1 });
    expect(statusOf(second)).toBe(LoginStatus.SESSION_DOES_NOT_EXIST);
  });
});

describe("admission of sessions", () => {
  it("[RFC7143 6.3.5, 6.3.5.1] reinstates a session of the same name and ISID: the old one ends first", () => {
    const world = new World();
    const old = world.logIn();
    world.device.isSlow = true;
    old.read(0, 1);
    const [before] = world.device.nexuses;
    const fresh = world.logIn();
    expect(old.closed).toBe("reset");
    expect(world.device.tasks).toEqual([]);
    expect(world.device.nexuses).toHaveLength(1);
    expect(world.device.nexuses[0]?.id).not.toBe(before?.id);
    expect(fresh.closed).toBe(null);
    old.disconnect();
    expect(world.target.sessions()).toHaveLength(1);
  });

  it("[RFC7143 4.4.1] tells sessions apart by all 48 bits of the ISID", () => {
    const world = new World();
    const isids = ["00023d000001", "01023d000001", "00023d000101", "00023d000002"];
    for (const isid of isids) world.logIn({}, { isid });
    expect(world.target.sessions().map(({ isid }) => isid)).toEqual(isids);
    expect(world.device.nexuses.map(({ initiatorPort }) => initiatorPort)).toEqual(
      isids.map((isid) => `${initiatorName},i,0x${isid}`),
    );
  });

  it("[RFC7143 6.3.5] reinstates a session of several connections: all of them end first", () => {
    const world = new World();
    const old = world.logIn({ MaxConnections: "2" });
    const other = world.join(old, 1);
    world.device.isSlow = true;
    old.read(0, 1);
    other.read(0, 1);
    world.logIn();
    expect([old.closed, other.closed]).toEqual(["reset", "reset"]);
    expect(world.device.tasks).toEqual([]);
    expect(world.device.nexuses).toHaveLength(1);
  });

  it("refuses the session after the last that one initiator may have", () => {
    const world = new World();
    const isidOf = (index: number): string => (index + 1).toString(16).padStart(12, "0");
    for (let index = 0; index < limits.sessionsPerInitiatorMax; index++) {
      world.logIn({}, { isid: isidOf(index) });
    }
    const answer = world.connect().logIn({}, { isid: isidOf(limits.sessionsPerInitiatorMax) });
    expect(statusOf(answer)).toBe(LoginStatus.OUT_OF_RESOURCES);
    const other = { InitiatorName: "iqn.2026-01.org.example:other" };
    expect(statusOf(world.connect().logIn(other))).toBe(LoginStatus.SUCCESS);
  });

  it("lets a discovery session take nobody's place", () => {
    const world = new World();
    const normal = world.logIn();
    world.logIn({ SessionType: "Discovery" });
    world.logIn({ SessionType: "Discovery" });
    expect(normal.closed).toBe(null);
    expect(world.device.nexuses).toHaveLength(1);
    expect(world.target.sessions()).toHaveLength(3);
  });
});
