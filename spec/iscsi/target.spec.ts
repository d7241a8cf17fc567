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
});
