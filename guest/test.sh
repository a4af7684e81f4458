#!/bin/sh
# Runs the unit tests of the guest's C programs on this machine.
set -eu
cd "$(dirname "$0")"
./build.sh

out=target/test
mkdir -p "$out"
cc=cc; command -v cc >/dev/null 2>&1 || cc=gcc
flags="-std=c11 -g -O1 -D_GNU_SOURCE -Wall -Wextra -Werror"
# The sanitizers are used where their run-time library is.
if echo 'int main(void){return 0;}' | $cc -fsanitize=address,undefined -x c - -o "$out/probe" 2>/dev/null && "$out/probe"; then
    flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=undefined"
else
    echo "guest/test.sh: no sanitizers here: the tests run without them"
fi

units="agent/clock.c agent/cmdline.c agent/frame.c agent/identity.c agent/input_ring.c agent/mounts.c agent/request.c agent/root_size.c
    agent/durable.c agent/log.c agent/text.c agent/users.c agent/variables.c agent/wire.c"
$cc $flags -o "$out/agent_test" agent/test/agent_test.c $units
"$out/agent_test"
$cc $flags -o "$out/policy_test" netpolicy/test/policy_test.c netpolicy/policy.c
"$out/policy_test"
$cc $flags -o "$out/plan_test" memory/test/plan_test.c memory/plan.c
"$out/plan_test"
# Without the sanitizers: their library would have to be loaded before ours.
$cc -std=c11 -g -O1 -D_GNU_SOURCE -Wall -Wextra -Werror -o "$out/memory_test" memory/test/memory_test.c
"$out/memory_test" "$PWD/target/classes/dev/smolvm/guest/payload/libsmolvm-memory.so"
$cc $flags -o "$out/session_test" agent/test/session_test.c agent/wire.c agent/frame.c
"$out/session_test" target/classes/dev/smolvm/guest/payload/smolvm-agent
sh launcher/launch_test.sh target/classes/dev/smolvm/guest/payload/smolvm-launch
$cc $flags -o "$out/network_peer" network/test/peer.c network/netlink.c
sh network/test/network_test.sh target/classes/dev/smolvm/guest/payload "$out/network_peer"
