import { Status } from "../src/status";

describe("[SAM-5 5.3.1] The status codes", () => {
  it("have T10's values", () => {
    expect(Object.values(Status)).toEqual([0x00, 0x02, 0x04, 0x08, 0x18, 0x28, 0x30, 0x40]);
  });
});
