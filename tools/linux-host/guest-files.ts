/**
 * The list of what the guest consists of, beside its scripts: programs, udev rules, kernel
 * modules, device nodes. A new scenario that needs another program adds it here, and its package
 * in package-tree.ts.
 */

/** Programs, with the libraries they are linked with. */
export const programs = words(`
  usr/bin/busybox usr/bin/udevadm usr/lib/udev/scsi_id
  usr/sbin/iscsid usr/sbin/iscsiadm usr/bin/fio usr/sbin/blkdiscard usr/sbin/fstrim
  usr/sbin/mke2fs usr/sbin/e2fsck usr/sbin/mkfs.xfs usr/sbin/xfs_repair
  usr/bin/sg_inq usr/bin/sg_vpd usr/bin/sg_readcap usr/bin/sg_luns usr/bin/sg_modes
  usr/bin/sg_opcodes usr/bin/sg_turs usr/bin/sg_sync usr/bin/sg_unmap usr/bin/sg_write_same
  usr/bin/sg_requests usr/bin/sg_start usr/bin/sg_raw usr/bin/sg_persist usr/bin/sg_rtpg
  usr/bin/sg_compare_and_write usr/bin/sg_reset usr/bin/sg_verify usr/bin/sg_write_verify
  usr/bin/sg_write_x usr/bin/sg_get_lba_status usr/bin/sg_sanitize usr/bin/sg_format
  usr/bin/sg_prevent usr/bin/sg_logs usr/bin/sg_senddiag usr/bin/sg_ident usr/bin/sg_timestamp
  usr/bin/sg_stpg usr/bin/sg_read_buffer usr/bin/sg_write_buffer usr/bin/sg_test_rwbuf
  usr/bin/sg_xcopy usr/bin/sg_copy_results usr/bin/sg_dd usr/bin/sg_wr_mode usr/bin/sginfo
  usr/bin/sg_seek usr/bin/sg_rbuf usr/bin/sg_read
  usr/sbin/multipathd usr/sbin/multipath usr/sbin/mpathpersist usr/sbin/kpartx usr/sbin/dmsetup`);

/**
 * Opened at run time, so that no dynamic section names it: threads of glibc cannot end without it.
 */
export const libraries = words(`
  usr/lib64/ld-linux-x86-64.so.2 usr/lib/x86_64-linux-gnu/libgcc_s.so.1
  usr/lib/multipath/libchecktur.so usr/lib/multipath/libcheckdirectio.so
  usr/lib/multipath/libprioalua.so usr/lib/multipath/libprioconst.so
  usr/lib/multipath/libpriosysfs.so`);

/** Where the dynamic linker and its users look for libraries. */
export const libraryFolders = words(
  "usr/lib/x86_64-linux-gnu usr/lib64 usr/lib usr/lib/systemd usr/lib/multipath",
);

/** Files taken as they are. */
export const files = words(`
  etc/mke2fs.conf usr/lib/udev/rules.d/50-udev-default.rules usr/lib/udev/rules.d/60-block.rules
  usr/lib/udev/rules.d/60-persistent-storage.rules usr/lib/udev/rules.d/55-dm.rules
  usr/lib/udev/rules.d/56-dm-mpath.rules usr/lib/udev/rules.d/60-multipath.rules
  usr/lib/udev/rules.d/60-persistent-storage-dm.rules usr/lib/udev/rules.d/95-dm-notify.rules
  usr/lib/udev/kpartx_id usr/share/doc/sg3-utils/examples/sg_persist_tst.sh`);

export const folders = words(`
  proc sys dev run tmp mnt root var/lib var/tmp run/lock/iscsi
  etc/iscsi/nodes etc/iscsi/send_targets etc/multipath etc/udev/rules.d run/multipath`);

export const links: readonly (readonly [path: string, target: string])[] = [
  ["bin", "usr/bin"],
  ["sbin", "usr/sbin"],
  ["lib", "usr/lib"],
  ["lib64", "usr/lib64"],
  ["var/run", "/run"],
  ["var/lock", "/run/lock"],
  ["etc/mtab", "/proc/mounts"],
  ["usr/lib/systemd/systemd-udevd", "/bin/udevadm"],
];

/**
 * Loaded in this order, each after the modules it depends on; a kernel that has one built in lacks
 * the file.
 */
export const modules = words(
  `virtio_pci virtio_net scsi_mod sd_mod sg crc32c_generic iscsi_tcp ext4 xfs
  dm_mod dm_multipath dm_service_time dm_round_robin dm_queue_length scsi_dh_alua`,
);

/** Needed before devtmpfs is mounted. */
export const devices: readonly (readonly [path: string, major: number, minor: number])[] = [
  ["dev/console", 5, 1],
  ["dev/null", 1, 3],
  ["dev/ttyS0", 4, 64],
  ["dev/ttyS1", 4, 65],
];

/** udev's rules name these groups. */
const groups = words("root tty disk lp kmem dialout audio video cdrom tape input kvm sgx render");

export const texts: readonly (readonly [path: string, text: string])[] = [
  ["etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"],
  ["etc/group", groups.map((group, id) => `${group}:x:${id}:\n`).join("")],
  ["etc/iscsi/initiatorname.iscsi", "InitiatorName=iqn.2026-01.lab:guest\n"],
];

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
