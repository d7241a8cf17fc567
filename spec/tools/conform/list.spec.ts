import { lineFor, matchesGlob, parseList } from "../../../tools/conform/list";

describe("the list of libiscsi's tests", () => {
  const list = parseList(
    [
      "# a comment",
      "",
      "SCSI.WriteSame10.UnmapUnaligned   thin-8",
      "SCSI.WriteSame10.*                thin thin-8",
      "iSCSI.iSCSITMF.*                  - wrong (see #341)",
    ].join("\n"),
  );

  it("names the set-ups a test must pass on", () => {
    expect(lineFor(list, "SCSI.WriteSame10.Simple")).toEqual({
      pattern: "SCSI.WriteSame10.*",
      setups: ["thin", "thin-8"],
      reason: "",
    });
  });

  it("lets the first line that matches decide", () => {
    expect(lineFor(list, "SCSI.WriteSame10.UnmapUnaligned")?.setups).toEqual(["thin-8"]);
  });

  it("says why a test is left out", () => {
    const line = lineFor(list, "iSCSI.iSCSITMF.LUNResetSimpleAsync");
    expect(line).toMatchObject({ setups: [], reason: "wrong (see #341)" });
  });

  it("decides nothing about a test no line matches", () => {
    expect(lineFor(list, "SCSI.Read10.Simple")).toBeNull();
  });

  it.each(["SCSI.Read10.*", "SCSI.Read10.* fat", "SCSI.Read10.* thin fat", "SCSI.Read10.* -"])(
    "refuses the line %j",
    (line) => {
      expect(() => parseList(line)).toThrow(line);
    },
  );
});

describe("a pattern", () => {
  it.each([
    ["SCSI.Read*.*", "SCSI.Read10.Simple", true],
    ["SCSI.Read1?.*", "SCSI.Read10.Simple", false],
    ["SCSI.Read", "SCSI.Read10.Simple", false],
    ["*", "iSCSI.iSCSITMF.Abort", true],
    ["SCSI.*", "iSCSI.iSCSITMF.Abort", false],
    ["SCSI.Read10.*", "SCSI_Read10_Simple", false],
  ])("%s matches %s: %s", (pattern, test, isMatch) => {
    expect(matchesGlob(test, pattern)).toBe(isMatch);
  });
});
