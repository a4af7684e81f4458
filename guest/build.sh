#!/bin/sh
# Compiles the guest's C programs into target/classes. Quick when nothing changed.
set -eu
cd "$(dirname "$0")"

out=target/classes/dev/smolvm/guest/payload
mkdir -p "$out"

have() { command -v "$1" >/dev/null 2>&1; }
have cc || have gcc || { echo "guest/build.sh: no C compiler; on Debian: apt-get install gcc libc6-dev musl-tools" >&2; exit 1; }
host_cc=cc; have cc || host_cc=gcc
# musl makes the agent a quarter of its glibc size.
static_cc=$host_cc; have musl-gcc && static_cc=musl-gcc

warnings="-std=c11 -Wall -Wextra -Werror"
flags="-Os -ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2"

# newer TARGET DIRECTORIES: the target exists and is newer than every source there and than this script.
newer() {
    [ -f "$1" ] && [ -z "$(find $2 build.sh -type f -newer "$1" \( -name '*.[ch]' -o -name build.sh \) -print | head -n 1)" ]
}

# compile TARGET DIRECTORIES COMPILER ARGUMENTS…: through a temporary name, so that a failure leaves no half target.
compile() {
    target=$1 directories=$2; shift 2
    newer "$target" "$directories" && return 0
    "$@" -o "$target.new"
    mv "$target.new" "$target"
}

compile "$out/smolvm-agent" agent \
    "$static_cc" $warnings $flags -static -s -Wl,--gc-sections -D_GNU_SOURCE agent/*.c
compile "$out/smolvm-inspect" inspect \
    "$static_cc" $warnings $flags -static -s -Wl,--gc-sections -D_GNU_SOURCE inspect/*.c
if [ -f launcher/launch.c ]; then
    compile "$out/smolvm-launch" launcher \
        "$static_cc" $warnings $flags -static -s -Wl,--gc-sections -D_GNU_SOURCE launcher/*.c
fi
if [ -f network/netns.c ]; then
    compile "$out/smolvm-netns" "network netpolicy launcher" \
        "$static_cc" $warnings $flags -static -s -Wl,--gc-sections -D_GNU_SOURCE network/netns.c network/namespace.c \
        network/netlink.c network/arp.c network/process.c network/way_out.c netpolicy/policy.c launcher/privileges.c
    compile "$out/smolvm-forward" "network launcher" \
        "$static_cc" $warnings $flags -static -s -Wl,--gc-sections -D_GNU_SOURCE network/forward.c network/relay.c \
        network/process.c launcher/privileges.c
fi
if [ -f netpolicy/netpolicy.c ]; then
    # Not musl: it is loaded into the host's QEMU.
    compile "$out/libsmolvm-netpolicy.so" netpolicy \
        "$host_cc" $warnings $flags -shared -fPIC -fvisibility=hidden -s -D_GNU_SOURCE netpolicy/*.c -ldl -pthread
fi
if [ -f memory/memory.c ]; then
    compile "$out/libsmolvm-memory.so" memory \
        "$host_cc" $warnings $flags -shared -fPIC -fvisibility=hidden -s -D_GNU_SOURCE memory/*.c
fi
