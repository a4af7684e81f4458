#!/bin/sh
# Fuzzes the agent's parsers: guest/fuzz.sh [SECONDS, 30 by default]
set -eu
cd "$(dirname "$0")"
seconds=${1:-30}

if ! command -v clang >/dev/null 2>&1; then
    echo "guest/fuzz.sh: NOT RUN: no clang (on Debian: apt-get install clang libclang-rt-14-dev)"
    exit 0
fi
mkdir -p target/fuzz/corpus
fuzzer=target/fuzz/channel_fuzz
if ! clang -std=c11 -g -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=undefined -o "$fuzzer" \
        agent/fuzz/channel_fuzz.c agent/frame.c agent/wire.c agent/request.c agent/users.c agent/mounts.c; then
    echo "guest/fuzz.sh: this clang cannot build a fuzzer (on Debian: apt-get install libclang-rt-14-dev)" >&2
    exit 1
fi
# One seed for each type: libFuzzer does not guess a whole header.
i=1
while [ "$i" -le 20 ]; do
    printf "$(printf '\\%03o\\0\\0\\0\\030\\0\\0\\0' "$i")abcdefghijklmnopqrstuvwx" > "target/fuzz/corpus/type-$i"
    i=$((i + 1))
done
"$fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=10 -artifact_prefix=target/fuzz/ \
    -print_final_stats=1 target/fuzz/corpus 2>&1 | tail -n 12 > target/fuzz/log || { cat target/fuzz/log >&2; exit 1; }
if ls target/fuzz/crash-* target/fuzz/timeout-* target/fuzz/oom-* >/dev/null 2>&1; then
    cat target/fuzz/log >&2
    exit 1
fi
grep -E 'number_of_executed_units|average_exec_per_sec' target/fuzz/log
