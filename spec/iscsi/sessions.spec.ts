import { Sessions } from "../../lib/iscsi/sessions";
import { World } from "./support/initiator";

describe("the sessions", () => {
  it("[RFC7143 11.12.6] get TSIHs that are not 0 and not in use, the least recently used first", () => {
    const world = new World();
    const first = world.logIn({}, { isid: "00023d000001" });
    world.logIn({}, { isid: "00023d000002" });
    first.disconnect();
    world.logIn({}, { isid: "00023d000003" });
    expect(world.target.sessions().map(({ tsih }) => tsih)).toEqual([2, 3]);
  });

  it("[RFC7143 11.12.6] get TSIHs of 16 bits", () => {
    const sessions = new Sessions();
    for (let index = 0; index < 0xffff; index++) sessions.newTsih();
    expect(sessions.newTsih()).toBe(1);
  });

  it("are found by name, ISID and portal group together", () => {
    const sessions = new Sessions();
    expect(sessions.find({ initiatorName: "a", isid: "000000000001", groupTag: 1 })).toBe(null);
    expect(sessions.isQuiet).toBe(true);
  });
});
