# A host puts file systems on the disk and trusts them: ext4, then xfs, each with a tree of files
# that must come back as it was written; fio's own verification on the bare disk; and, where the
# disk is thin, space given back.
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
expect session_logged_in 'iSCSI Session State: LOGGED_IN' iscsiadm -m session -P 1
expect session_iqn "Target: $iqn" iscsiadm -m session -P 1
note disk "$(cd /sys/block/sda && cat device/vendor device/model size | tr -s ' \n' ' ')"

# with_tree KIND: the mounted file system takes a copy of the guest's libraries, keeps it over an
# unmount, stays clean.
with_tree() {
  local kind=$1
  shift
  t ${kind}_mount mount -t $kind /dev/sda /mnt
  t ${kind}_copy sh -c 'cp -a /usr/lib /mnt/tree && sync'
  t ${kind}_unmount umount /mnt
  t ${kind}_fsck "$@"
  echo 3 >/proc/sys/vm/drop_caches
  t ${kind}_remount mount -t $kind /dev/sda /mnt
  t ${kind}_compare sh -c 'cd /mnt/tree && md5sum -c /tmp/sums'
}

(cd /usr/lib && find . -type f | xargs md5sum) >/tmp/sums
note tree "$(wc -l </tmp/sums) files, $(du -sk /usr/lib | cut -f1) KiB"

t ext4_make /sbin/mke2fs -t ext4 -q -F /dev/sda
with_tree ext4 /sbin/e2fsck -f -n /dev/sda
if [ "$(cat /sys/block/sda/queue/discard_max_bytes)" -gt 0 ]; then
  t ext4_remove rm -r /mnt/tree
  t ext4_sync sync
  expect thin_fstrim 'trimmed' /sbin/fstrim -v /mnt
fi
t ext4_unmount_again umount /mnt
t ext4_fsck_again /sbin/e2fsck -f -n /dev/sda

t xfs_make /sbin/mkfs.xfs -q -f /dev/sda
with_tree xfs /sbin/xfs_repair -n /dev/sda
t xfs_unmount_again umount /mnt

verify fio_random --rw=randwrite --bs=4k --size=24m
verify fio_mixed_sizes --rw=randwrite --bsrange=4k-256k --size=48m
verify fio_sequential --rw=write --bs=1m --size=64m

# reads_zeros START COUNT: in MiB; all of them are there, and all are zeros.
reads_zeros() {
  echo 3 >/proc/sys/vm/drop_caches
  dd if=/dev/sda of=/tmp/content bs=1M skip=$1 count=$2 2>/dev/null
  test $(wc -c </tmp/content) = $(($2 << 20)) -a $(tr -d '\0' </tmp/content | wc -c) = 0
}
if [ "$(cat /sys/block/sda/queue/discard_max_bytes)" -gt 0 ]; then
  t thin_discard /sbin/blkdiscard -f -o 16M -l 32M /dev/sda
  t thin_discarded_reads_zeros reads_zeros 16 32
  t thin_zeroed /sbin/blkdiscard -f -z -o 48M -l 8M /dev/sda
  t thin_zeroed_reads_zeros reads_zeros 48 8
fi
log_out logout
refuse session_gone 'No active sessions' iscsiadm -m session
