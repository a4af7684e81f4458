#!/bin/sh
# smolvm-netns and smolvm-forward against a host and an internet made of namespaces: network_test.sh PAYLOAD_DIRECTORY PEER
# As root it tests both as root and as another user; else as this user, with and without being root in a namespace.
#
#   guest 10.0.2.15 ── tap0, namespace, slirp4netns ── "host" 93.184.216.10 ── veth ── "internet" 8.8.8.8, and what is refused
set -eu
payload=$1 peer=$2
install='apt-get install -y --no-install-recommends'
slirp=$(command -v slirp4netns) || { echo "network: no slirp4netns; on Debian: $install slirp4netns" >&2; exit 1; }
command -v ip >/dev/null || { echo "network: no ip; on Debian: $install iproute2" >&2; exit 1; }
[ -r /dev/net/tun ] && [ -w /dev/net/tun ] || {
    echo "network: /dev/net/tun is missing, or not for this user: as root: modprobe tun && chmod 666 /dev/net/tun" >&2; exit 1; }

if [ "${NETWORK_TEST_STAGE-}" != host ]; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    cp "$payload/smolvm-netns" "$payload/smolvm-forward" "$payload/smolvm-launch" "$peer" "$dir"
    chmod 755 "$dir" "$dir"/*
    real=root map=
    [ "$(id -u)" = 0 ] || real=user map='--user --map-root-user'
    # All processes in it end with the first.
    NETWORK_TEST_STAGE=host NETWORK_TEST_REAL=$real timeout -k 1 60 \
        unshare $map --mount --net --pid --fork --kill-child --mount-proc sh "$0" "$dir" "$dir/$(basename "$peer")"
    exit
fi

dir=$payload failures=0
cd "$dir"
ip link set lo up
unshare --net sleep 1000 & internet=$!
while [ "$(readlink /proc/$internet/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
in_internet() { nsenter -t "$internet" -n "$@"; }
refused="10.1.2.3 10.0.2.99 100.64.0.1 168.63.129.16 169.254.169.254 172.16.0.1 192.0.0.192 192.168.1.1 198.18.0.1 240.0.0.1"
ip link add out0 type veth peer name in0 netns "$internet"
ip addr add 93.184.216.10/24 dev out0
ip link set out0 up
in_internet ip addr add 93.184.216.1/24 dev in0
in_internet ip link set in0 up
in_internet ip link set lo up
for address in 8.8.8.8 10.0.2.3 $refused; do in_internet ip addr add "$address/32" dev lo; done
ip route add default via 93.184.216.1
in_internet "$peer" echo tcp 0.0.0.0 80
in_internet "$peer" echo udp 8.8.8.8 80
in_internet "$peer" echo udp 10.1.2.3 80
in_internet "$peer" echo udp 10.0.2.3 80
in_internet "$peer" echo tcp 10.0.2.3 53
"$peer" echo tcp 127.0.0.1 7000
"$peer" echo tcp 0.0.0.0 7001
# As systemd-resolved does.
"$peer" echo udp 127.0.0.53 53
"$peer" echo tcp 127.0.0.53 53
"$peer" echo tcp 127.0.0.53 80
"$peer" echo udp 127.0.0.53 80
echo nameserver 127.0.0.53 > resolv.conf
mount --bind resolv.conf /etc/resolv.conf
if [ "$NETWORK_TEST_REAL" = root ]; then
    mknod tun c 10 200
    chmod 666 tun
    mount --bind tun /dev/net/tun
else
    unshare --user --map-user=1000 --map-group=1000 sleep 1000 & user=$!
    while [ "$(readlink /proc/$user/ns/user)" = "$(readlink /proc/self/ns/user)" ] || ! grep -q 1000 /proc/$user/uid_map; do
        sleep 0.01
    done
fi
mkdir results
chmod 1777 results

# expect NAME CONDITION…
expect() {
    name=$1; shift
    "$@" || { echo "network: as $who: not so: $name" >&2; failures=$((failures + 1)); }
}
not() { ! "$@"; }
# named PATTERN: the processes of that name
named() {
    for comm in /proc/[0-9]*/comm; do
        { read -r is < "$comm"; } 2>/dev/null || continue
        case $is in $1) comm=${comm#/proc/}; echo "${comm%/comm}" ;; esac
    done
}
running() { [ -n "$(named 'smolvm-*')$(named 'slirp*')" ]; }
slirp_runs() { [ -n "$(named 'slirp*')" ]; }
# becomes_true CONDITION…: within two seconds
becomes_true() { for i in 1 2 3 4 5 6 7 8 9 10; do if "$@"; then return 0; fi; sleep 0.2; done; return 1; }
# become PROGRAM…: replaces this shell
become() {
    if [ "$who" = root ]; then exec "$@"; fi
    if [ "$NETWORK_TEST_REAL" = root ]; then exec setpriv --reuid=65534 --regid=65534 --groups=7 --inh-caps=-all "$@"; fi
    exec nsenter --user --preserve-credentials -t "$user" "$@"
}
as_who() { ( become "$@" ); }
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
# probes RESULT KIND ADDRESS PORT
probed() { expect "guest: $2 $3 $4 is $1, not $(sed -n "s/^$2 $3 $4 //p" "$out")" grep -qx "$2 $3 $4 $1" "$out"; }

cat > guest.sh <<'END'
out=$1; peer=$2; shift 2
probe() { echo "$* $("$peer" "$@")"; }
{
    probe tcp 8.8.8.8 80; probe udp 8.8.8.8 80; probe udp 10.0.2.3 53; probe tcp 10.0.2.3 53; probe tcp 10.0.2.3 80; probe udp 10.0.2.3 80
    probe tcp 8.8.8.8 81
    for address; do probe tcp "$address" 80; done
    probe udp 10.1.2.3 80; probe udp 169.254.169.254 80
    probe tcp 10.0.2.2 7000; probe tcp 10.0.2.2 7001; probe tcp 93.184.216.10 7001; probe udp 93.184.216.10 7001
    probe ping 10.0.2.2 0; probe ping 192.168.1.1 0
} > "$out.part" 2>&1
"$peer" echo tcp 0.0.0.0 8080
mv "$out.part" "$out"
exec sleep 1000
END

# start PROGRAM…: in the background, as $who; sets $vmm
start() { become ./smolvm-netns --tap tap0 --slirp4netns "$slirp" --log results/log.$who -- "$@" & vmm=$!; }

test_all() {
    out=results/$who
    start "$peer" guest tap0 /bin/sh "$dir/guest.sh" "$out" "$peer" $refused
    becomes_true [ -e "$out" ] || becomes_true [ -e "$out" ] || becomes_true [ -e "$out" ] || true
    [ -e "$out" ] || { echo "network: as $who: the guest has not finished" >&2; cat "$out.part" results/log.$who >&2; exit 1; }
    probed open tcp 8.8.8.8 80
    probed open udp 8.8.8.8 80
    probed open udp 10.0.2.3 53
    probed open tcp 10.0.2.3 53
    probed refused tcp 8.8.8.8 81
    for address in $refused; do probed refused tcp "$address" 80; done
    for try in "tcp 10.0.2.3 80" "udp 10.0.2.3 80" "udp 10.1.2.3 80" "udp 169.254.169.254 80" "tcp 10.0.2.2 7000" \
            "tcp 10.0.2.2 7001" "tcp 93.184.216.10 7001" "udp 93.184.216.10 7001"; do
        probed refused $try
    done
    probed open ping 10.0.2.2 0
    probed prohibited ping 192.168.1.1 0

    forward=$(as_who ./smolvm-forward --pid "$vmm" 7100 8080) || true
    expect "a forwarded port leads to the guest" [ "$("$peer" tcp 127.0.0.1 7100)" = open ]
    expect "and once more" [ "$("$peer" tcp 127.0.0.1 7100)" = open ]
    expect "forwards without capabilities" [ "$(field "$forward" CapPrm)$(field "$forward" CapEff)" = 00000000000000000000000000000000 ]
    code=0; as_who ./smolvm-forward --pid "$vmm" 7100 8080 2>results/error.$who || code=$?
    expect "a port in use is 98" [ "$code" = 98 ]
    expect "a port in use is named" grep -q "127.0.0.1:7100: Address" results/error.$who
    as_who ./smolvm-forward --pid "$vmm" 7101 8081 >results/pid.$who
    expect "a port where the guest does not listen" [ "$("$peer" tcp 127.0.0.1 7101)" != open ]
    if [ "$who" != root ]; then
        code=0; as_who ./smolvm-forward --pid "$internet" 7102 80 2>/dev/null || code=$?
        expect "a process of somebody else is 126" [ "$code" = 126 ]
    fi

    kill -KILL "$vmm"
    wait "$vmm" 2>/dev/null || true
    expect "all ends with the VMM" becomes_true not running
    expect "the port is closed" [ "$("$peer" tcp 127.0.0.1 7100)" = refused ]
    code=0; as_who ./smolvm-forward --pid "$vmm" 7100 8080 2>/dev/null || code=$?
    expect "a VMM that is gone is 126" [ "$code" = 126 ]
    rm -f results/pid.$who
}

test_guard() {
    become ./smolvm-netns --tap tap0 --slirp4netns "$slirp" -- /bin/sleep 1000 & vmm=$!
    becomes_true slirp_runs
    kill -KILL "$(named smolvm-netns)"
    expect "the way out ends with its guard" becomes_true not slirp_runs
    kill -KILL "$vmm"
    wait "$vmm" 2>/dev/null || true
}

test_program() {
    as_who ./smolvm-netns --tap tap0 --slirp4netns "$slirp" -- /bin/sh -c 'cat /proc/self/status; id -u; id -g; echo pid $$' > results/status.$who
    expect "no capabilities" [ "$(grep -E '^Cap(Inh|Prm|Eff|Bnd|Amb):' results/status.$who | grep -cv 0000000000000000)" = 0 ]
    expect "no new privileges" grep -q 'NoNewPrivs:.1' results/status.$who
    expect "the same user and group" [ "$(as_who sh -c 'id -u; id -g' | tr '\n' ' ')" = "$(sed -n '/^[0-9]/p' results/status.$who | tr '\n' ' ')" ]
    become ./smolvm-netns --tap tap0 --slirp4netns "$slirp" -- /bin/sleep 1000 & vmm=$!
    becomes_true sh -c "tr '\\0' ' ' < /proc/$vmm/cmdline | grep -q ^/bin/sleep" || true
    expect "the process stays the same" [ "$(cat /proc/$vmm/comm)" = sleep ]
    expect "the groups stay" [ "$(field $vmm Groups)" = "$(as_who sed -n 's/^Groups:[[:space:]]*//p' /proc/self/status)" ]
    expect "the program has no child" [ ! -s /proc/$vmm/task/$vmm/children ]
    kill -KILL $vmm
    expect "its routes stay" as_who ./smolvm-netns --tap tap0 -- /bin/sh -c '! ip route add 1.2.3.4 dev lo 2>/dev/null'
    expect "smolvm-launch confines it there" as_who ./smolvm-netns --tap tap0 -- "$dir/smolvm-launch" -- /bin/sh -c '! ip route add 1.2.3.4 dev lo 2>/dev/null && ip link show tap0 >/dev/null'
    expect "its devices stay" as_who ./smolvm-netns --tap tap0 -- /bin/sh -c '! ip link del tap0 2>/dev/null'
    expect "no tap unless asked" as_who ./smolvm-netns -- /bin/sh -c '! ip link show tap0 2>/dev/null && ip link show lo | grep -q UP'
    expect "a tap without a way out" as_who ./smolvm-netns --tap vm1 -- /bin/sh -c '[ -z "$(ip route)" ] && ip link show vm1 | grep -q UP'
    expect "the exit code is the program's" [ "$(code=0; as_who ./smolvm-netns -- /bin/sh -c 'exit 7' || code=$?; echo $code)" = 7 ]
}

# fails TEXT ARGUMENTS…: smolvm-netns does with 126, and says so
fails() {
    text=$1; shift; code=0
    as_who ./smolvm-netns "$@" 2>results/error.$who || code=$?
    expect "$* is 126" [ "$code" = 126 ]
    expect "$*: says $text" grep -q -- "$text" results/error.$who
}

# Only root can give the tap away.
test_owner() {
    ./smolvm-netns --tap tap0 --slirp4netns "$slirp" --owner 4242 -- /bin/sh -c \
        'ip -d link show tap0; grep CapEff /proc/self/status; ip route; exec sleep 1000' > results/owner & vmm=$!
    becomes_true grep -q default results/owner
    expect "the tap is the owner's" grep -q "user 4242" results/owner
    expect "the program keeps its privileges" [ "$(sed -n 's/^CapEff:[[:space:]]*//p' results/owner)" = "$(field self CapEff)" ]
    expect "its ports can be forwarded" ./smolvm-forward --pid "$vmm" 7103 8080 >/dev/null
    kill -KILL "$vmm"
    wait "$vmm" 2>/dev/null || true
    expect "all ends with it" becomes_true not running
}

test_failures() {
    fails no-such-program --tap tap0 --slirp4netns "$slirp" -- /bin/no-such-program
    fails no-such-slirp --tap tap0 --slirp4netns /bin/no-such-slirp -- /bin/true
    fails "ended at once" --tap tap0 --slirp4netns /bin/true -- /bin/true
    printf '#!/bin/sh\necho no luck >&2; exit 1\n' > results/unlucky.$who
    chmod 755 results/unlucky.$who
    fails "no luck" --tap tap0 --slirp4netns "$dir/results/unlucky.$who" -- /bin/true
    fails "needs --tap" --slirp4netns "$slirp" -- /bin/true
    fails "unknown option" --no-such-option -- /bin/true
    expect "nothing stays behind" becomes_true not running
}

who=host
expect "the setup lets through what the policy must refuse" [ "$("$peer" tcp 10.1.2.3 80)" = open ]
for who in root user; do
    test_all
    test_program
    test_guard
    test_failures
done
who=root
[ "$NETWORK_TEST_REAL" != root ] || test_owner
[ "$failures" = 0 ] && echo "network: as expected, as root and as a user"
exit "$failures"
