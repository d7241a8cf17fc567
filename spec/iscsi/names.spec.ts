import { isIscsiName, isListed, normalizeName } from "../../lib/iscsi/names";

describe("iSCSI names", () => {
  it.each([
    "iqn.2001-04.com.example:storage:diskarrays-sn-a8675309",
    "iqn.2001-04.com.example",
    "iqn.1993-08.org.debian:01:9d3c5a2b",
    "IQN.2001-04.COM.EXAMPLE:Upper",
    "eui.02004567A425678D",
    "naa.52004567BA64678D",
    "naa.62004567BA64678D0123456789ABCDEF",
    `iqn.2001-04.com.example:${"x".repeat(199)}`,
  ])("[RFC7143 4.2.7] %s is one", (name) => {
    expect(isIscsiName(name)).toBe(true);
  });

  it.each([
    "",
    "disk",
    "iqn.2001-13.com.example",
    "iqn.2001.com.example",
    "iqn.2001-04.",
    "iqn.2001-04.com.example:a b",
    "iqn.2001-04.com.example:a\u0001",
    "eui.02004567A425678",
    "naa.52004567BA64678D0",
    `iqn.2001-04.com.example:${"x".repeat(200)}`,
  ])("[RFC7143 4.2.7] %j is none", (name) => {
    expect(isIscsiName(name)).toBe(false);
  });

  it("[RFC7143 4.2.7, 4.2.7.1] are the same whatever the case of ASCII letters", () => {
    expect(normalizeName("IQN.2001-04.com.Example")).toBe("iqn.2001-04.com.example");
    expect(isListed(["iqn.2001-04.com.EXAMPLE"], "IQN.2001-04.com.example")).toBe(true);
  });

  it("an empty list lets everybody in, another one those who are on it", () => {
    expect(isListed([], "iqn.2001-04.com.example")).toBe(true);
    expect(isListed(["eui.02004567a425678d"], "iqn.2001-04.com.example")).toBe(false);
  });
});
