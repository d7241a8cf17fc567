import { inquiry } from "node-scsi-cdb";
import { TargetPortGroups } from "../../../lib/scsi/alua";
import { SpecUnit, type SpecUnitOptions } from "../support/unit";

/** The page in hexadecimal. */
function page(pageCode: number, options: SpecUnitOptions = {}): string {
  const unit = new SpecUnit(options);
  const cdb = inquiry.encode({ evpd: true, pageCode, allocationLength: 4096 });
  return unit.check(cdb).data.toString("hex");
}

/** A SCSI name string of association 1 (target port) or 2 (target device), with its header. */
function nameString(association: 1 | 2, name: string): string {
  const length = name.length + 4 - (name.length % 4);
  const head = Buffer.from([0x53, 0x80 | (association << 4) | 8, 0, length]);
  return Buffer.concat([head, Buffer.from(name)], 4 + length).toString("hex");
}

const IQN = "iqn.2026-11.io.twinlun:spec";
/** Where the designators of the unit end, of which the target port's stand behind. */
const UNIT_END = 4 + 34 + 12;
/** The length of bytes in hexadecimal, as a field of two. */
const size = (hex: string): string => (hex.length / 2).toString(16).padStart(4, "0");
const zeros = (length: number): string => "00".repeat(length);

describe("VPD pages", () => {
  it("[SPC-4 Supported VPD Pages] Inquiry.SupportedVPD: ascending, with page 00h itself", () => {
    expect(page(0x00)).toBe("0000000a" + "008083868788" + "8fb0b1b2");
  });

  it.each([{ profile: { thin: false } }, { can: { unmap: false } }])(
    "a fully provisioned unit does not have page B2h: %j",
    (options) => {
      expect(page(0x00, options)).toBe("00000009" + "008083868788" + "8fb0b1");
    },
  );

  it("[SPC-4 Unit Serial Number] page 80h holds the serial number in ASCII", () => {
    expect(page(0x80)).toBe("00800006" + Buffer.from("A1B2C3").toString("hex"));
  });

  it("[SPC-4 Device Identification] page 83h names the unit, the target port, the target", () => {
    const t10 = Buffer.from("TWINLUN DISK            A1B2C3").toString("hex");
    const designators = [
      "0201001e" + t10,
      "01030008" + "3fedcba987654321",
      "51940004" + "00000002",
      nameString(1, `${IQN},t,0x0001`),
      nameString(2, IQN),
    ].join("");
    expect(page(0x83)).toBe("00830082" + designators);
  });

  it.each([
    { relativeTargetPort: 2, port: "00000002", group: "00000101", name: `${IQN},t,0x0101` },
    { relativeTargetPort: 1001, port: "000003e9", group: "00000102", name: `${IQN},t,0x0102` },
  ])(
    "[SPC-4 Device Identification] page 83h names port $relativeTargetPort and its group beside the unit",
    ({ relativeTargetPort, port, group, name }) => {
      const access = new TargetPortGroups([
        { tag: 0x101, relativeTargetPorts: [2] },
        { tag: 0x102, relativeTargetPorts: [1001] },
      ]);
      const unit = new SpecUnit({ access });
      const cdb = inquiry.encode({ evpd: true, pageCode: 0x83, allocationLength: 4096 });
      const { data } = unit.check(cdb, { nexus: { ...unit.nexus, relativeTargetPort } });
      const single = new SpecUnit().check(cdb).data;
      const ofPort = ["51940004" + port, "51950004" + group, nameString(1, name)].join("");
      const own = UNIT_END + ofPort.length / 2;
      expect(data.subarray(4, UNIT_END)).toEqual(single.subarray(4, UNIT_END));
      expect(data.subarray(UNIT_END, own).toString("hex")).toBe(ofPort);
      expect(data.subarray(own).toString("hex")).toBe(nameString(2, IQN));
      expect(data.readUInt16BE(2)).toBe(data.length - 4);
    },
  );

  it.each([4, 5, 6, 7])("[SPC-4 SCSI name string] ends with a null, is padded: %d", (extra) => {
    const targetName = `iqn.2026-11.${"x".repeat(extra)}`;
    expect(page(0x83, { profile: { targetName } })).toContain(nameString(2, targetName));
  });

  it.each([
    { volatileCache: false, vSup: "00" },
    { volatileCache: true, vSup: "01" },
  ])("[SPC-4 Extended INQUIRY Data] page 86h with V_SUP $vSup", ({ volatileCache, vSup }) => {
    expect(page(0x86, { can: { volatileCache } })).toBe(
      "0086003c" + "0007" + vSup + "01" + zeros(56),
    );
  });

  it("[SPC-4 Mode Page Policy] page 87h: all mode pages are shared by all nexuses", () => {
    expect(page(0x87)).toBe("00870004" + "3fff0000");
  });

  it("[SPC-4 SCSI Ports] page 88h names the ports of all controllers, by whichever asked", () => {
    const access = new TargetPortGroups([
      { tag: 0x101, relativeTargetPorts: [2] },
      { tag: 0x102, relativeTargetPorts: [1001] },
    ]);
    const ports = [
      { head: "00000002" + "00000000", name: nameString(1, `${IQN},t,0x0101`) },
      { head: "000003e9" + "00000000", name: nameString(1, `${IQN},t,0x0102`) },
    ];
    const expected = ports.map(({ head, name }) => head + "0000" + size(name) + name).join("");
    expect(page(0x88, { access })).toBe("0088" + size(expected) + expected);
    const other = inquiry.encode({ evpd: true, pageCode: 0x88, allocationLength: 4096 });
    const unit = new SpecUnit({ access });
    const { data } = unit.check(other, { nexus: { ...unit.nexus, relativeTargetPort: 1001 } });
    expect(data.toString("hex")).toBe("0088" + size(expected) + expected);
  });

  it("[SPC-4 Third-party Copy VPD page] page 8Fh: commands, limits, descriptors, the own unit", () => {
    const [commands, parameters] = ["0001" + "000c" + "08" + "830100" + "8403000304", "0004001c"];
    expect(page(0x8f)).toBe(
      ["008f0064", commands + zeros(3), parameters + "00000000" + "0010" + "0040"].join("") +
        ["00000a00", zeros(16), "00080004" + "03" + "020ae4", "000c0004" + "0002" + "ffff"].join(
          "",
        ) +
        ["80010020", "00000800" + "00000040" + "10000000" + "0000", zeros(18)].join(""),
    );
  });

  it("[SBC-3 Block Limits] Inquiry.BlockLimits: page B0h of a thin unit", () => {
    const transfer = ["01", "ff", "0001", "00004000", "00000800", "00004000"];
    const unmap = ["00100000", "00000100", "00000008", "80000000"];
    const writeSame = "0000000000008000";
    const all = [...transfer, ...unmap, writeSame];
    const atomic = "00000800";
    expect(page(0xb0)).toBe("00b0003c" + all.join("") + atomic + zeros(16));
  });

  it("[SBC-3 Block Limits] page B0h counts in blocks, and names no unmap limits without UNMAP", () => {
    const options = {
      profile: { thin: false, physicalBlockExponent: 3 },
      geometry: { blockSize: 4096 },
    };
    const limits = [
      "00",
      "ff",
      "0008",
      "00000800",
      "00000100",
      "00000800",
      zeros(16),
      "0000000000008000",
    ];
    const atomic = "00000100";
    expect(page(0xb0, options)).toBe("00b0003c" + limits.join("") + atomic + zeros(16));
  });

  it("[SBC-4 Block Limits] page B0h tells of no atomic writes where none are kept", () => {
    expect(page(0xb0, { can: { atomicWrites: false } })).toMatch(/0000000000008000(00){20}$/);
  });

  it("[SBC-4 Block Device Characteristics] page B1h: nothing rotates, what is erased reads", () => {
    expect(page(0xb1)).toBe("00b1003c" + "0001" + "0050" + zeros(56));
  });

  it("[SBC-3 Logical Block Provisioning] page B2h: LBPU, LBPWS, LBPWS10, LBPRZ, thin", () => {
    expect(page(0xb2)).toBe("00b20004" + "00" + "e4" + "02" + "00");
  });
});
