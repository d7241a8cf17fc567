import { imageOptions } from "../../../tools/support/qemu";

it("takes the URL of a unit apart into QEMU's options", () => {
  expect(imageOptions("iscsi://127.0.0.1:3260/iqn.2026-11.io.twinlun:disk/0", "crc32c")).toBe(
    "driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=127.0.0.1:3260," +
      "file.target=iqn.2026-11.io.twinlun:disk,file.lun=0,file.header-digest=crc32c",
  );
});

it.each(["iscsi://127.0.0.1:3260", "iscsi://user%secret@127.0.0.1:3260/iqn.x:y/0"])(
  "refuses %s",
  (url) => {
    expect(() => imageOptions(url, "none")).toThrow(url);
  },
);
