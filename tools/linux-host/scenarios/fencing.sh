# Debian's fencing agents, unchanged, on one disk and two controllers: node one has a path to the
# first, node two one to the second; fence_scsi on the paths, then fence_mpath on a multipath device
# of a node that has both paths, against a node that has one. Variables: portal, portal_b.
start_iscsid
expect discovery "$portal_b" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
log_in_second $portal_b
t one_ready wait_for 5 sg_turs /dev/sda
t two_ready wait_for 5 sg_turs /dev/sdb

write_to() { dd if=/dev/urandom of=$1 bs=4096 count=1 seek=16 oflag=direct conv=notrunc; }
# What an agent remembers of its own node; both nodes are this machine.
of_node() {
  local name=$1 status
  shift
  rm -f /var/run/cluster.key /var/run/cluster.dev
  cp /tmp/$name.key /var/run/cluster.key 2>/dev/null
  cp /tmp/$name.dev /var/run/cluster.dev 2>/dev/null
  "$@"
  status=$?
  cp /var/run/cluster.key /tmp/$name.key 2>/dev/null
  cp /var/run/cluster.dev /tmp/$name.dev 2>/dev/null
  return $status
}
scsi_one() { of_node one fence_scsi -d /dev/sda -k a1 "$@"; }
scsi_two() { of_node two fence_scsi -d /dev/sdb -k a2 "$@"; }

expect scsi_metadata 'name="fence_scsi"' fence_scsi -o metadata
refuse scsi_status_before 'OFF' scsi_one -o status
t scsi_on_one scsi_one -o on
t scsi_on_two scsi_two -o on
expect scsi_status_one 'ON' scsi_one -o status
expect scsi_status_two 'ON' scsi_two -o status
expect scsi_reserved 'Write Exclusive, registrants only' sg_persist -n -i -r /dev/sdb
t scsi_write_one write_to /dev/sda
t scsi_write_two write_to /dev/sdb
t scsi_monitor scsi_one -o monitor
# Node one fences node two, through its own controller.
t scsi_off_two of_node one fence_scsi -d /dev/sda -k a2 -o off
refuse scsi_status_off 'OFF' of_node one fence_scsi -d /dev/sda -k a2 -o status
refuse scsi_fenced_write . write_to /dev/sdb
t scsi_survivor_writes write_to /dev/sda
# It comes back, and now fences the other.
t scsi_on_again scsi_two -o on
t scsi_write_again write_to /dev/sdb
t scsi_off_one of_node two fence_scsi -d /dev/sdb -k a1 -o off
refuse scsi_fenced_one . write_to /dev/sda
t scsi_clear sg_persist -n -o -C -K a2 -d /dev/sdb
t scsi_free write_to /dev/sda

# Node one as a multipath host: the same initiator by both controllers. Node two stays as it is.
cat >/etc/multipath.conf <<X
defaults {
  user_friendly_names no
  find_multipaths no
  polling_interval 1
  prio alua
  path_grouping_policy group_by_prio
  reservation_key 0xb1
}
blacklist {
  devnode "^sdb"
}
X
expect mpath_discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal_b -I default
t mpath_login iscsiadm -m node -T $iqn -p $portal_b -I default --login
t mpath_disk wait_for 10 test -b /dev/sdc
multipathd >/dev/null 2>&1
t mpath_daemon wait_for 5 multipathd show daemon
active() { [ "$(multipathd show paths raw format '%d %t %T' | grep -c 'active ready')" = $1 ]; }
t mpath_two_paths wait_for 20 active 2
udevadm settle -t 20
map=/dev/mapper/$(dmsetup ls --target multipath | grep -v 'No dev' | head -n 1 | cut -f 1)
mpath() { fence_mpath -d $map "$@"; }
expect mpath_metadata 'name="fence_mpath"' fence_mpath -o metadata
t mpath_on mpath -n b1 -o on
expect mpath_status 'ON' mpath -n b1 -o status
expect mpath_both_paths '0xb1' sg_persist -n -i -k /dev/sdb
t mpath_write write_to $map
t mpath_two_on of_node two fence_scsi -d /dev/sdb -k b2 -o on
t mpath_two_writes write_to /dev/sdb
t mpath_off_two mpath -n b2 -o off
refuse mpath_status_off 'OFF' mpath -n b2 -o status
refuse mpath_fenced_write . write_to /dev/sdb
t mpath_still_writes write_to $map
t mpath_clear mpathpersist -o -C --param-rk=b1 -d $map
t mpath_free write_to /dev/sdb
multipath -F >/dev/null 2>&1
multipathd shutdown >/dev/null
