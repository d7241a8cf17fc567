import * as formats from "../../lib/node/formats";

const { address, boolean, credential, integer, iscsiName, listOf, oneOf, optional, store, text } =
  formats;

/** Cases of one form: what it takes and what it makes of it; undefined: refused. */
function check(form: formats.Form<unknown>, cases: readonly (readonly [unknown, unknown])[]): void {
  it.each(cases)("reads %j as %j", (raw, value) => expect(form.parse(raw)).toEqual(value));
}

describe("address", () => {
  check(address, [
    ["127.0.0.1:3260", { host: "127.0.0.1", port: 3260 }],
    ["0.0.0.0", { host: "0.0.0.0", port: 3260 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    ["[fe80::1]", { host: "fe80::1", port: 3260 }],
    ["::1:3260", undefined],
    ["[127.0.0.1]:3260", undefined],
    ["localhost:3260", undefined],
    ["127.0.0.1:65536", undefined],
    ["127.0.0.1:", undefined],
    ["127.0.0.256:1", undefined],
    [3260, undefined],
    ["", undefined],
  ]);
  it.each(["127.0.0.1:3260", "[::1]:9"])("writes %s as it was read", (written) => {
    expect(formats.formatAddress(address.parse(written) as formats.Address)).toBe(written);
  });
});

describe("store", () => {
  check(store, [
    ["memory:64M", { kind: "memory", size: 64 * 2 ** 20 }],
    ["memory:1GiB", { kind: "memory", size: 2 ** 30 }],
    ["memory:2TB", { kind: "memory", size: 2 ** 41 }],
    ["memory:4096", { kind: "memory", size: 4096 }],
    ["memory:0", undefined],
    ["memory:1.5G", undefined],
    ["memory:-1", undefined],
    ["memory:64m", undefined],
    ["memory", undefined],
    ["file:disk.img:1G", { kind: "file", path: "disk.img", size: 2 ** 30 }],
    ["file:/a:b/disk.img", { kind: "file", path: "/a:b/disk.img", size: null }],
    ["file:/a/disk.img:1X", undefined],
    ["file:/a/disk.img:", undefined],
    ["file:", undefined],
    ["file::1G", undefined],
    ["disk.img", undefined],
    [17, undefined],
  ]);
});

describe("rate", () => {
  check(formats.rate, [
    ["0", 0],
    [0, 0],
    ["64M", 64 * 2 ** 20],
    [1000, 1000],
    ["", undefined],
    ["-1", undefined],
    ["fast", undefined],
  ]);
});

describe("credential", () => {
  check(credential, [
    ["user:secret", { name: "user", secret: "secret" }],
    ["user:a:b", { name: "user", secret: "a:b" }],
    ["user:", undefined],
    [":secret", undefined],
    ["user", undefined],
    ["us er:secret", undefined],
  ]);
});

describe("iscsiName [RFC7143 4.2.7]", () => {
  check(iscsiName, [
    ["iqn.2026-11.io.twinlun:disk", "iqn.2026-11.io.twinlun:disk"],
    ["iqn.2026-11.io.TWINLUN:Disk", "iqn.2026-11.io.twinlun:disk"],
    ["eui.0123456789abcdef", "eui.0123456789abcdef"],
    ["disk", undefined],
    [5, undefined],
  ]);
});

describe("small forms", () => {
  check(boolean, [
    [true, true],
    ["false", false],
    ["yes", undefined],
    [1, undefined],
  ]);
  check(integer(1, 10), [
    ["10", 10],
    [1, 1],
    [0, undefined],
    ["11", undefined],
    ["1e0", undefined],
    [1.5, undefined],
    ["", undefined],
  ]);
  check(text(4), [
    ["abcd", "abcd"],
    ["abcde", undefined],
    ["", undefined],
    ["é", undefined],
    [4, undefined],
  ]);
  check(oneOf(512, 4096), [
    ["512", 512],
    [4096, 4096],
    [1024, undefined],
  ]);
  check(listOf(oneOf("a", "b")), [
    ["a,b", ["a", "b"]],
    [["b"], ["b"]],
    ["", []],
    [null, []],
    ["a,", undefined],
    [{ a: 1 }, undefined],
  ]);
  check(optional(integer(0, 9)), [
    [null, null],
    ["", null],
    ["3", 3],
    ["x", undefined],
  ]);
});
