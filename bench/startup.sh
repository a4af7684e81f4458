#!/bin/sh
# How long smolvm takes to start, against an empty Java program with an AOT cache of its own: medians of runs that
# alternate, so that both see the same machine. Fails if `smolvm --version` takes more than 4 times as long.
# Usage: startup.sh [RUNS]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
read -r java <"$root/cli/target/dist/java"

sh "$root/bench/empty.sh" "$work" >/dev/null

export SMOLVM_HOME="$work/store"
empty() { "$java" "@$root/cli/target/dist/jvm.options" -XX:AOTCache="$work/empty.aot" -cp "$work/empty.jar" Empty; }
version() { "$root/smolvm" --version; }
list() { "$root/smolvm" sandbox snapshot list; }

for program in empty version list; do $program >/dev/null 2>&1 || true; done
i=0
while [ $i -lt "$runs" ]; do
    for program in empty version list; do
        start=$(date +%s%N)
        $program >/dev/null 2>&1 || true
        echo $(($(date +%s%N) - start)) >>"$work/$program.times"
    done
    i=$((i + 1))
done

# In tenths of a millisecond.
median() { sort -n "$work/$1.times" | awk '{ t[NR] = $1 } END { printf "%d", t[int((NR + 1) / 2)] / 100000 }'; }
base=$(median empty)
for program in empty version list; do
    time=$(median $program)
    echo "$program $time $base" | awk '{ printf "%-8s %6.1f ms  %.2f times the empty program\n", $1, $2 / 10, $2 / $3 }'
done
[ $(($(median version))) -le $((base * 4)) ]
