import { nexusName } from "../../lib/scsi/nexus";

describe("the name of a nexus", () => {
  it.each([
    { port: 1, name: "iqn.a:b,i,0x800000000001,t,0x0001" },
    { port: 0xbeef, name: "iqn.a:b,i,0x800000000001,t,0xbeef" },
  ])("[RFC7143 4.4.1] is of both ports: $name", ({ port, name }) => {
    expect(nexusName("iqn.a:b,i,0x800000000001", port)).toBe(name);
  });
});
