# The target is killed under load and started again on the same port and store, twice. I/O stops and
# goes on, what was acknowledged is there, and both fio's verification and a file system agree that
# nothing was lost.
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
# Notice a dead connection soon, and hold I/O for as long as it takes to log in again.
set_node 'node.conn[0].timeo.noop_out_interval=1' 'node.conn[0].timeo.noop_out_timeout=2' \
  'node.conn[0].timeo.login_timeout=3'
log_in login

# A file system on the first half, fio on the second.
t mkfs /sbin/mke2fs -t ext4 -q -F /dev/sda 256M
t mount mount -t ext4 /dev/sda /mnt

fio $fio_job --offset=300m --size=64m --rw=randwrite --bs=4k --rate_iops=1500 \
  --allow_mounted_write=1 >/tmp/fio.out 2>&1 &
fio_pid=$!

# Every file counts only once its fsync has returned; its checksum is kept in the guest's memory.
write_files() {
  local i=0
  while [ ! -e /tmp/stop ]; do
    i=$((i + 1))
    dd if=/dev/urandom of=/tmp/new bs=64k count=4 2>/dev/null
    dd if=/tmp/new of=/mnt/file$i bs=64k conv=fsync 2>>/tmp/write.log || return
    echo "$(md5sum </tmp/new | cut -d' ' -f1)  /mnt/file$i" >>/tmp/sums
    echo $i >/tmp/written
  done
}
write_files &
files_pid=$!

written() { cat /tmp/written 2>/dev/null || echo 0; }
more_than() { [ "$(written)" -gt "$1" ]; }

t writing wait_for 20 more_than 3
for round in 1 2; do
  t kill_$round call kill
  sleep 0.5
  before=$(written)
  sleep 1
  t stalled_$round test $(written) = $before
  t start_$round call start
  t resumed_$round wait_for 40 more_than $((before + 3))
done
t fio_still_running kill -0 $fio_pid
touch /tmp/stop
wait $files_pid
t no_write_failed test $(written) = $(ls /mnt | grep -c '^file')
wait $fio_pid
fio_status=$?
t fio_ended test $fio_status = 0
expect fio_verified "$fio_read_what_it_wrote" cat /tmp/fio.out
note files "$(written) files written"
t unmount umount /mnt
t fsck /sbin/e2fsck -f -n /dev/sda
echo 3 >/proc/sys/vm/drop_caches
t remount mount -t ext4 /dev/sda /mnt
t compare md5sum -c /tmp/sums
t unmount_again umount /mnt
log_out logout
