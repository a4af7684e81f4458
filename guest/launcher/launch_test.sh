#!/bin/sh
# What a program sees that smolvm-launch has started: launch_test.sh SMOLVM_LAUNCH
set -eu
launch=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/in" "$dir/out" "$dir/other"
echo content > "$dir/in/file"
echo secret > "$dir/other/file"
failures=0

# expect NAME CONDITION…
expect() {
    name=$1; shift
    "$@" || { echo "launch: not so: $name" >&2; failures=$((failures + 1)); }
}
shell() { "$launch" --ro "$dir/in" --rw "$dir/out" -- /bin/sh -c "$1" 2>/dev/null; }
shell_fails() { ! shell "$1"; }

landlock=$("$launch" --probe)
expect "no capabilities" shell '! grep -E "^Cap(Inh|Prm|Eff|Amb):" /proc/self/status | grep -qv 0000000000000000'
expect "no new privileges" shell 'grep -q "NoNewPrivs:.1" /proc/self/status'
expect "no core file" shell '[ "$(ulimit -c)" = 0 ]'
expect "files are private" shell '[ "$(umask)" = 0077 ]'
exec 7< /dev/null
expect "no inherited descriptor" shell '[ ! -e /proc/self/fd/7 ]'
expect "reads what is given" shell "cat $dir/in/file >/dev/null"
expect "writes where allowed" shell "echo x > $dir/out/a && mkdir $dir/out/d && mv $dir/out/a $dir/out/d && rm -r $dir/out/d"
case $landlock in
    *:0\}) echo "launch: no Landlock in this kernel: its checks are left out" ;;
    *)
        expect "does not read elsewhere" shell_fails "cat $dir/other/file"
        expect "does not write what is read-only" shell_fails "echo x >> $dir/in/file"
        expect "does not list elsewhere" shell_fails "ls $dir"
        expect "--no-landlock reads elsewhere" "$launch" --no-landlock -- /bin/sh -c "cat $dir/other/file >/dev/null"
        ;;
esac
expect "log takes the output" "$launch" --log "$dir/out/log" -- /bin/echo logged
expect "log holds it" grep -q logged "$dir/out/log"
expect "log is private" [ "$(stat -c %a "$dir/out/log")" = 600 ]

expect "output and errors are taken" "$launch" --rw "$dir/out" --console "$dir/out/console" --errors "$dir/out/errors" -- /bin/sh -c 'echo to out; echo to err >&2'
expect "each has its file" sh -c "sleep 0.2; grep -qx 'to out' $dir/out/console && grep -qx 'to err' $dir/out/errors"
"$launch" --rw "$dir/out" --console "$dir/out/big" -- /bin/sh -c 'yes 0123456789 | head -c 3000000; echo; echo the end'
sleep 0.5
expect "console does not grow past its limit" [ "$(stat -c %s "$dir/out/big")" -le 1048576 ]
expect "console keeps the end" sh -c "tail -n 1 $dir/out/big | grep -qx 'the end'"

expect "a pid file names it" sh -c "'$launch' --rw '$dir/out' --pid-file '$dir/out/pid' -- /bin/sh -c 'cut -d\" \" -f1,22 /proc/self/stat >/dev/null; echo \$\$ > $dir/out/own' && [ \"\$(cut -d' ' -f1 $dir/out/pid)\" = \"\$(cat $dir/out/own)\" ]"
expect "its start is told" sh -c "'$launch' --rw '$dir/out' --pid-file '$dir/out/pid2' -- /usr/bin/cut -d' ' -f22 /proc/self/stat > $dir/start && [ \"\$(cut -d' ' -f2 $dir/out/pid2)\" = \"\$(cat $dir/start)\" ]"
expect "privileged keeps what is there" sh -c "[ \"\$('$launch' --privileged -- /bin/grep CapEff /proc/self/status)\" = \"\$(grep CapEff /proc/self/status)\" ]"

code=0; message=$("$launch" --log "$dir/out/log" -- /usr/bin/no-such-program 2>&1) || code=$?
expect "a missing program is 126" [ "$code" = 126 ]
expect "a missing program is named" [ "${message#*no-such-program}" != "$message" ]
code=0; "$launch" --rw "$dir/none" -- /bin/true 2>/dev/null || code=$?
expect "a missing path is 126" [ "$code" = 126 ]
code=0; message=$("$launch" --preload "$dir/other/no-such.so" -- /bin/true 2>&1) || code=$?
expect "a library that is missing is 126" [ "$code" = 126 ]
expect "it is named" [ "${message#*no-such.so}" != "$message" ]
mkdir "$dir/a b:c"
cp "$(dirname "$launch")/libsmolvm-netpolicy.so" "$dir/a b:c/first.so"
cp "$dir/a b:c/first.so" "$dir/a b:c/second.so"
expect "libraries are loaded from any path" sh -c "[ \"\$('$launch' --preload '$dir/a b:c/first.so' --preload '$dir/a b:c/second.so' -- \
    /bin/cat /proc/self/maps 2>&1 | grep -oE '(first|second).so' | sort -u | wc -l)\" = 2 ]"
# resident: how many KiB of the file are in the page cache
resident() { fincore -b -n -o RES "$dir/in/memory" | awk '{ print $1 / 1024 }'; }
evict() { sync "$dir/in/memory"; dd if="$dir/in/memory" of=/dev/null iflag=nocache count=0 2>/dev/null; }
read_ahead() { evict; "$launch" --ro "$dir/in" --working-set "$dir/in/list" --memory "$dir/in/memory" -- /bin/sleep 0.3; }
head -c 67108864 /dev/zero | tr '\0' x > "$dir/in/memory"
list() { printf '%s\n' "$@" > "$dir/in/list"; }
evict
if [ "$(resident)" = 0 ]; then
    list "smolvm-working-set 1 67108864" "33554432 4194304" "1048576 65536" "sum 9c1c8e85e24d68a5"
    read_ahead
    expect "a working set is read ahead" [ "$(resident)" = 4160 ]
    sed -i s/4194304/4194305/ "$dir/in/list"
    read_ahead
    expect "a damaged one is not" [ "$(resident)" = 0 ]
    list "smolvm-working-set 1 67108865" "33554432 4194304" "sum 603835e493fb8b1c"
    read_ahead
    expect "nor one of another file" [ "$(resident)" = 0 ]
    rm "$dir/in/list"
    read_ahead
    expect "nor one that is not there" [ "$(resident)" = 0 ]
else
    echo "launch: this file system keeps files in memory: reading ahead is left out"
fi
code=0; "$launch" --unknown x -- /bin/true 2>/dev/null || code=$?
expect "an unknown option is 126" [ "$code" = 126 ]

[ "$failures" = 0 ] && echo "launch: as expected, $landlock"
exit "$failures"
