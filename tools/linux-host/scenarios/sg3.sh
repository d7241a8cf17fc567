# sg3_utils over the guest's SCSI generic driver: what the commands report, value by value, and
# RESERVE (6) as seen by a second initiator. Variables: blocks (of the disk), block_length (bytes).
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
disk=$(sg_node sda)

expect inquiry_type 'Peripheral device type: disk' sg_inq $disk
expect inquiry_vendor "Vendor identification: $vendor" sg_inq $disk
expect inquiry_command_queuing 'CmdQue=1' sg_inq $disk
expect inquiry_serial 'Unit serial number: .+' sg_inq $disk
for page in sv sn di ei bl bdc lbpv; do
  expect vpd_list_$page "\[$page\]" sg_vpd $disk
  expect vpd_page_$page ' VPD page' sg_vpd -p $page $disk
done
t vpd_all sg_vpd -a $disk
expect vpd_83_naa 'designator type: NAA' sg_vpd -p di $disk
expect vpd_83_port 'Relative target port' sg_vpd -p di $disk
expect vpd_b0_unmap 'Maximum unmap LBA count: [1-9-]' sg_vpd -p bl $disk
expect vpd_b2_unmap 'Unmap command supported \(LBPU\): 1' sg_vpd -p lbpv $disk

expect capacity_16_blocks "Number of logical blocks=$blocks\$" sg_readcap --16 $disk
expect capacity_16_length "Logical block length=$block_length bytes" sg_readcap --16 $disk
expect capacity_16_thin 'lbpme=1' sg_readcap --16 $disk
expect capacity_10_blocks "Number of logical blocks=$blocks" sg_readcap $disk
expect luns 'Report luns .*|Lun list length = 8' sg_luns $disk
expect luns_zero '^ *0000000000000000' sg_luns $disk

expect modes_all 'Caching' sg_modes -a $disk
expect modes_control '>> Control, page_control: current' sg_modes -a $disk
expect modes_recovery 'Read-Write error recovery' sg_modes -a $disk
expect modes_informational 'Informational exceptions control' sg_modes -a $disk
expect modes_six_bytes 'Caching' sg_modes -6 -a $disk

expect opcodes_all 'Inquiry' sg_opcodes $disk
for command in 'Read\(16\)' 'Write\(16\)' 'Unmap' 'Write same\(16\)' 'Synchronize cache\(16\)' \
  'Mode sense\(10\)' 'Report luns'; do
  expect "opcodes_$(echo "$command" | tr -dc 'A-Za-z0-9')" "$command" sg_opcodes $disk
done
expect opcodes_timeouts 'Inquiry' sg_opcodes -R $disk
expect opcodes_one 'READ|Read' sg_opcodes -o 0x28 $disk
expect opcodes_service_action 'Read capacity\(16\)' sg_opcodes -o 0x9e -s 0x10 $disk
expect opcodes_unknown 'NOT supported' sg_opcodes -o 0xfe $disk
expect task_management 'Abort task' sg_opcodes -t $disk
expect task_management_reset 'Logical unit reset' sg_opcodes -t $disk

t ready sg_turs $disk
t sync_10 sg_sync $disk
t sync_16 sg_sync --16 $disk
expect no_sense 'No Sense|No additional sense' sg_requests $disk
refuse unknown_opcode 'Invalid command operation code' sg_raw $disk fe 00 00 00 00 00
refuse beyond_the_end 'Logical block address out of range' \
  sg_raw -r $block_length $disk 88 00 7f ff ff ff ff ff ff 00 00 00 00 01 00 00
refuse reserved_bit 'Invalid field in cdb' sg_raw $disk 00 01 00 00 00 00

# filled LBA COUNT writes a pattern there; reads CHARACTER LBA COUNT finds nothing else.
tr '\0' 'Z' </dev/zero | dd of=/tmp/pattern bs=$block_length count=64 iflag=fullblock 2>/dev/null
filled() { dd if=/tmp/pattern of=/dev/sda bs=$block_length seek=$1 count=$2 oflag=direct; }
reads() {
  dd if=/dev/sda of=/tmp/content bs=$block_length skip=$2 count=$3 iflag=direct 2>/dev/null
  test $(wc -c </tmp/content) = $(($3 * block_length)) -a $(tr -d "$1" </tmp/content | wc -c) = 0
}

t unmap_fill filled 1024 64
t unmap sg_unmap --force --lba=1032 --num=8 $disk
t unmap_zeros reads '\0' 1032 8
t unmap_before reads Z 1024 8
t unmap_after reads Z 1040 48

t same_fill filled 2048 64
t same_10 sg_write_same --10 --lba=2048 --num=8 --xferlen=$block_length --in=/dev/zero $disk
t same_10_zeros reads '\0' 2048 8
t same_16 sg_write_same --16 --lba=2056 --num=8 --xferlen=$block_length --in=/dev/zero $disk
t same_16_zeros reads '\0' 2056 8
t same_16_unmap sg_write_same --16 --unmap --lba=2064 --num=8 --xferlen=$block_length \
  --in=/dev/zero $disk
t same_16_unmap_zeros reads '\0' 2064 8
t same_16_no_data sg_write_same --16 --ndob --lba=2072 --num=8 --xferlen=0 $disk
t same_16_no_data_zeros reads '\0' 2072 8
t same_pattern sg_write_same --16 --lba=2072 --num=8 --xferlen=$block_length --in=/tmp/pattern $disk
t same_pattern_reads reads Z 2072 8
t same_untouched reads Z 2080 32

t stop sg_start --stop $disk
refuse stopped 'not ready|Not Ready' sg_turs -v $disk
t start sg_start --start $disk
t started sg_turs $disk

# A second initiator: another name, its own session, the same disk as sdb.
log_in_second $portal
conflict='Reservation Conflict'
other=$(sg_node sdb)
reserve() { sg_raw $1 16 00 00 00 00 00; }
release() { sg_raw $1 17 00 00 00 00 00; }
read_block() { sg_raw -r $block_length $1 28 00 00 00 00 00 00 00 01 00; }
write_block() { sg_raw -s $block_length -i /tmp/pattern $1 2a 00 00 00 10 00 00 00 01 00; }
t second_ready wait_for 5 sg_turs $other
t reserve reserve $disk
t reserve_again reserve $disk
t reserved_own_read read_block $disk
refuse reserved_other_reserve "$conflict" reserve $other
refuse reserved_other_read "$conflict" read_block $other
refuse reserved_other_write "$conflict" write_block $other
t reserved_other_inquiry sg_inq $other
t reserved_other_release release $other
refuse still_reserved "$conflict" read_block $other
t release release $disk
t released_other_read read_block $other
t reserve_other reserve $other
refuse reserved_by_other "$conflict" write_block $disk
# A reservation ends with the session of its holder.
t second_logout iscsiadm -m node -T $iqn -p $portal -I second --logout
t free_after_logout write_block $disk
t logout iscsiadm -m node -T $iqn -p $portal -I default --logout
