#!/bin/busybox sh
# The guest's first process: brings the machine up, runs the scenario, powers off. Settings and
# scenario are in /scenario.
export PATH=/usr/sbin:/usr/bin:/bb HOME=/root TERM=dumb

/bin/busybox mkdir -p /bb /proc /sys /dev /run /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null
/bin/busybox --install -s /bb
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mkdir -p /run/lock/iscsi /run/udev /run/multipath
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd

. /scenario/settings.sh
. /etc/lab.sh
exec 7<>$results
stty -F $results raw -echo 2>/dev/null

for module in $(cat /modules.order); do
  insmod /lib/modules/$module.ko 2>/tmp/out || fail insmod_$module "$(cat /tmp/out)"
done
hostname guest

# The host's user-mode network takes what goes to its gateway for its own 127.0.0.1. Since
# SendTargets answers with 127.0.0.1, the guest's own loopback stays down and that whole net is
# routed out.
wait_for 5 test -e /sys/class/net/eth0
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
ip route add default via 10.0.2.2
ip route add 127.0.0.0/8 via 10.0.2.2 dev eth0

/lib/systemd/systemd-udevd --daemon 2>/dev/null
# From here on the console shows what the host looks through for complaints, not errors alone.
dmesg -n 7
note boot "kernel $(uname -r), $(wc -l </proc/modules) modules"
. /scenario/scenario.sh
say_result
poweroff -f
