# One session, one file system, from discovery to logout: what must work before anything else is
# worth a look.
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
expect session 'iSCSI Session State: LOGGED_IN' iscsiadm -m session -P 1
expect size '^[1-9]' cat /sys/block/sda/size
t ready sg_turs /dev/sda
t mkfs /sbin/mke2fs -t ext4 -q -F /dev/sda
t mount mount -t ext4 /dev/sda /mnt
t write dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync
md5sum /mnt/file >/tmp/sum
t unmount umount /mnt
t fsck /sbin/e2fsck -f -n /dev/sda
echo 3 >/proc/sys/vm/drop_caches
t remount mount -t ext4 /dev/sda /mnt
t checksum md5sum -c /tmp/sum
t unmount_again umount /mnt
log_out logout
