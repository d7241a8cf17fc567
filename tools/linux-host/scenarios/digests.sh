# Every pair of header and data digest, then ImmediateData, InitialR2T and burst lengths in all combinations, each
# agreed as it was offered, and each carrying verified writes.
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal

# agreed SETTING=VALUE...: what the login agreed, as iscsiadm names it. Segment lengths are declared, not agreed.
agreed() {
  iscsiadm -m session -P 2 | sed -n 's/^[[:space:]]*\([A-Za-z0-9]*\): /\1=/p' >/tmp/agreed
  for setting in "$@"; do
    grep -qx "$setting" /tmp/agreed || { echo "not agreed: $setting, but $(grep "^${setting%%=*}=" /tmp/agreed)"; return 1; }
  done
  echo "$@"
}

# session_with NAME SETTING=VALUE...: logs in with these settings, checks that they were agreed, writes and reads.
session_with() {
  local name=$1 setting
  shift
  for setting in "$@"; do
    case $setting in
    *Digest=* | *SegmentLength=*) set_node "node.conn[0].iscsi.${setting%%=*}" ${setting#*=} ;;
    *) set_node node.session.iscsi.${setting%%=*} ${setting#*=} ;;
    esac
  done
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

# Short bursts make several R2Ts of a write; a first burst as long as the burst leaves out the R2T altogether.
for immediate in Yes No; do
  for initial in Yes No; do
    session_with short_${immediate}_${initial} ImmediateData=$immediate InitialR2T=$initial \
      FirstBurstLength=4096 MaxBurstLength=16384 HeaderDigest=None DataDigest=None
    session_with long_${immediate}_${initial} ImmediateData=$immediate InitialR2T=$initial \
      FirstBurstLength=262144 MaxBurstLength=262144
  done
done

session_with one_r2t_after_another InitialR2T=Yes ImmediateData=No FirstBurstLength=8192 MaxBurstLength=8192
session_with small_segments MaxRecvDataSegmentLength=512 HeaderDigest=CRC32C DataDigest=CRC32C
