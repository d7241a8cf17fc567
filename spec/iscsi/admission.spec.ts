import { limits } from "../../lib/base/limits";
import { LoginStatus } from "../../lib/iscsi/pdus/login-status";
import { type Answer, World } from "./support/initiator";
import { initiatorName } from "./config";

function statusOf(answer: Answer): number {
  return (answer["statusClass"] << 8) | answer["statusDetail"];
}

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

  it("[RFC7143 6.3.4] reinstates the connection of the same CID, and its session begins anew", () => {
    const world = new World();
    const old = world.logIn();
    const tsih = world.target.sessions()[0]?.tsih ?? 0;
    const answer = world.connect().logIn({}, { tsih });
    expect(answer).toMatchObject({ statusClass: 0, tsih });
    expect(old.closed).toBe("reset");
    expect(world.target.sessions()).toHaveLength(1);
  });

  it("[RFC7143 11.13.5] refuses a second connection, and sessions that do not exist", () => {
    const world = new World();
    world.logIn();
    const tsih = world.target.sessions()[0]?.tsih ?? 0;
    const second = world.connect();
    expect(statusOf(second.logIn({}, { tsih, cid: 1 }))).toBe(LoginStatus.TOO_MANY_CONNECTIONS);
    expect(second.closed).toBe("end");
    const unknown = world.connect().logIn({}, { tsih: tsih + 1 });
    expect(statusOf(unknown)).toBe(LoginStatus.SESSION_DOES_NOT_EXIST);
    expect(world.target.sessions()).toHaveLength(1);
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
