/**
 * The kernel initiator and open-iscsi in a guest: a disk is found, logged in to, trusted with file
 * systems, and survives the death of its target. The steps are in tools/linux-host/scenarios.
 */
import { itHolds } from "./support/linux-host";

describe("A Linux host that puts file systems on the disk", () => {
  itHolds({
    scenario: "filesystems",
    requirements: [
      ["[RFC7143 4.3] discovers the target and logs in", /discovery|login|session_.*/],
      ["makes and mounts ext4", /ext4_(make|mount)/],
      ["finds ext4 clean after use", /ext4_fsck.*/],
      ["reads a tree of files back from ext4 as it was written", /ext4_(copy|remount|compare)/],
      ["makes and mounts xfs", /xfs_(make|mount)/],
      ["finds xfs clean after use", /xfs_fsck/],
      ["reads a tree of files back from xfs as it was written", /xfs_(copy|remount|compare)/],
      ["reads what it wrote at random, in mixed sizes and in sequence", /fio_.*/],
      ["[SBC-4 4.7.3] gives space back and then reads zeros", /thin_.*/],
      ["[RFC7143 11.14] logs out", /logout|session_gone/],
    ],
  });
});

describe("A Linux host with Debian's stock kernel and blocks of 4096 bytes", () => {
  itHolds({
    scenario: "basic",
    engine: "qemu",
    targetArgs: ["--block-size", "4096"],
    requirements: [
      ["attaches the disk", /discovery|login|session|size|ready/],
      ["keeps a file over an unmount", /mkfs|mount|write|unmount|fsck|remount|checksum/],
      ["logs out", /logout/],
    ],
  });
});

describe("A Linux host that authenticates by CHAP", () => {
  const [user, secret] = ["host", "secret-of-the-host"];
  const [targetUser, targetSecret] = ["target", "secret-of-the-target"];
  itHolds({
    scenario: "chap",
    targetArgs: [
      ...["--chap", `${user}:${secret}`, "--chap-mutual", `${targetUser}:${targetSecret}`],
      ...["--discovery-chap", `${user}:${secret}`],
      ...["--discovery-chap-mutual", `${targetUser}:${targetSecret}`],
    ],
    onCall:
      (target) =>
      async (_take, [algorithm]) => {
        await target.stop();
        await target.restart(["--chap-algorithms", algorithm!.toLowerCase()]);
        return 0;
      },
    settings: { user, secret, target_user: targetUser, target_secret: targetSecret },
    requirements: [
      ["is refused discovery without authentication", /discovery_without_chap/],
      ["is refused discovery with a wrong secret", /discovery_wrong_secret/],
      ["discovers with one-way CHAP", /discovery_one_way/],
      ["discovers with mutual CHAP", /discovery_mutual/],
      ["does not trust a discovery that cannot prove itself", /discovery_mutual_wrong_secret/],
      ["is refused a session without authentication", /login_without_chap/],
      ["is refused a session with a wrong secret or name", /login_wrong_.*/],
      ["does not trust a target that cannot prove itself", /login_mutual_wrong_secret/],
      ["logs in with one-way CHAP by every algorithm", /login_one_way_.*/],
      ["logs in with mutual CHAP by every algorithm", /login_mutual_(MD5|SHA).*/],
      ["is refused an algorithm that the target does not take", /login_algorithm_not_taken/],
    ],
  });
});

describe("A Linux host that offers digests and bursts", () => {
  itHolds({
    scenario: "digests",
    requirements: [
      ["[RFC7143 13.1] agrees on every pair of digests", /digest_.*_(login|agreed)/],
      ["writes and reads under every pair of digests", /digest_.*_fio/],
      ["[RFC7143 13.10, 13.11] agrees on bursts as offered", /(burst|unsolicited)_.*agreed/],
      ["writes with and without immediate data and R2T, in several bursts", /burst_.*_fio/],
      ["writes whole commands as unsolicited data", /unsolicited_fio/],
      ["reads in data segments of 512 bytes", /segments_.*/],
    ],
  });
});

describe("A Linux host whose target is killed under load", () => {
  itHolds({
    scenario: "restart",
    onCall: (target) => async (name) => {
      if (name === "kill") await target.kill();
      else await target.restart();
      return 0;
    },
    requirements: [
      ["loses the target twice, while it writes, and waits", /writing|(kill|stalled)_\d/],
      ["logs in again and goes on writing", /(start|resumed)_\d/],
      ["sees no write fail", /no_write_failed|fio_ended/],
      ["reads all that fio wrote", /fio_still_running|fio_verified/],
      ["finds the file system clean", /fsck/],
      ["finds every file whose fsync returned", /compare/],
    ],
  });
});
