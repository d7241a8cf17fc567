import { limits } from "../../lib/base/limits";
import { initiatorName } from "./config";
import { World, pattern } from "./support/initiator";

describe("an iSCSI target", () => {
  it("reads what was written", () => {
    const world = new World();
    const initiator = world.logIn();
    const data = pattern(1024);
    initiator.write(3, 2, {}, data);
    expect(initiator.takeOne()).toMatchObject({ name: "SCSI Response", status: 0 });
    initiator.read(3, 2);
    const answer = initiator.takeOne();
    expect(answer).toMatchObject({ name: "SCSI Data-In", hasStatus: true, status: 0 });
    expect(answer.data).toEqual(data);
  });

  it("tells who is logged in", () => {
    const world = new World();
    const initiator = world.logIn({ HeaderDigest: "CRC32C,None" });
    expect(world.target.sessions()).toEqual([
      {
        tsih: 1,
        type: "Normal",
        initiatorName,
        isid: "00023d000001",
        connections: [
          {
            connection: initiator.connection,
            cid: 0,
            remote: "10.0.0.1:1",
            portal: "127.0.0.1:3260",
            headerDigest: "CRC32C",
            dataDigest: "None",
          },
        ],
        taskCount: 0,
      },
    ]);
  });

  it("has no timer to wait for when nobody is there", () => {
    const world = new World();
    expect(world.target.nextDeadline()).toBe(Infinity);
    world.logIn().disconnect();
    world.advance(100000);
    expect(world.target.nextDeadline()).toBe(Infinity);
  });

  it("closes connections beyond those that may be in login", () => {
    const world = new World();
    const all = Array.from({ length: limits.connectionsInLoginMax + 1 }, () => world.connect());
    expect(all.map(({ closed }) => closed).lastIndexOf("reset")).toBe(0);
    expect(all[0]?.closed).toBe("reset");
  });

  it("stops by asking for logout; who does not log out is closed when time is up", () => {
    const world = new World();
    const [polite, deaf] = [world.logIn(), world.logIn({}, { isid: "00023d000002" })];
    const [discovering, early] = [world.logIn({ SessionType: "Discovery" }), world.connect()];
    world.target.stop(world.nowMs);
    world.settle();
    expect(discovering.closed).toBe("end");
    expect(early.closed).toBe("reset");
    expect(deaf.takeOne()).toMatchObject({
      name: "Asynchronous Message",
      asyncEvent: 1,
      parameter3: 4,
    });
    polite.logOut();
    expect(polite.closed).toBe("end");
    world.advance(3999);
    expect(deaf.closed).toBe(null);
    world.advance(1);
    expect(deaf.closed).toBe("end");
  });

  it("stops: no new connection is taken", () => {
    const world = new World();
    world.target.stop(world.nowMs);
    expect(world.connect().closed).toBe("reset");
    expect(world.target.isIdle).toBe(true);
  });

  it("knows the session of a task until the task has ended, and nothing after", () => {
    const world = new World();
    const initiator = world.logIn();
    world.device.isSlow = true;
    world.device.nexusLost = () => undefined;
    initiator.read(0, 1);
    initiator.disconnect();
    expect(world.device.tasks).toHaveLength(1);
    world.device.finish(world.device.tasks[0] as never);
    expect(world.device.releases).toEqual(["dropped"]);
    world.target.invariants();
  });
});
