#!/bin/sh
# What the command line takes for itself: how long commands take against an empty Java program with an AOT cache of its own,
# the round trip to a guest through the library, and how much memory commands use at most. Medians of runs that alternate, so
# that all see the same machine. A line a figure; nothing is judged.
# Usage: startup.sh [RUNS]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-15}
dist=$root/cli/target/dist
read -r java <"$dist/java"
work=$(mktemp -d)
sandbox=bench-startup-$$
SMOLVM_HOME=${SMOLVM_HOME:-$root/bench/target/store}
case $SMOLVM_HOME in /*) ;; *) SMOLVM_HOME=$root/$SMOLVM_HOME ;; esac
export SMOLVM_HOME

smolvm() { "$root/smolvm" "$@"; }
many() { SMOLVM_HOME=$work/many "$root/smolvm" "$@"; }
library() {
    "$java" --enable-native-access=ALL-UNNAMED -cp "$root/bench/target/classes:$dist/lib/*" "dev.smolvm.bench.$@"
}
clean() {
    smolvm sandbox delete --force "$sandbox" || true
    for snapshot in "$sandbox-full" "$sandbox-big"; do smolvm sandbox snapshot delete "$snapshot" || true; done
    rm -rf "$work"
}
trap 'clean >/dev/null 2>&1' EXIT
trap 'exit 130' INT TERM

smolvm image inspect tiny >/dev/null 2>&1 || smolvm image build tiny >&2
smolvm sandbox create --name "$sandbox" --image tiny --disk-size 4G --network none >/dev/null
smolvm sandbox snapshot create "$sandbox" --snapshot-id "$sandbox-full" --resume-source >/dev/null
many image list >/dev/null
library ManySnapshots "$SMOLVM_HOME/snapshots/$sandbox-full" "$work/many" 1000

sh "$root/bench/empty.sh" "$work" >/dev/null

empty() { "$java" "@$dist/jvm.options" -XX:AOTCache="$work/empty.aot" -cp "$work/empty.jar" Empty; }
version() { smolvm --version; }
list() { smolvm sandbox snapshot list; }
list_1000() { many sandbox snapshot list; }
exec_true() { smolvm sandbox exec "$sandbox" -- true; }

programs="empty version list list_1000 exec_true"
i=-1
while [ $i -lt "$runs" ]; do
    for program in $programs; do
        start=$(date +%s%N)
        $program >/dev/null </dev/null
        end=$(date +%s%N)
        # The first round is not counted.
        [ $i -lt 0 ] || echo $(((end - start) / 10000)) >>"$work/$program.times"
    done
    i=$((i + 1))
done

# In hundredths of a millisecond.
median() { sort -n "$work/$1.times" | awk '{ t[NR] = $1 } END { printf "%d", t[int((NR + 1) / 2)] }'; }
base=$(median empty)
figure() {
    echo "$(median "$2") $base" | awk -v what="$1" '{ printf "%-44s %8.1f ms %6.2f x empty\n", what, $1 / 100, $1 / $2 }'
}
figure "empty Java program" empty
figure "--version" version
figure "snapshot list, 1 or a few" list
figure "snapshot list, 1,000" list_1000
figure "exec true, running sandbox" exec_true

library RoundTripBenchmark "$SMOLVM_HOME" "$sandbox" 100 |
    awk '{ printf "%-44s %8.2f ms\n", "library: " $1, $2 / 1000 }'

if ! [ -x /usr/bin/time ]; then
    echo "peak memory: not measured, there is no /usr/bin/time (Debian: apt-get install time)"
    exit
fi
# peak NAME COMMAND…: of the process itself, not of what it starts; the launcher becomes the JVM.
peak() {
    what=$1
    shift
    if /usr/bin/time -f %M -o "$work/peak" "$@" >/dev/null 2>"$work/errors" </dev/null; then
        awk -v what="peak memory: $what" '{ printf "%-44s %8.1f MiB\n", what, $1 / 1024 }' "$work/peak"
    else
        echo "peak memory: $what: $(head -n 1 "$work/errors")"
    fi
}
peak "--version" "$root/smolvm" --version
peak "snapshot list, 1,000" env SMOLVM_HOME="$work/many" "$root/smolvm" sandbox snapshot list
peak "snapshot list, 1,000, as JSON" env SMOLVM_HOME="$work/many" "$root/smolvm" sandbox snapshot list --json
peak "sandbox list" "$root/smolvm" sandbox list
peak "exec true" "$root/smolvm" sandbox exec "$sandbox" -- true
truncate -s 1M "$work/small"
peak "upload, 1 MiB" "$root/smolvm" sandbox file upload "$sandbox" "$work/small" /root/small
dd if=/dev/urandom of="$work/large" bs=1M count=1024 2>/dev/null
peak "upload, 1 GiB" "$root/smolvm" sandbox file upload "$sandbox" "$work/large" /root/large
rm "$work/large"
peak "download, 1 MiB" "$root/smolvm" sandbox file download "$sandbox" /root/small "$work/small"
peak "download, 1 GiB" "$root/smolvm" sandbox file download "$sandbox" /root/large "$work/large"
peak "exec, 1 GiB of output" "$root/smolvm" sandbox exec "$sandbox" -- cat /root/large
peak "snapshot create, 1 GiB more on its disk" "$root/smolvm" sandbox snapshot create "$sandbox" --snapshot-id "$sandbox-big"
peak "snapshot restore" "$root/smolvm" sandbox snapshot restore "$sandbox-full" --resume
peak "snapshot verify, 1 GiB" "$root/smolvm" sandbox snapshot verify "$sandbox-big"
peak "snapshot export, 1 GiB" "$root/smolvm" sandbox snapshot export "$sandbox-big" -o "$work/archive"
env SMOLVM_HOME="$work/imported" "$root/smolvm" image list >/dev/null
peak "snapshot import, 1 GiB" env SMOLVM_HOME="$work/imported" "$root/smolvm" sandbox snapshot import "$work/archive"
