import { TimerTable } from "../../lib/base/timer-table";

describe("a timer table", () => {
  it("names each timer once when it is due, and the next deadline", () => {
    const timers = new TimerTable<"login" | "nop">();
    expect(timers.next()).toBe(Infinity);
    timers.set("login", 100);
    timers.set("nop", 50);
    timers.set("nop", 70);
    expect([timers.next(), timers.expired(69), timers.expired(70), timers.expired(70)]).toEqual([
      70,
      null,
      "nop",
      null,
    ]);
    timers.clear("login");
    expect([timers.next(), timers.isSet("login"), timers.expired(1000)]).toEqual([
      Infinity,
      false,
      null,
    ]);
  });
});
