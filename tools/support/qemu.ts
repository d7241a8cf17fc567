/**
 * A unit behind iSCSI as QEMU's programs take it, by options instead of a URL: Debian's qemu-img
 * 7.2 dies of a URL that asks for a digest.
 */

/** The argument after `--image-opts`. `url` is `iscsi://HOST:PORT/IQN/LUN`, without CHAP. */
export function imageOptions(url: string, headerDigest: "none" | "crc32c"): string {
  const [, portal, iqn, lun] = /^iscsi:\/\/([^/@]+)\/([^/]+)\/(\d+)$/.exec(url) ?? [];
  if (portal === undefined) throw new Error(`not the URL of a unit: ${url}`);
  const options = {
    driver: "raw",
    "file.driver": "iscsi",
    "file.transport": "tcp",
    "file.portal": portal,
    "file.target": iqn,
    "file.lun": lun,
    "file.header-digest": headerDigest,
  };
  return Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
