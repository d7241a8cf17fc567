# sg3_utils' commands on the medium, on diagnostics and on what a unit remembers, over the guest's
# SCSI generic driver. The unit's medium is removable. Variable: block_length (bytes).
start_iscsid
expect discovery "$iqn" iscsiadm -m discovery -t sendtargets -p $portal
log_in login
disk=$(sg_node sda)
t ready wait_for 5 sg_turs $disk

tr '\0' 'Z' </dev/zero | dd of=/tmp/pattern bs=$block_length count=64 iflag=fullblock 2>/dev/null
tr '\0' 'Y' </dev/zero | dd of=/tmp/other bs=$block_length count=64 iflag=fullblock 2>/dev/null
filled() { dd if=/tmp/pattern of=/dev/sda bs=$block_length seek=$1 count=$2 oflag=direct; }
reads() {
  dd if=/dev/sda of=/tmp/content bs=$block_length skip=$2 count=$3 iflag=direct 2>/dev/null
  test $(wc -c </tmp/content) = $(($3 * block_length)) -a $(tr -d "$1" </tmp/content | wc -c) = 0
}
length() { echo $(($1 * block_length)); }

# VERIFY: of the medium, and against data.
t verify_fill filled 1024 64
t verify_10 sg_verify --lba=1024 --count=64 $disk
t verify_16 sg_verify --16 --lba=1024 --count=64 $disk
t verify_data sg_verify --16 --lba=1024 --count=64 --ndo=$(length 64) --in=/tmp/pattern $disk
refuse verify_data_differs 'Miscompare|miscompare' \
  sg_verify --16 --lba=1024 --count=64 --ndo=$(length 64) --in=/tmp/other $disk
refuse verify_beyond 'out of range' sg_verify --16 --lba=0x7fffffffffff --count=1 $disk

t write_verify_10 sg_write_verify --lba=2048 --num=8 --ilen=$(length 8) --in=/tmp/pattern $disk
t write_verify_reads reads Z 2048 8
t write_verify_16 sg_write_verify --16 --bytchk=1 --lba=2056 --num=8 --ilen=$(length 8) \
  --in=/tmp/pattern $disk
t write_verify_16_reads reads Z 2056 8
t write_atomic sg_write_x --atomic=0 --16 --lba=2064 --num=8 --in=/tmp/pattern $disk
t write_atomic_reads reads Z 2064 8
t write_or sg_write_x --or --16 --lba=2064 --num=8 --in=/tmp/other $disk
t write_or_reads reads '[' 2064 8

t prefetch_10 sg_seek --10 --pre-fetch --lba=1024 --num-blocks=8 $disk
t prefetch_16 sg_seek --pre-fetch --lba=1024 --num-blocks=8 $disk
t compare_and_write_fill filled 2080 1
cat /tmp/pattern /tmp/other >/tmp/both
dd if=/tmp/pattern of=/tmp/both bs=$block_length count=1 2>/dev/null
dd if=/tmp/other bs=$block_length count=1 2>/dev/null >>/tmp/both
t compare_and_write sg_compare_and_write --lba=2080 --num=1 --xferlen=$(length 2) --in=/tmp/both $disk
t compare_and_write_reads reads Y 2080 1

# What blocks are there.
t lba_status_fill filled 4096 64
expect lba_status_mapped 'mapped' sg_get_lba_status --lba=4096 $disk
t lba_status_unmap sg_unmap --force --lba=4096 --num=64 $disk
expect lba_status_deallocated 'deallocated' sg_get_lba_status --lba=4096 $disk

# Copies by the target itself.
t xcopy_fill filled 8192 64
t xcopy sg_xcopy if=$disk iflag=xcopy of=$disk bs=$block_length skip=8192 seek=12288 count=64 id_usage=disable
t xcopy_reads reads Z 12288 64
expect xcopy_parameters 'Maximum target descriptor count|maximum target' sg_copy_results -p $disk

# Buffers.
expect buffer_descriptor '^ *00 +00 01 00 00' sg_raw -r 4 $disk 3c 03 00 00 00 00 00 00 04 00
t buffer_test sg_test_rwbuf --size=512 --times=4 $disk
expect echo_descriptor '^ *00 +01 00 10 00' sg_raw -r 4 $disk 3c 0b 00 00 00 00 00 00 04 00

# Diagnostics and logs.
t self_test sg_senddiag --test $disk
t self_test_short sg_senddiag --selftest=5 $disk
expect self_test_log 'Self-test|self-test' sg_logs --page=0x10 $disk
expect diagnostic_pages 'Supported diagnostic pages' sg_senddiag --list $disk
expect log_pages 'Supported log pages' sg_logs $disk
t log_all sg_logs -a $disk
expect log_temperature 'Current temperature' sg_logs --page=temp $disk

# What a unit remembers.
t ident_set sh -c "echo -n one | sg_ident --set $disk"
expect ident_get 'one' sg_ident --ascii $disk
t timestamp_set sg_timestamp --srep --milliseconds=1700000000000 $disk
expect timestamp_get '^170000' sg_timestamp $disk
t mode_save sg_wr_mode --page=8 --contents=08,12,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00 --save $disk
# It says so, and ends with 0 all the same.
expect groups_set 'Illegal request' sh -c "sg_stpg --optimized $disk 2>&1 || true"

# The medium goes out, unless somebody prevents it.
t prevent sg_prevent --prevent=1 $disk
refuse prevented 'Medium removal prevented|medium removal prevented' sg_start -v --eject $disk
t allow sg_prevent --allow $disk
t eject sg_start --eject $disk
refuse ejected 'Medium not present|medium not present|not ready' sg_turs -v $disk
t load sg_start --load $disk
t loaded wait_for 5 sg_turs $disk

# Everything is wiped.
t format_fill filled 1024 64
t format sg_format --format --quick --wait $disk
t formatted wait_for 30 sg_turs $disk
t sanitize_fill filled 1024 64
t sanitize sg_sanitize --block --quick --wait $disk
t sanitized wait_for 30 sg_turs $disk
t sanitized_reads reads '\0' 1024 64
t overwrite_fill filled 1024 64
t overwrite sg_sanitize --overwrite --zero --quick --wait $disk
t overwritten wait_for 60 sg_turs $disk
t overwritten_reads reads '\0' 1024 64
expect modes_all 'Control, page_control: current' sg_modes -a $disk
expect vpd_all 'SCSI Ports|Extended inquiry data' sg_vpd -a $disk
for page in ei mpp sp bl bdc lbpv tpc; do
  expect vpd_page_$page ' VPD page' sg_vpd -p $page $disk
done
log_out logout
