# CHAP one-way and mutual, for discovery and for normal sessions, with every algorithm, and what a
# wrong secret gets. Variables: user, secret (who the host is); target_user, target_secret (who the
# target is). Asks the host to `take ALGORITHM`: the target goes on with that algorithm alone.
start_iscsid
refused='authorization failure|authenticat'

discover() { iscsiadm -m discovery -t sendtargets -p $portal; }

# discovery_with NAME=VALUE...: how the next discovery is to authenticate; iscsiadm remembers the
# last one's settings.
discovery_with() {
  local setting
  iscsiadm -m discoverydb -t sendtargets -p $portal -o delete >/dev/null 2>&1
  iscsiadm -m node -o delete >/dev/null 2>&1
  for setting in "$@"; do
    sed -i "/^#* *discovery.sendtargets.auth.${setting%%=*} *=/d" /etc/iscsi/iscsid.conf
    echo "discovery.sendtargets.auth.${setting%%=*} = ${setting#*=}" >>/etc/iscsi/iscsid.conf
  done
}

refuse discovery_without_chap "$refused" discover
discovery_with authmethod=CHAP username=$user password=wrong-$secret
refuse discovery_wrong_secret "$refused" discover
discovery_with password=$secret
expect discovery_one_way "$iqn" discover
discovery_with username_in=$target_user password_in=wrong-$target_secret
refuse discovery_mutual_wrong_secret "$refused" discover
discovery_with password_in=$target_secret
expect discovery_mutual "$iqn" discover

log_in_only() { iscsiadm -m node -T $iqn -p $portal --login; }
auth() {
  local setting settings=''
  for setting in "$@"; do settings="$settings node.session.auth.$setting"; done
  set_node $settings
}

# sessions KIND: with each algorithm a session that reads, against a target that takes no other,
# lest another be agreed. open-iscsi offers a choice for sessions alone: its discovery is by MD5.
sessions() {
  local algorithm step
  for algorithm in MD5 SHA1 SHA256 SHA3-256; do
    step=$1_$algorithm
    t ${step}_taken call take $algorithm
    auth chap_algs=$algorithm
    log_in $step
    t ${step}_read dd if=/dev/sda of=/dev/null bs=64k count=8 iflag=direct
    log_out ${step}_logout
  done
}

refuse login_without_chap "$refused" log_in_only
auth authmethod=CHAP username=$user password=wrong-$secret
refuse login_wrong_secret "$refused" log_in_only
auth username=somebody password=$secret
refuse login_wrong_user "$refused" log_in_only
auth username=$user
sessions login_one_way
auth username_in=$target_user password_in=wrong-$target_secret
# Here it is the host that refuses: the target did not prove itself.
refuse login_mutual_wrong_secret 'non-retryable iSCSI login failure' log_in_only
auth password_in=$target_secret
sessions login_mutual
auth chap_algs=MD5
refuse login_algorithm_not_taken "$refused" log_in_only
