import { config } from "./config";
import { type Answer, World, pattern } from "./support/initiator";

describe("Data-In", () => {
  it.each([
    { segment: 512, burst: 1024 },
    { segment: 1000, burst: 1500 },
    { segment: 1024, burst: 512 },
    { segment: 262144, burst: 262144 },
  ])(
    "[RFC7143 11.7, 13.12, 13.13] comes in segments of $segment and bursts of $burst bytes",
    ({ segment, burst }) => {
      const world = new World();
      const initiator = world.logIn({
        MaxRecvDataSegmentLength: String(segment),
        MaxBurstLength: String(burst),
      });
      const data = pattern(5 * 512);
      world.device.bytes.set(data);
      initiator.read(0, 5);
      const answers = initiator.take();
      expect(Buffer.concat(answers.map((answer) => answer.data))).toEqual(data);
      let at = 0;
      answers.forEach((answer, dataSN) => {
        const isLast = dataSN === answers.length - 1;
        expect(answer).toMatchObject({ dataSN, bufferOffset: at, hasStatus: isLast });
        expect(answer.data.length).toBeLessThanOrEqual(segment);
        at += answer.data.length;
        expect(answer).toMatchObject({ final: isLast || at % burst === 0 });
      });
    },
  );

  it.each([
    { header: "None", data: "None", length: "262144" },
    { header: "CRC32C", data: "None", length: "262144" },
    { header: "CRC32C", data: "CRC32C", length: "262144" },
    { header: "None", data: "None", length: "1024" },
  ])("comes whole out of a payload buffer: %p", ({ header, data: dataDigest, length }) => {
    const world = new World();
    const digests = { HeaderDigest: header, DataDigest: dataDigest };
    const initiator = world.logIn({ ...digests, MaxRecvDataSegmentLength: length });
    const data = pattern(5 * 512);
    world.device.bytes.set(data);
    world.device.isLending = true;
    initiator.read(0, 5);
    initiator.read(0, 5);
    expect(Buffer.concat(initiator.take().map((answer) => answer.data))).toEqual(
      Buffer.concat([data, data]),
    );
  });

  it("writes no header in front of data that lies in no payload buffer", () => {
    const world = new World();
    const initiator = world.logIn();
    const data = pattern(2 * 512);
    world.device.bytes.set(data);
    initiator.read(1, 1);
    initiator.take();
    expect(world.device.bytes.subarray(0, 2 * 512)).toEqual(data);
  });

  it("gives back what the task borrowed when the socket has taken it, not before", () => {
    const world = new World();
    const initiator = world.logIn();
    initiator.isStalled = true;
    initiator.read(0, 8);
    expect(world.device.borrowed).toBe(1);
    initiator.isStalled = false;
    world.settle();
    expect(world.device.releases).toEqual(["sent"]);
  });

  it("counts as dropped what a dead socket had not taken", () => {
    const world = new World();
    const initiator = world.logIn();
    initiator.isStalled = true;
    initiator.read(0, 8);
    initiator.disconnect();
    expect(world.device.releases).toEqual(["dropped"]);
  });

  it.each(["None", "CRC32C"])("[RFC7143 11.2.3] carries digests as agreed: %s", (digest) => {
    const world = new World();
    const initiator = world.logIn({ HeaderDigest: digest, DataDigest: digest });
    const data = pattern(512);
    initiator.write(1, 1, {}, data);
    initiator.read(1, 1);
    expect(initiator.take().at(-1)?.data).toEqual(data);
  });
});

describe("Data-In backwards", () => {
  const keys = { MaxRecvDataSegmentLength: "512", MaxBurstLength: "1024" };
  const inAnyOrder = { dataPduInOrder: false, dataSequenceInOrder: false, errorRecoveryLevel: 0 };
  const negotiation = { ...config.negotiation, ...inAnyOrder };

  function read(order: Readonly<Record<string, string>>): Answer[] {
    const world = new World({ negotiation, reversesData: true });
    world.device.bytes.set(pattern(5 * 512));
    const initiator = world.logIn({ ...keys, ...order });
    initiator.read(0, 5, { expectedDataTransferLength: 6 * 512 });
    return initiator.take();
  }

  it.each([
    ["No", "No", [4, 3, 2, 1, 0], [true, false, true, false, true]],
    ["No", "Yes", [1, 0, 3, 2, 4], [false, true, false, true, true]],
    ["Yes", "No", [4, 2, 3, 0, 1], [true, false, true, false, true]],
    ["Yes", "Yes", [0, 1, 2, 3, 4], [false, true, false, true, true]],
  ])(
    "[RFC7143 13.18, 13.19] DataPDUInOrder=%s, DataSequenceInOrder=%s",
    (DataPDUInOrder, DataSequenceInOrder, blocks, finals) => {
      const answers = read({ DataPDUInOrder, DataSequenceInOrder });
      expect(answers.map(({ bufferOffset }) => bufferOffset / 512)).toEqual(blocks);
      expect(answers.map(({ final }) => final)).toEqual(finals);
      expect(answers.map(({ dataSN }) => dataSN)).toEqual([0, 1, 2, 3, 4]);
      expect(answers.map(({ hasStatus }) => hasStatus)).toEqual([...Array(4).fill(false), true]);
      expect(answers[4]).toMatchObject({ underflow: true, residualCount: 512 });
      const data = Buffer.alloc(5 * 512);
      for (const answer of answers) answer.data.copy(data, answer["bufferOffset"]);
      expect(data).toEqual(pattern(5 * 512));
    },
  );

  it("goes forwards unless it is told to go backwards", () => {
    const world = new World({ negotiation });
    const initiator = world.logIn({ ...keys, DataPDUInOrder: "No", DataSequenceInOrder: "No" });
    initiator.read(0, 3);
    expect(initiator.take().map(({ bufferOffset }) => bufferOffset)).toEqual([0, 512, 1024]);
  });
});
