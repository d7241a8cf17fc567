import { octets } from "node-scsi-cdb";
import { pdu } from "../../lib/iscsi/pdu";

describe("pdu()", () => {
  const row = pdu({
    name: "An example",
    opcode: 0x02,
    from: "initiator",
    fields: { lun: octets(8, 8, "LUN") },
  });

  it("[RFC7143 11.2.1] adds the fields that all PDUs have", () => {
    const bhs = row.encode({ immediate: true, initiatorTaskTag: 0x01020304, dataSegmentLength: 5 });
    expect(bhs.subarray(0, 8).toString()).toBe(Buffer.from("4280000000000005", "hex").toString());
    expect(row.decode(bhs)).toMatchObject({
      opcode: 0x02,
      immediate: true,
      final: true,
      totalAHSLength: 0,
      dataSegmentLength: 5,
      initiatorTaskTag: 0x01020304,
    });
  });

  it("clears F only when told to", () => {
    expect(row.decode(row.encode({ final: false })).final).toBe(false);
  });

  it("refuses a field on top of a common one", () => {
    const declare = (): unknown =>
      pdu({ name: "Bad", opcode: 1, from: "target", fields: { tag: octets(14, 4, "TAG") } });
    expect(declare).toThrow(RangeError);
  });
});
