import { type Heartbeat, Heartbeats } from "../../lib/mirror/link-heartbeat";
import { TIMING } from "./support/link-pair";

/** Every 100 ms, a lease of 1000 ms; HELLO was sent at 40, its answer came at 50. */
function started(): Heartbeats {
  return new Heartbeats(TIMING, 40, 50);
}

function beat(number: number, echo: number): Heartbeat {
  return { type: "heartbeat", number, echo };
}

describe("Heartbeats", () => {
  it("are numbered and carry the newest number heard", () => {
    const heartbeats = started();
    expect(heartbeats.next(50)).toEqual(beat(1, 0));
    expect(heartbeats.next(149)).toBeNull();
    expect(heartbeats.heard(beat(1, 0), 149)).toBeNull();
    expect(heartbeats.heard(beat(2, 1), 149)).toBeNull();
    expect(heartbeats.next(150)).toEqual(beat(2, 2));
    expect(heartbeats.next(150)).toBeNull();
  });

  it("are not made up for after a pause", () => {
    const heartbeats = started();
    heartbeats.next(50);
    expect(heartbeats.next(480)).toEqual(beat(2, 0));
    expect(heartbeats.next(579)).toBeNull();
    expect(heartbeats.next(580)).toEqual(beat(3, 0));
  });

  it("[W2] lease from when what was echoed was sent, not from when the echo came", () => {
    const heartbeats = started();
    expect(heartbeats.leaseUntilMs).toBe(1040);
    heartbeats.next(50);
    heartbeats.next(150);
    heartbeats.next(250);
    heartbeats.heard(beat(1, 0), 300);
    expect(heartbeats.leaseUntilMs).toBe(1040);
    heartbeats.heard(beat(2, 2), 900);
    expect(heartbeats.leaseUntilMs).toBe(1150);
    heartbeats.heard(beat(3, 2), 901);
    expect(heartbeats.leaseUntilMs).toBe(1150);
    heartbeats.heard(beat(4, 3), 902);
    expect(heartbeats.leaseUntilMs).toBe(1250);
  });

  it("want to be called for the next one or the end of the lease, what comes first", () => {
    const heartbeats = started();
    expect(heartbeats.nextDeadline).toBe(50);
    heartbeats.next(50);
    expect(heartbeats.nextDeadline).toBe(150);
    heartbeats.next(980);
    expect(heartbeats.nextDeadline).toBe(1040);
  });

  it.each([
    [beat(2, 0), "its heartbeat 2 came after 0"],
    [beat(0, 0), "its heartbeat 0 came after 0"],
    [beat(1, 3), "its heartbeat echoes 3, and 2 were sent"],
  ])("%j out of order is refused", (heartbeat, fault) => {
    const heartbeats = started();
    heartbeats.next(50);
    heartbeats.next(150);
    expect(heartbeats.heard(heartbeat, 160)).toBe(fault);
    expect(heartbeats.leaseUntilMs).toBe(1040);
  });

  it("that echo less than before are refused", () => {
    const heartbeats = started();
    heartbeats.next(50);
    heartbeats.next(150);
    expect(heartbeats.heard(beat(1, 2), 160)).toBeNull();
    expect(heartbeats.heard(beat(2, 1), 170)).toMatch(/echoes 1/);
  });

  it("[W7] tell which direction carries nothing", () => {
    const heartbeats = started();
    heartbeats.next(50);
    expect(heartbeats.lossAt(1040)).toBe("no heartbeat came for 990 ms");
    heartbeats.heard(beat(1, 0), 1000);
    expect(heartbeats.lossAt(1040)).toBe("no heartbeat of this side's was echoed in 1000 ms");
  });

  it("stay within their bound when none is echoed, and go on when one is", () => {
    const heartbeats = new Heartbeats({ ...TIMING, heartbeatMs: 1, leaseMs: 10_000 }, 0, 0);
    let sentCount = 0;
    for (let nowMs = 0; nowMs < 5000; nowMs++) if (heartbeats.next(nowMs) !== null) sentCount++;
    expect(sentCount).toBe(256);
    expect(heartbeats.heard(beat(1, 100), 5000)).toBeNull();
    expect(heartbeats.next(5000)).toEqual(beat(257, 1));
    expect(heartbeats.heard(beat(2, 257), 5001)).toBeNull();
    expect(heartbeats.leaseUntilMs).toBe(15_000);
  });
});
