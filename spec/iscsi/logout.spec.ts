import { LogoutReason, LogoutResponseCode as Response } from "../../lib/iscsi/pdus/logout";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { type Initiator, World } from "./support/initiator";

describe("logout", () => {
  it.each([LogoutReason.CLOSE_SESSION, LogoutReason.CLOSE_CONNECTION])(
    "[RFC7143 4.2.6, 7.6, 11.15.1, 11.15.3] for reason %i is answered, then the connection ends",
    (reason) => {
      const world = new World();
      const initiator = world.logIn();
      world.device.isSlow = true;
      initiator.read(0, 1);
      initiator.logOut({ reason });
      expect(initiator.takeOne()).toMatchObject({
        name: "Logout Response",
        response: Response.CLOSED_SUCCESSFULLY,
        time2Wait: 2,
        time2Retain: 0,
      });
      expect(initiator.closed).toBe("end");
      expect(world.device.tasks).toEqual([]);
      expect(world.device.nexuses).toEqual([]);
      expect(world.target.sessions()).toEqual([]);
      initiator.disconnect();
      expect(world.target.isIdle).toBe(true);
    },
  );

  it.each([
    [LogoutReason.CLOSE_CONNECTION, 7, Response.CID_NOT_FOUND],
    [LogoutReason.REMOVE_CONNECTION_FOR_RECOVERY, 0, Response.CONNECTION_RECOVERY_NOT_SUPPORTED],
  ])("[RFC7143 11.15.1] for reason %i and CID %i is refused with %i", (reason, cid, response) => {
    const initiator = new World().logIn();
    initiator.logOut({ reason, cid });
    expect(initiator.takeOne()).toMatchObject({ response });
    expect(initiator.closed).toBe(null);
  });

  it("[RFC7143 11.14.1] for a reason unknown is rejected", () => {
    const initiator = new World().logIn();
    initiator.logOut({ reason: 3 });
    expect(initiator.takeOne()).toMatchObject({ reason: RejectReason.INVALID_PDU_FIELD });
  });

  it("answers no command that ends behind it", () => {
    const world = new World();
    const initiator = world.logIn();
    world.device.isSlow = true;
    initiator.read(0, 1, { cmdSN: 101 });
    initiator.logOut({ cmdSN: 100 });
    expect(initiator.take().map(({ name }) => name)).toEqual(["Logout Response"]);
    expect(world.device.arrived).toEqual([]);
  });

  it("resets a connection that the initiator does not close", () => {
    const world = new World();
    const initiator = world.logIn();
    initiator.logOut();
    world.advance(4000);
    expect(initiator.closed).toBe("reset");
  });
});

describe("logout of one of several connections", () => {
  function begin(): { world: World; leading: Initiator; other: Initiator } {
    const world = new World();
    world.device.isSlow = true;
    const leading = world.logIn({ MaxConnections: "2" });
    return { world, leading, other: world.join(leading, 7) };
  }
  const close = { reason: LogoutReason.CLOSE_CONNECTION };

  it.each([
    ["by itself", 0, 0],
    ["by the other", 1, 0],
    ["of the other", 0, 7],
    ["of the other by itself", 1, 7],
  ])("[RFC7143 11.14] %s ends its tasks and leaves those of the others", (_, asker, cid) => {
    const { world, leading, other } = begin();
    const connections = [leading, other] as const;
    const [named, left] = cid === 0 ? [leading, other] : [other, leading];
    named.read(0, 1);
    const kept = left.read(0, 1);
    connections[asker as 0 | 1].logOut({ ...close, cid });
    expect(connections[asker as 0 | 1].takeOne()).toMatchObject({
      name: "Logout Response",
      response: Response.CLOSED_SUCCESSFULLY,
    });
    expect([named.closed, left.closed]).toEqual(["end", null]);
    expect(world.device.tasks.map(({ tag }) => tag)).toEqual([kept]);
    expect(world.device.nexuses).toHaveLength(1);
    named.disconnect();
    expect(world.target.sessions()[0]?.connections).toHaveLength(1);
    left.logOut({ ...close, cid: cid === 0 ? 7 : 0 });
    expect(world.target.sessions()).toEqual([]);
    expect(world.device.nexuses).toEqual([]);
  });

  it("[RFC7143 11.14.1] for the session closes them all behind the response", () => {
    const { world, leading, other } = begin();
    leading.read(0, 1);
    other.read(0, 1);
    other.logOut({ reason: LogoutReason.CLOSE_SESSION });
    expect(other.takeOne()).toMatchObject({ response: Response.CLOSED_SUCCESSFULLY });
    expect(leading.take()).toEqual([]);
    expect([leading.closed, other.closed]).toEqual(["end", "end"]);
    expect(world.device).toMatchObject({ tasks: [], nexuses: [] });
  });

  it("[RFC7143 11.15] is answered when the last of its tasks has ended", () => {
    const { world, leading, other } = begin();
    const ends: (() => void)[] = [];
    world.device.taskManagementReceived = ({ onDone }) =>
      ends.push(() => onDone("function-complete"));
    other.read(0, 1);
    other.read(0, 1);
    leading.logOut({ ...close, cid: 7 });
    ends[1]?.();
    world.settle();
    expect([leading.take(), other.closed]).toEqual([[], null]);
    ends[0]?.();
    world.settle();
    expect(leading.takeOne()).toMatchObject({ response: Response.CLOSED_SUCCESSFULLY });
    expect(other.closed).toBe("end");
    for (const task of [...world.device.tasks]) world.device.finish(task);
    world.settle();
    expect(other.take()).toEqual([]);
    expect(world.device.releases).toEqual(["dropped", "dropped"]);
  });

  it("[RFC7143 11.14] ends its commands too that wait for their turn, and uses up their numbers", () => {
    const { world, leading, other } = begin();
    other.read(0, 1, { cmdSN: 102 });
    leading.logOut({ ...close, cid: 7, immediate: true });
    expect(leading.takeOne()).toMatchObject({ response: Response.CLOSED_SUCCESSFULLY });
    const tags = [100, 101, 103].map((cmdSN) => leading.read(0, 1, { cmdSN }));
    expect(world.device.arrived).toEqual(tags);
  });

  it("is not answered on a connection that has failed meanwhile", () => {
    const { world, leading, other } = begin();
    other.read(0, 1);
    const ends: (() => void)[] = [];
    world.device.taskManagementReceived = ({ onDone }) =>
      ends.push(() => onDone("function-complete"));
    other.logOut({ ...close, cid: 7 });
    leading.disconnect();
    ends[0]?.();
    world.settle();
    expect(other.take()).toEqual([]);
    expect(world.trace.map(({ type }) => type)).not.toContain("logout");
  });

  it("[RFC7143 11.14] of a connection that ended meanwhile leaves the session to the last one", () => {
    const { world, leading, other } = begin();
    const ends: (() => void)[] = [];
    world.device.taskManagementReceived = ({ onDone }) =>
      ends.push(() => onDone("function-complete"));
    other.read(0, 1);
    leading.logOut({ ...close, cid: 7 });
    leading.logOut({ ...close, cid: 7 });
    for (const end of ends) end();
    world.settle();
    expect(leading.take()).toHaveLength(2);
    expect(leading.closed).toBe(null);
    expect(world.target.sessions()).toHaveLength(1);
  });
});
