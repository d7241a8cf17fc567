/** A configuration that specs change what they need of. */
import { createHash } from "node:crypto";
import { crc32c } from "../../lib/base/crc32c";
import { Prng } from "../../lib/base/prng";
import type { ChapPolicy, IscsiConfig, IscsiPorts } from "../../lib/iscsi/config";

export const targetName = "iqn.2026-01.org.example:disk";
export const initiatorName = "iqn.2026-01.org.example:host";

export const policy: ChapPolicy = {
  users: [{ name: "user", secret: "user-secret-12" }],
  own: { name: "target", secret: "target-secret-34" },
  algorithms: ["md5", "sha1", "sha256", "sha3-256"],
};

export const config: IscsiConfig = {
  targetName,
  targetAlias: null,
  portals: [{ address: "127.0.0.1:3260", groupTag: 1, relativeTargetPort: 1 }],
  initiators: [],
  chap: null,
  discoveryChap: null,
  answerUnofferedKeys: false,
  abortOfEndedTask: "task-does-not-exist",
  reversesData: false,
  negotiation: {
    headerDigest: ["None", "CRC32C"],
    dataDigest: ["None", "CRC32C"],
    initialR2T: false,
    immediateData: true,
    maxRecvDataSegmentLength: 262144,
    maxBurstLength: 1048576,
    firstBurstLength: 262144,
    maxOutstandingR2T: 4,
    maxConnections: 4,
    errorRecoveryLevel: 2,
    dataPduInOrder: true,
    dataSequenceInOrder: true,
  },
  timeoutsMs: { login: 1, nopInterval: 0, nopTimeout: 1, dataOut: 1, logout: 1 },
};

/** Ports without a world: entropy from a seed, hashes from Node. */
export function ports(seed = 1): IscsiPorts {
  const prng = new Prng(seed);
  return {
    entropy: (length) => prng.bytes(length),
    hash(algorithm, chunks) {
      const hash = createHash(algorithm);
      for (const chunk of chunks) hash.update(chunk);
      return hash.digest();
    },
    crc32c,
    trace: () => undefined,
  };
}
