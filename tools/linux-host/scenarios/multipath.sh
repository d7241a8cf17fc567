# One disk by two paths, one to each controller of a pair. dm-multipath puts them together by ALUA;
# while fio writes and verifies, one controller is killed, comes back and is resynced, then the
# other. No error reaches fio. Variables: portal, portal_b; asks the host to `kill a|b`, `start a|b`
# and `paired` (both copies take part again).
cat >/etc/multipath.conf <<X
defaults {
  user_friendly_names no
  find_multipaths no
  polling_interval 1
  max_polling_interval 2
  no_path_retry queue
  checker_timeout 5
  prio alua
  path_grouping_policy group_by_prio
  failback immediate
}
X
start_iscsid
expect discovery_a "$portal_b" iscsiadm -m discovery -t sendtargets -p $portal
expect discovery_b "$portal" iscsiadm -m discovery -t sendtargets -p $portal_b
expect groups ',2 ' iscsiadm -m discovery -t sendtargets -p $portal_b
for one in $portal $portal_b; do
  for setting in timeo.login_timeout=3 timeo.noop_out_interval=1 timeo.noop_out_timeout=2; do
    iscsiadm -m node -T $iqn -p $one -o update -n node.conn[0].${setting%%=*} -v ${setting#*=}
  done
  iscsiadm -m node -T $iqn -p $one -o update -n node.session.timeo.replacement_timeout -v 2
done >/tmp/out 2>&1
multipathd >/dev/null 2>&1
t daemon wait_for 5 multipathd show daemon
t login_a iscsiadm -m node -T $iqn -p $portal --login
t login_b iscsiadm -m node -T $iqn -p $portal_b --login

active() { [ "$(multipathd show paths raw format '%t %T' | grep -c 'active ready')" = $1 ]; }
t two_paths_start wait_for 20 active 2
udevadm settle -t 20
multipathd show topology | sed 's/^/# /' >$results
map=$(dmsetup ls --target multipath | grep -v 'No dev' | head -n 1 | cut -f 1)
disk=/dev/mapper/$map
t one_map test "$(dmsetup ls --target multipath | wc -l)" = 1 -a -b "$disk"
expect groups_reported 'target port group id : 0x2' sg_rtpg -d /dev/sda
t groups_alike sh -c 'sg_rtpg -H /dev/sda >/tmp/ra; sg_rtpg -H /dev/sdb >/tmp/rb; cmp /tmp/ra /tmp/rb'
t identity_alike sh -c 'test "$(scsi_id /dev/sda)" = "$(scsi_id /dev/sdb)"' 2>/dev/null

fio --name=verify --filename=$disk --ioengine=libaio --direct=1 --iodepth=16 --verify=crc32c \
  --verify_fatal=1 --offset=64m --size=96m --rw=randwrite --bs=4k --rate_iops=800 >/tmp/fio.out 2>&1 &
fio_pid=$!
total() {
  local sum=0 each
  for each in $(for stat in /sys/block/sd?/stat; do set -- $(cat $stat); echo $5; done); do
    sum=$((sum + each))
  done
  echo $sum
}
more_than() { [ $(total) -gt $1 ]; }

# The second side is lost: the first, which may go on alone, does.
t kill_b call kill b
t one_path_b wait_for 30 active 1
before=$(total)
t goes_on_b wait_for 40 more_than $((before + 100))
t start_b call start b
t two_paths_b wait_for 40 active 2
t resynced_b call paired
t survives_b kill -0 $fio_pid
# The first is lost: the second may not go on, since nobody could tell it that the first has not.
# I/O waits until the first is back.
t kill_a call kill a
t no_path_a wait_for 30 active 0
t start_a call start a
t two_paths_a wait_for 40 active 2
t resynced_a call paired
before=$(total)
t goes_on_a wait_for 40 more_than $((before + 100))
t survives_a kill -0 $fio_pid
wait $fio_pid
fio_status=$?
t fio_ended test $fio_status = 0
expect fio_verified "$fio_read_what_it_wrote" cat /tmp/fio.out
t mkfs /sbin/mke2fs -t ext4 -q -F $disk 48M
t mount mount -t ext4 $disk /mnt
t write dd if=/dev/urandom of=/mnt/file bs=1M count=8 conv=fsync
t unmount umount /mnt
t fsck /sbin/e2fsck -f -n $disk
t flush multipath -f $map
t logout iscsiadm -m node --logoutall=all
multipathd shutdown >/dev/null
