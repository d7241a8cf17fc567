import { LogoutReason, LogoutResponseCode as Response } from "../../lib/iscsi/pdus/logout";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { World } from "./support/initiator";

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
