#!/bin/sh
# Runs the tests that hold for every VMM on a real Firecracker, inside a sandbox of ours: QEMU's TCG offers its guests nested
# virtualisation, so that KVM works there where it does not work here. Slow: every instruction is translated.
#
#   nested.sh --firecracker FILE [--jailer FILE] [--minutes N] [--cpus N] [--memory MIB] [--keep] [CLASS[#METHOD]…]
#
# --minutes is how long the tests may take (90); --keep leaves the sandbox for a look into it. The outer guest's console is
# copied to target/nested/console.log.
set -eu
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh

usage() { sed -n '2,8p' scripts/nested.sh | cut -c3- >&2; exit 2; }
say() { printf '%s\n' "$*" >&2; }

firecracker= jailer= minutes=90 cpus=2 memory=4096 keep=
while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=yes; shift; continue ;;
    --firecracker | --jailer | --minutes | --cpus | --memory) [ $# -ge 2 ] || usage ;;
    -*) usage ;;
    *) break ;;
    esac
    case $1 in
    --firecracker) firecracker=$2 ;;
    --jailer) jailer=$2 ;;
    --minutes) minutes=$2 ;;
    --cpus) cpus=$2 ;;
    --memory) memory=$2 ;;
    esac
    shift 2
done
[ -n "$firecracker" ] || usage
for file in "$firecracker" ${jailer:+"$jailer"}; do
    [ -f "$file" ] && [ -x "$file" ] || {
        say "error: $file is not a program"
        say "hint: give the path of a Firecracker binary; docs/guides/firecracker.md says where to get one"
        exit 2
    }
done
if [ -n "$jailer" ] && grep -q '/ld-linux' "$firecracker"; then
    say "error: $firecracker is linked dynamically, and the jailer gives it a root directory without libraries"
    say "hint: take a release, which is static, or leave out --jailer"
    exit 2
fi
find_jdk

work=$PWD/target/nested
mkdir -p "$work"
export SMOLVM_HOME=$work/store
vm=nested

# One image, kept: what the tests call, and nothing to build with.
if ! ./smolvm image inspect nested >/dev/null 2>&1; then
    say "build the outer image"
    ./smolvm image build debian --name nested \
        --include qemu-utils --include e2fsprogs --include zstd --include slirp4netns --include iproute2 \
        --include procps --include busybox-static
fi
# With the agent that was built last.
./smolvm image build tiny --replace

./smolvm sandbox delete --force $vm >/dev/null 2>&1 || true
code=
end() {
    ended=$?
    [ -n "$code" ] || say "error: the step above failed with exit code $ended; no test was run"
    ./smolvm sandbox logs $vm >"$work/console.log" 2>/dev/null || true
    [ -n "$keep" ] || ./smolvm sandbox delete --force $vm >/dev/null 2>&1 || true
}
trap end EXIT
trap 'exit 130' INT TERM
./smolvm sandbox create --name $vm --image nested --backend qemu --accel tcg --cpus "$cpus" --memory "$memory" \
    --disk-size 12G
inside() { ./smolvm sandbox exec $vm -- sh -ec "$1"; }

say "pack what it needs"
pack=$work/pack
rm -rf "$pack"
mkdir -p "$pack/lib" "$pack/modules" "$pack/bin"
cp "$firecracker" "$pack/bin/firecracker"
[ -z "$jailer" ] || cp "$jailer" "$pack/bin/jailer"
# Built for this machine's C library, perhaps: the outer image has the same or a newer one.
kernel=$(inside 'uname -r')
modules=$work/modules-$kernel
if [ ! -d "$modules" ]; then
    rm -rf "$modules.new" && mkdir -p "$modules.new"
    (cd "$modules.new" && apt-get download "linux-image-$kernel" && dpkg-deb -x linux-image-*.deb . && rm ./*.deb) >/dev/null
    mv "$modules.new" "$modules"
fi
for module in irqbypass kvm kvm-amd tun; do
    find "$modules" -name "$module.ko" -exec cp {} "$pack/modules/" \;
done
mkdir -p "$pack/store/images" "$pack/store/layers"
cp -a "$SMOLVM_HOME/images/tiny" "$pack/store/images/"
for id in $(grep -o '"id" *: *"[0-9a-f]*"' "$SMOLVM_HOME/images/tiny/manifest.json" | grep -o '[0-9a-f]\{16,\}'); do
    cp -a "$SMOLVM_HOME/layers/$id".* "$pack/store/layers/"
done
JAVA_HOME=$jdk mvn -B -ntp -q -pl guest,core -DskipTests test-compile dependency:build-classpath \
    -Dmdep.outputFile="$work/classpath" -DincludeScope=test >"$work/maven.log" 2>&1 || { cat "$work/maven.log" >&2; exit 1; }
cp -a core/target/classes "$pack/core"
cp -a core/target/test-classes "$pack/tests"
cp -a guest/target/classes "$pack/guest"
tr ':' '\n' <"$work/classpath" | grep '\.jar$' | while read -r jar; do cp "$jar" "$pack/lib/"; done
tar -C "$jdk" --exclude=./lib/src.zip --exclude=./jmods --exclude=./man -cf "$pack/jdk.tar" .

say "send it ($(du -sm "$pack" | cut -f1) MiB)"
./smolvm sandbox file upload -r $vm "$pack" /root >/dev/null
inside '
    mkdir -p /root/jdk /root/run && tar -C /root/jdk -xf /root/pack/jdk.tar && rm /root/pack/jdk.tar
    cd /root/pack/modules && insmod="busybox insmod"
    # Without virtual GIF: with it and two CPUs the outer kernel took an interrupt between the exit of a guest and its own
    # state, once in some thirty boots, and crashed.
    $insmod irqbypass.ko && $insmod kvm.ko && $insmod kvm-amd.ko vgif=0 && $insmod tun.ko
    chmod 666 /dev/net/tun
    mkdir -p /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
    [ -c /dev/kvm ] || { echo "KVM does not work inside" >&2; exit 1; }
'
say "run the tests inside"
code=0
timeout --foreground "${minutes}m" ./smolvm sandbox exec --workdir /root/run --env SMOLVM_FIRECRACKER=/root/pack/bin/firecracker $vm -- \
    /root/jdk/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto --enable-native-access=ALL-UNNAMED \
    -Dsmolvm.test.backend=firecracker -Dsmolvm.test.images=/root/pack/store \
    -cp '/root/pack/tests:/root/pack/core:/root/pack/guest:/root/pack/lib/*' \
    dev.smolvm.e2e.ContractRun "$@" </dev/null || code=$?
[ "$code" != 124 ] || say "error: not done after $minutes minutes"
exit $code
