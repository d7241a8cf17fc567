import { AsyncEvent } from "../../lib/iscsi/pdus/async-message";
import { formatText } from "../../lib/iscsi/text";
import { type SessionOrder, SESSION_ORDERS } from "../../lib/iscsi/session-orders";
import { type Initiator, World, textOf } from "./support/initiator";

function order(world: World, what: SessionOrder, tsih: number | null = null): void {
  world.target.order(what, tsih, world.nowMs);
  world.settle();
}

/** A session with the keys that its end speaks of, with CID 7. */
function begin(): { world: World; initiator: Initiator } {
  const world = new World();
  const initiator = world.connect();
  initiator.logIn({ DefaultTime2Wait: "3", DefaultTime2Retain: "0" }, { cid: 7 });
  return { world, initiator };
}

describe("an operator's order", () => {
  it("[RFC7143 11.9.1] to log out is a request with the time there is for it", () => {
    const { world, initiator } = begin();
    order(world, "logout");
    expect(initiator.takeOne()).toMatchObject({
      ...{ asyncEvent: AsyncEvent.LOGOUT_REQUEST, parameter3: 4, initiatorTaskTag: 0xffffffff },
    });
    order(world, "logout");
    expect(initiator.take()).toEqual([]);
    initiator.logOut();
    expect(initiator.takeOne()).toMatchObject({ name: "Logout Response" });
    expect(initiator.closed).toBe("end");
  });

  it("[RFC7143 11.9.1] to log out drops the session that does not, and says so", () => {
    const { world, initiator } = begin();
    order(world, "logout");
    initiator.take();
    world.advance(3999);
    expect(initiator.closed).toBe(null);
    world.advance(1);
    expect(initiator.takeOne()).toMatchObject({ asyncEvent: AsyncEvent.SESSION_DROP });
    expect(initiator.closed).toBe("end");
    expect(world.target.sessions()).toEqual([]);
  });

  it.each([
    ["drop", { asyncEvent: AsyncEvent.SESSION_DROP, parameter1: 0 }],
    ["drop-connection", { asyncEvent: AsyncEvent.CONNECTION_DROP, parameter1: 7 }],
  ] as const)(
    "[RFC7143 11.9.1] to %s tells when to come back, and ends the session",
    (what, event) => {
      const { world, initiator } = begin();
      order(world, what);
      expect(initiator.takeOne()).toMatchObject({ ...event, parameter2: 3, parameter3: 0 });
      expect(initiator.closed).toBe("end");
      expect(world.device.nexuses).toEqual([]);
    },
  );

  it("[RFC7143 11.9.1] to renegotiate asks for a Text Request, which is answered", () => {
    const { world, initiator } = begin();
    order(world, "renegotiate");
    const event = { asyncEvent: AsyncEvent.NEGOTIATION_REQUEST, parameter3: 4 };
    expect(initiator.takeOne()).toMatchObject(event);
    initiator.text({}, formatText([{ key: "MaxRecvDataSegmentLength", value: "512" }]));
    expect(textOf(initiator.takeOne())).toEqual({});
    initiator.read(0, 2);
    expect(initiator.take().map(({ data }) => data.length)).toEqual([512, 512]);
  });

  it.each(SESSION_ORDERS)("to %s is of the session that is named", (what) => {
    const world = new World();
    const [one, other] = [world.logIn(), world.logIn({}, { isid: "00023d000002" })];
    order(world, what, 2);
    expect(one.take()).toEqual([]);
    expect(other.take()).toHaveLength(1);
  });

  it.each(SESSION_ORDERS)("[RFC7143 4.3] to %s sends no message in a discovery session", (what) => {
    const world = new World();
    const initiator = world.logIn({ SessionType: "Discovery" });
    order(world, what);
    expect(initiator.take()).toEqual([]);
    expect(initiator.closed).toBe(what === "renegotiate" ? null : "end");
  });
});
