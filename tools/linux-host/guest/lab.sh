# What every scenario is written with. The host's half is tools/linux-host/protocol.ts.
#
#   t STEP COMMAND...                 the command must succeed
#   expect STEP PATTERN COMMAND...    it must succeed, and its output match (an extended regexp)
#   refuse STEP PATTERN COMMAND...    it must fail, and its output match
#   note STEP TEXT                    information, neither good nor bad
#   fail STEP TEXT                    what is wrong
#   call NAME ARGS...                 the host does something; its exit status
#   wait_for SECONDS TEST...          until the test succeeds, ten times a second
# A step's output is in /tmp/out afterwards. No step ends a scenario: each failure is one finding.

failed=0

report() {
  read uptime idle </proc/uptime
  echo "VMLAB|$uptime|$1|$2|$3" >$results
}

note() { report "$1" INFO "$2"; }

fail() {
  failed=1
  report "$1" FAIL "$2"
}

say_result() {
  local result=OK
  [ $failed = 0 ] || result=FAILED
  echo "VMLAB-RESULT|$result" >$results
}

# The kernel's log names the step, so that its complaints can be told apart.
run_step() {
  echo "<6>VMLAB step $1" >/dev/kmsg
  shift
  "$@" >/tmp/out 2>&1
}

pass() {
  report "$1" PASS "$(echo "$2" | tr -d '\r|' | cut -c1-160)"
}

fail_with_output() {
  tail -n 40 /tmp/out | sed 's/^/# /' >$results
  fail "$1" "$2"
}

t() {
  local step=$1 status
  shift
  run_step $step "$@"
  status=$?
  if [ $status = 0 ]; then
    pass $step "$(grep -v '^[[:space:]]*$' /tmp/out | tail -n 1)"
  else
    fail_with_output $step "status $status of: $*"
  fi
}

expect() {
  local step=$1 pattern=$2 status
  shift 2
  run_step $step "$@"
  status=$?
  if [ $status != 0 ]; then
    fail_with_output $step "status $status of: $*"
  elif grep -qE -e "$pattern" /tmp/out; then
    pass $step "$(grep -E -e "$pattern" /tmp/out | head -n 1)"
  else
    fail_with_output $step "no line matches $pattern in the output of: $*"
  fi
}

refuse() {
  local step=$1 pattern=$2
  shift 2
  if run_step $step "$@"; then
    fail_with_output $step "succeeded: $*"
  elif grep -qE -e "$pattern" /tmp/out; then
    pass $step "$(grep -E -e "$pattern" /tmp/out | head -n 1)"
  else
    fail_with_output $step "no line matches $pattern in the output of: $*"
  fi
}

call() {
  local reply
  echo "VMLAB-CALL|$(echo "$*" | tr ' ' '|')" >$results
  read -t 60 reply <&7 || return 99
  reply=${reply#*rc=}
  return ${reply%%[!0-9]*}
}

wait_for() {
  local turns=$(($1 * 10))
  shift
  while [ $turns -gt 0 ]; do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
    turns=$((turns - 1))
  done
  return 1
}

# start_iscsid: the daemon, ready for iscsiadm.
start_iscsid() {
  /sbin/iscsid
  wait_for 5 pidof iscsid
}

# log_in STEP [FLAGS...]: a session to $iqn, and its disk settled in udev.
log_in() {
  local step=$1
  shift
  t $step iscsiadm -m node -T $iqn -p $portal "$@" --login
  wait_for 10 test -b /dev/sda || fail ${step}_disk 'no /dev/sda'
  udevadm settle -t 20
}

# log_in_second PORTAL: a session of a second initiator, and its disk settled as sdb.
log_in_second() {
  t second_name iscsiadm -m iface -I second -o new
  t second_name_set iscsiadm -m iface -I second -o update \
    -n iface.initiatorname -v iqn.2026-01.lab:second
  t second_transport iscsiadm -m iface -I second -o update -n iface.transport_name -v tcp
  expect second_discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $1 -I second -o new
  t second_login iscsiadm -m node -T $iqn -p $1 -I second --login
  t second_disk wait_for 10 test -b /dev/sdb
  udevadm settle -t 20
}

log_out() {
  t $1 iscsiadm -m node -T $iqn -p $portal --logout
}

# set_node NAME=VALUE...: settings of the node record.
set_node() {
  local setting updates=''
  for setting in "$@"; do updates="$updates -n ${setting%%=*} -v ${setting#*=}"; done
  iscsiadm -m node -T $iqn -p $portal -o update $updates >/tmp/out 2>&1 ||
    fail_with_output set_node "status $? of: $*"
}

# verify STEP FLAGS...: fio writes to the disk and reads all of it again. Its exit status alone does
# not say that it did.
fio_job='--name=verify --filename=/dev/sda --ioengine=libaio --direct=1 --iodepth=16
  --verify=crc32c --verify_fatal=1'
fio_read_what_it_wrote='issued rwts: total=([1-9][0-9]*),\1,0,0 short=0,0'
verify() {
  local step=$1
  shift
  # Without the disk fio would make a file of its name.
  [ -b /dev/sda ] || { fail $step 'no /dev/sda'; return; }
  expect $step "$fio_read_what_it_wrote" fio $fio_job "$@"
}

# sg_node DISK: the SCSI generic node of a disk. Unlike a disk's, its closing sends no udev to look
# at the disk again.
sg_node() {
  echo /dev/$(ls /sys/block/$1/device/scsi_generic)
}
