import { findComplaints, type Allowance } from "../../tools/linux-host/kernel-log";

const attached = `
VMLAB step login
scsi host0: iSCSI Initiator over TCP/IP
scsi 0:0:0:0: Direct-Access     TWINLUN  DISK             1    PQ: 0 ANSI: 6
sd 0:0:0:0: Power-on or device reset occurred
sd 0:0:0:0: [sda] 2097152 512-byte logical blocks: (1.07 GB/1.00 GiB)
sd 0:0:0:0: [sda] Write cache: enabled, read cache: enabled, supports DPO and FUA
sd 0:0:0:0: [sda] Preferred minimum I/O size 4096 bytes
sd 0:0:0:0: [sda] Attached SCSI disk
EXT4-fs (sda): mounted filesystem with ordered data mode. Quota mode: none.
sd 0:0:0:0: [sda] Synchronizing SCSI cache
`;

describe("The kernel log of a Linux host", () => {
  it("has no complaint when a disk is attached, used and detached", () => {
    expect(findComplaints(attached)).toEqual([]);
  });

  it.each([
    "sd 0:0:0:0: [sda] tag#12 FAILED Result: hostbyte=DID_OK driverbyte=DRIVER_OK cmd_age=0s",
    "sd 0:0:0:0: [sda] tag#12 Sense Key : Illegal Request [current] ",
    "sd 0:0:0:0: [sda] tag#12 Add. Sense: Invalid field in cdb",
    "[   12.345678]  connection1:0: detected conn error (1020)",
    " connection1:0: ping timeout of 5 secs expired, recv timeout 5, last rx 4294938305",
    "blk_update_request: I/O error, dev sda, sector 0 op 0x1:(WRITE) flags 0x0",
    "Buffer I/O error on dev sdb, logical block 0, async page read",
    "sd 0:0:0:0: rejecting I/O to offline device",
    "sd 0:0:0:0: [sda] Unsupported sector size 520.",
    "sd 0:0:0:0: reservation conflict",
    "sd 0:0:0:0: [sda] Read Capacity(16) failed: Result: hostbyte=DID_OK",
    "sd 0:0:0:0: [sda] No Caching mode page found",
    "sd 0:0:0:0: [sda] Assuming drive cache: write through",
    "sd 0:0:0:0: [sda] Optimal transfer size 1000 bytes not a multiple of physical block size",
    "EXT4-fs error (device sda): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced: 12",
    "EXT4-fs (sda): recovery complete",
    "XFS (sda): Metadata corruption detected at xfs_agi_verify",
    "JBD2: Detected IO errors while flushing file data on sda-8: I/O error",
    "INFO: task fio:841 blocked for more than 120 seconds.",
    "WARNING: CPU: 0 PID: 1 at block/blk-mq.c:1",
  ])("complains by: %s", (line) => {
    expect(findComplaints(`VMLAB step write\n${line}\nVMLAB step next`)).toEqual([
      { step: "write", line },
    ]);
  });

  const allowed: readonly Allowance[] = [
    { steps: /kill_\d/, lines: /detected conn error/, because: "the target is killed" },
  ];
  const lost = " connection1:0: detected conn error (1020)";

  it("may complain in the steps and by the lines that are allowed", () => {
    expect(findComplaints(`VMLAB step kill_1\n${lost}\n`, allowed)).toEqual([]);
  });

  it.each([
    ["another step", "write", lost],
    ["a step whose name is longer", "kill_1_again", lost],
    ["another line", "kill_1", "Buffer I/O error on dev sda, logical block 0, async page read"],
  ])("may not complain in %s", (_what, step, line) => {
    expect(findComplaints(`VMLAB step ${step}\n${line}`, allowed)).toEqual([{ step, line }]);
  });

  it("is not taken for clean when it is empty or cut off before the first step", () => {
    expect(findComplaints("Linux version 6.1.0\n")).toHaveLength(1);
  });

  it("is read whatever stands before a step's mark, and with carriage returns", () => {
    expect(findComplaints(`[    4.1] VMLAB step write\r\n${lost}\r\n`)).toEqual([
      { step: "write", line: lost },
    ]);
  });
});
