# Reservations seen through both controllers of a pair: two initiators, each with a path to one side,
# and sg_persist. Variables: portal, portal_b.
start_iscsid
expect discovery "$portal_b" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
log_in_second $portal_b
one=$(sg_node sda)
other=$(sg_node sdb)
t one_ready wait_for 5 sg_turs $one
t other_ready wait_for 5 sg_turs $other

conflict='Reservation Conflict|Reservation conflict'
dd if=/dev/urandom of=/tmp/block bs=512 count=1 2>/dev/null
read_block() { sg_raw -r 512 $1 28 00 00 00 00 00 00 00 01 00; }
write_block() { sg_raw -s 512 -i /tmp/block $1 2a 00 00 00 10 00 00 00 01 00; }
persist() { sg_persist -n "$@"; }
told() { sg_turs $1 || sg_turs $1; }

t register_one persist --out --register --param-sark=0xabc1 $one
t register_other persist --out --register --param-sark=0xabc2 $other
expect keys_one '0xabc2' persist --in --read-keys $one
expect keys_other '0xabc1' persist --in --read-keys $other
expect generation_alike 'generation=0x2' persist --in --read-keys $other

# The script that comes with sg3_utils; it goes on whatever happens.
example() {
  sh /usr/share/doc/sg3-utils/examples/sg_persist_tst.sh "$@" 2>&1 | tee /tmp/example
  ! grep -iE 'fail|error|conflict|illegal|cannot|unable|not supported' /tmp/example
}
persist --out --clear --param-rk=0xabc1 $one >/dev/null
told $other >/dev/null 2>&1
t example_one example $one
t example_other example -e -s $other
t register_again persist --out --register --param-sark=0xabc1 $one
t register_again_other persist --out --register --param-sark=0xabc2 $other

# Write Exclusive, held at the first side.
t reserve persist --out --reserve --param-rk=0xabc1 --prout-type=1 $one
expect reserved_seen 'Key=0xabc1' persist --in --read-reservation $other
refuse reserved_write "$conflict" write_block $other
t reserved_read read_block $other
refuse reserved_reserve "$conflict" persist --out --reserve --param-rk=0xabc2 --prout-type=1 $other
t reserved_own_write write_block $one
expect full_status 'Relative port address: 0x2' persist --in --read-full-status $one

# The second initiator preempts at its side; the first learns of it at its own.
t preempt persist --out --preempt-abort --param-rk=0xabc2 --param-sark=0xabc1 --prout-type=3 $other
refuse preempted_told 'Registrations preempted|Reservations preempted' sg_turs -v $one
t preempted_clear told $one
refuse preempted_write "$conflict" write_block $one
refuse preempted_read "$conflict" read_block $one
t preempter_write write_block $other
refuse preempted_out "$conflict" persist --out --release --param-rk=0xabc1 --prout-type=3 $one

t release persist --out --release --param-rk=0xabc2 --prout-type=3 $other
t released_write write_block $one
t clear persist --out --clear --param-rk=0xabc2 $other
expect cleared 'there are NO registered reservation keys' persist --in --read-keys $one

# RESERVE (6) at one side keeps the other out, until its holder is gone.
t spc2_reserve sg_raw $one 16 00 00 00 00 00
refuse spc2_write "$conflict" write_block $other
log_out spc2_logout
t spc2_free wait_for 5 write_block $other
t second_logout iscsiadm -m node -T $iqn -p $portal_b -I second --logout
