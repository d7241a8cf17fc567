/** The recorder: that what it writes down is what happened, in the order it happened. */
import type { MirrorOptions } from "../../../lib/mirror/config";
import { keyOf } from "./events";
import { Recorder } from "./recorder";
import { statements } from "./statements";

/** A run of one write of a side, by its events. */
function recorded(side: 1 | 2, options: Partial<MirrorOptions>): (string | null)[] {
  const recorder = new Recorder(options);
  recorder.write(side, 5, 2);
  return recorder.finish().events.map(keyOf);
}

describe("the recorder of runs", () => {
  it("writes down W1 from its host to its end", () => {
    expect(recorded(1, {})).toEqual([
      ...["hostRecv 1", "exclSet 1", "volWrite A1", "volWritten A1"],
      ...["copySend request", "copySend data", "copyRecv request", "copyRecv data"],
      ...["exclSet 2", "volWrite A2", "volWritten A2"],
      ...["exclReset 2", "exclReset 1", "hostStatus 1"],
    ]);
  });

  it("writes down W2 from its host to its end", () => {
    expect(recorded(2, {})).toEqual([
      ...["hostRecv 2", "exclSet 2", "relaySend request", "relaySend data"],
      ...["relayRecv request", "relayRecv data", "exclSet 1", "volWrite A1", "volWritten A1"],
      ...["copySend request", "copyRecv request", "volWrite A2", "volWritten A2"],
      ...["exclReset 2", "hostStatus 2", "exclReset 1"],
    ]);
  });

  it.each(["communication", "sub-relay"] as const)(
    "sees no exclusive states in %s, and data that is sent back",
    (example) => {
      expect(recorded(2, { example, omitTransfer: false })).toEqual([
        ...["hostRecv 2", "relaySend request", "relaySend data"],
        ...["relayRecv request", "relayRecv data", "volWrite A1", "volWritten A1"],
        ...["copySend request", "copySend data", "copyRecv request", "copyRecv data"],
        ...["volWrite A2", "volWritten A2", "hostStatus 2"],
      ]);
    },
  );

  it("sees a byte that changes on its way", () => {
    const recorder = new Recorder({});
    recorder.write(2, 5);
    const { sent } = recorder.rig.sub;
    const [relay] = sent;
    if (relay === undefined || typeof relay.message === "function" || !("data" in relay.message))
      throw new Error("a relay is on its way");
    const data = relay.message.data.map((chunk) => Uint8Array.from(chunk));
    data[1]?.fill(0, 100, 101);
    sent[0] = { ...relay, message: { ...relay.message, data } };
    recorder.rig.settle();
    const run = recorder.taken();
    expect(statements.connectionTwoToUnitOne(run)).toContain("other bytes in relayRecv data");
    expect(statements.unitOneToFirstArea(run)).toContain("other bytes reach A1");
    expect(statements.unitTwoToSecondArea(run)).toBeNull();
  });

  it("sees a reservation, and what it forbids", () => {
    const recorder = new Recorder({});
    recorder.reserve(1, "host 2");
    recorder.write(2, 5);
    const run = recorder.finish();
    expect(run.events.map((event) => keyOf(event) ?? event.type)).toEqual([
      ...["reserved", "hostRecv 2", "exclSet 2", "relaySend request", "relaySend data"],
      ...["relayRecv request", "relayRecv data", "exclReset 2", "hostStatus 2"],
    ]);
    expect(run.refused(2)).toHaveLength(1);
  });
});
