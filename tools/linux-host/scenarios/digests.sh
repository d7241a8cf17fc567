# Every pair of header and data digest; ImmediateData and InitialR2T in all combinations over short
# bursts; long unsolicited data; short segments: each agreed as it was offered, and each carrying
# verified writes.
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal

# agreed SETTING=VALUE...: what the login agreed, as iscsiadm names it. FirstBurstLength means
# nothing without unsolicited data [RFC7143 13.14]; the target may answer Irrelevant.
agreed() {
  local setting
  iscsiadm -m session -P 2 | sed -n 's/^[[:space:]]*\([A-Za-z0-9]*\): /\1=/p' >/tmp/agreed
  for setting in "$@"; do
    case "$setting $*" in FirstBurstLength=*ImmediateData=No\ InitialR2T=Yes*) continue ;; esac
    grep -qx "$setting" /tmp/agreed && continue
    echo "not agreed: $setting, but $(grep "^${setting%%=*}=" /tmp/agreed)"
    return 1
  done
  echo "$@"
}

# session_with NAME SETTING=VALUE...: logs in with these settings, checks that they were agreed,
# writes and reads.
session_with() {
  local name=$1 setting names=''
  shift
  for setting in "$@"; do
    case $setting in
    *Digest=* | *SegmentLength=*) names="$names node.conn[0].iscsi.$setting" ;;
    *) names="$names node.session.iscsi.$setting" ;;
    esac
  done
  set_node $names
  log_in ${name}_login
  t ${name}_agreed agreed "$@"
  verify ${name}_fio --rw=randwrite --bsrange=4k-96k --size=6m
  log_out ${name}_logout
}

for header in None CRC32C; do
  for data in None CRC32C; do
    session_with digest_${header}_${data} HeaderDigest=$header DataDigest=$data
  done
done

# Bursts shorter than most writes: each takes several R2Ts.
for immediate in Yes No; do
  for initial in Yes No; do
    session_with burst_${immediate}_${initial} ImmediateData=$immediate InitialR2T=$initial \
      FirstBurstLength=4096 MaxBurstLength=16384 HeaderDigest=None DataDigest=None
  done
done

# A first burst as long as any write: no R2T at all, and no data in the command.
session_with unsolicited ImmediateData=No InitialR2T=No \
  FirstBurstLength=262144 MaxBurstLength=262144
session_with segments ImmediateData=Yes MaxRecvDataSegmentLength=512 \
  HeaderDigest=CRC32C DataDigest=CRC32C
