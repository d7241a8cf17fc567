import { NO_TAG, type PduRow } from "../../lib/iscsi/pdu";
import { nopOut } from "../../lib/iscsi/pdus/nop";
import { RejectReason } from "../../lib/iscsi/pdus/reject";
import { type Initiator, World, pattern, senseOf } from "./support/initiator";

const nop = nopOut as unknown as PduRow;

function begin(keys: Record<string, string> = {}): {
  world: World;
  leading: Initiator;
  other: Initiator;
} {
  const world = new World();
  const leading = world.logIn({ MaxConnections: "2", ...keys });
  return { world, leading, other: world.join(leading, 1) };
}

describe("a connection of a session", () => {
  it("[RFC7143 4.2.2.1] runs its commands in the order of the session", () => {
    const { world, leading, other } = begin();
    const third = other.read(0, 1, { cmdSN: 102 });
    const second = leading.read(0, 1, { cmdSN: 101 });
    expect(world.device.arrived).toEqual([]);
    const first = other.read(0, 1, { cmdSN: 100 });
    expect(world.device.arrived).toEqual([first, second, third]);
    expect(other.take().map(({ initiatorTaskTag }) => initiatorTaskTag)).toEqual([first, third]);
    expect(leading.takeOne()).toMatchObject({ initiatorTaskTag: second });
  });

  it("[RFC7143 4.2.2.1] runs immediate commands at once, whatever the others wait for", () => {
    const { leading, other } = begin();
    leading.read(0, 1, { cmdSN: 105 });
    other.read(0, 1, { immediate: true, cmdSN: 106 });
    expect(other.takeOne()).toMatchObject({ name: "SCSI Data-In", expCmdSN: 100 });
    expect(leading.take()).toEqual([]);
  });

  it("[RFC7143 4.2.2.1] passes over a number that another connection has used", () => {
    const { world, leading, other } = begin();
    leading.read(0, 1, { cmdSN: 100 });
    other.read(0, 1, { cmdSN: 100 });
    expect(world.device.arrived).toHaveLength(1);
    expect(other.take()).toEqual([]);
  });

  it("[RFC7143 4.2.2.1] tells of the session's one command window", () => {
    const { world, leading, other } = begin();
    world.device.isSlow = true;
    for (let count = 0; count < 5; count++) leading.read(0, 1);
    other.send(nop, { immediate: true, targetTransferTag: NO_TAG });
    expect(other.takeOne()).toMatchObject({ expCmdSN: 105, maxCmdSN: 227 });
    world.device.finish(world.device.tasks[0] as never);
    world.settle();
    expect(leading.takeOne()).toMatchObject({ expCmdSN: 105, maxCmdSN: 228 });
  });

  it("[RFC7143 4.2.2.2] counts StatSN of its own", () => {
    const { leading, other } = begin();
    const numbers = [leading, leading, other, leading, other].map((initiator) => {
      initiator.read(0, 1);
      return initiator.takeOne()["statSN"];
    });
    expect(numbers).toEqual([1, 2, 1, 3, 2]);
  });

  it("[RFC7143 13.1, 13.12] has digests and a data segment length of its own", () => {
    const world = new World();
    const leading = world.logIn({ MaxConnections: "2", MaxRecvDataSegmentLength: "1024" });
    const other = world.join(leading, 1, { HeaderDigest: "CRC32C", DataDigest: "CRC32C" });
    leading.read(0, 4);
    other.read(0, 4);
    expect(leading.take().map(({ data }) => data.length)).toEqual([1024, 1024]);
    expect(other.take().map(({ data }) => data.length)).toEqual([2048]);
  });

  it("[RFC7143 13.13] has the bursts of its session", () => {
    const { leading, other } = begin({ MaxBurstLength: "1024", InitialR2T: "Yes" });
    for (const initiator of [leading, other]) {
      initiator.write(0, 4, { final: true });
      expect(initiator.takeOne()).toMatchObject({ desiredDataTransferLength: 1024 });
    }
  });

  it("[RFC7143 4.2.5.1] gets the R2Ts and the status of its commands, and sends their data", () => {
    const { leading, other } = begin();
    const initiatorTaskTag = other.write(0, 1, { final: true });
    const { targetTransferTag } = other.takeOne();
    const data = { initiatorTaskTag, targetTransferTag, bufferOffset: 0 };
    leading.dataOut(data, pattern(512));
    expect(leading.takeOne()).toMatchObject({ reason: RejectReason.PROTOCOL_ERROR });
    expect(other.take()).toEqual([]);
    other.dataOut(data, pattern(512));
    expect(other.takeOne()).toMatchObject({ name: "SCSI Response", status: 0 });
    expect(leading.take()).toEqual([]);
  });

  it("fails its tasks whose data does not come, and not those of another", () => {
    const { world, leading, other } = begin();
    leading.write(0, 1, { final: true });
    world.advance(2000);
    other.write(0, 1, { final: true });
    leading.take();
    other.take();
    world.advance(1000);
    expect(senseOf(leading.takeOne())).toBe("b/4b/06");
    expect(other.take()).toEqual([]);
  });

  it("[RFC7143 11.19] is pinged when it is silent, however busy another is", () => {
    const { world, leading, other } = begin();
    for (let second = 1; second <= 5; second++) {
      leading.read(0, 1);
      world.advance(1000);
    }
    expect(leading.take().map(({ name }) => name)).not.toContain("NOP-In");
    expect(other.takeOne()).toMatchObject({ name: "NOP-In", initiatorTaskTag: NO_TAG });
  });

  it("[RFC7143 7.14] takes its session with it when it fails: the others are closed", () => {
    const { world, leading, other } = begin();
    world.device.isSlow = true;
    leading.read(0, 1);
    other.read(0, 1);
    other.disconnect();
    expect(leading.closed).toBe("end");
    expect(world.device).toMatchObject({ tasks: [], nexuses: [] });
    expect(world.target.sessions()).toEqual([]);
    expect(world.trace.filter(({ type }) => type === "session-ended")).toHaveLength(1);
    expect(world.trace.filter(({ type }) => type === "connection-closed")).toHaveLength(2);
    leading.disconnect();
    expect(world.target.isIdle).toBe(true);
  });

  it("[RFC7143 7.14] takes its session with it when it does not answer", () => {
    const { world, leading, other } = begin();
    for (let second = 1; second <= 7; second++) {
      leading.send(nop, { immediate: true, targetTransferTag: NO_TAG });
      world.advance(1000);
    }
    expect([leading.closed, other.closed]).toEqual(["end", "reset"]);
  });

  it("drops what waits for its turn when it is logged out", () => {
    const { leading, other } = begin();
    other.send(nop, { cmdSN: 101, targetTransferTag: NO_TAG });
    other.text({ cmdSN: 102 }, Buffer.from("SendTargets=\0"));
    leading.logOut({ immediate: true, reason: 1, cid: 1 });
    leading.take();
    leading.read(0, 1, { cmdSN: 100 });
    leading.read(0, 1, { cmdSN: 103 });
    expect(leading.take().map(({ expCmdSN }) => expCmdSN)).toEqual([101, 104]);
    expect(other.take()).toEqual([]);
  });
});
