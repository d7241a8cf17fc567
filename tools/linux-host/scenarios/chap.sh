# CHAP one-way and mutual, for discovery and for normal sessions, with every algorithm, and what a wrong secret gets.
# Variables: user, secret (who the host is); target_user, target_secret (who the target is).
start_iscsid
authorization='authorization failure|authentication|authenticate'

# chap_settings PREFIX FILE: how a session or a discovery is to authenticate, as iscsid.conf says it.
set_discovery() { set_conf "discovery.sendtargets.auth.$1" "$2"; }
set_conf() {
  sed -i "/^#* *$1 *=/d" /etc/iscsi/iscsid.conf
  [ -z "$2" ] || echo "$1 = $2" >>/etc/iscsi/iscsid.conf
}
forget() { iscsiadm -m discoverydb -t sendtargets -p $portal -o delete; rm -rf /etc/iscsi/nodes/* /etc/iscsi/send_targets/*; }

refuse discovery_without_chap "$authorization" iscsiadm -m discovery -t sendtargets -p $portal
set_discovery authmethod CHAP
set_discovery username $user
set_discovery password wrong-$secret
forget >/dev/null 2>&1
refuse discovery_wrong_secret "$authorization" iscsiadm -m discovery -t sendtargets -p $portal
set_discovery password $secret
forget >/dev/null 2>&1
expect discovery_one_way "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
set_discovery username_in $target_user
set_discovery password_in $target_secret
forget >/dev/null 2>&1
expect discovery_mutual "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
set_discovery password_in wrong-$target_secret
forget >/dev/null 2>&1
refuse discovery_mutual_wrong_secret "$authorization" iscsiadm -m discovery -t sendtargets -p $portal
set_discovery password_in $target_secret
for algorithm in MD5 SHA1 SHA256 SHA3-256; do
  set_discovery chap_algs $algorithm
  forget >/dev/null 2>&1
  expect discovery_mutual_$algorithm "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
done

set_auth() { set_node node.session.auth.$1 "$2"; }
# The node record keeps its own; without a retry a refusal is told at once.
set_node node.session.initial_login_retry_max 1

refuse login_without_chap "$authorization" iscsiadm -m node -T $iqn -p $portal --login
set_auth authmethod CHAP
set_auth username $user
set_auth password wrong-$secret
refuse login_wrong_secret "$authorization" iscsiadm -m node -T $iqn -p $portal --login
set_auth username somebody
set_auth password $secret
refuse login_wrong_user "$authorization" iscsiadm -m node -T $iqn -p $portal --login
set_auth username $user
for algorithm in MD5 SHA1 SHA256 SHA3-256; do
  set_auth chap_algs $algorithm
  log_in login_one_way_$algorithm
  t login_one_way_${algorithm}_reads dd if=/dev/sda of=/dev/null bs=64k count=8
  log_out logout_one_way_$algorithm
done
set_auth username_in $target_user
set_auth password_in wrong-$target_secret
refuse login_mutual_wrong_secret "$authorization" iscsiadm -m node -T $iqn -p $portal --login
set_auth password_in $target_secret
for algorithm in MD5 SHA1 SHA256 SHA3-256; do
  set_auth chap_algs $algorithm
  log_in login_mutual_$algorithm
  t login_mutual_${algorithm}_reads dd if=/dev/sda of=/dev/null bs=64k count=8
  log_out logout_mutual_$algorithm
done
