#!/bin/sh
# Runs the tests that hold for every VMM on a real Firecracker, inside a sandbox of ours: QEMU's TCG offers its guests nested
# virtualisation, so that KVM works there where it does not work here. Slow: every instruction is translated.
#
#   nested.sh --firecracker FILE [--jailer FILE] [--cpus N] [--memory MIB] [--keep] [CLASS[#METHOD]…]
set -eu
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh

usage() { sed -n '2,5p' scripts/nested.sh | cut -c3- >&2; exit 2; }
say() { printf '%s\n' "$*" >&2; }

firecracker= jailer= cpus=2 memory=4096 keep=
while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=yes; shift; continue ;;
    --firecracker | --jailer | --cpus | --memory) [ $# -ge 2 ] || usage ;;
    -*) usage ;;
    *) break ;;
    esac
    case $1 in
    --firecracker) firecracker=$2 ;;
    --jailer) jailer=$2 ;;
    --cpus) cpus=$2 ;;
    --memory) memory=$2 ;;
    esac
    shift 2
done
[ -n "$firecracker" ] && [ -x "$firecracker" ] || usage
[ -z "$jailer" ] || [ -x "$jailer" ] || usage
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
./smolvm image inspect tiny >/dev/null 2>&1 || ./smolvm image build tiny

./smolvm sandbox delete --force $vm >/dev/null 2>&1 || true
./smolvm sandbox create --name $vm --image nested --backend qemu --accel tcg --cpus "$cpus" --memory "$memory" \
    --disk-size 12G
end() { [ -n "$keep" ] || ./smolvm sandbox delete --force $vm >/dev/null 2>&1 || true; }
trap end EXIT
trap 'exit 130' INT TERM
inside() { ./smolvm sandbox exec $vm -- sh -ec "$1"; }

say "pack what it needs"
pack=$work/pack
rm -rf "$pack"
mkdir -p "$pack/lib" "$pack/modules" "$pack/bin" "$pack/images"
cp "$firecracker" "$pack/bin/firecracker"
[ -z "$jailer" ] || cp "$jailer" "$pack/bin/jailer"
# Built for this machine's C library, perhaps: the outer image has the same or a newer one.
kernel=$(inside 'uname -r')
modules=$work/modules-$kernel
if [ ! -d "$modules" ]; then
    mkdir -p "$modules.new"
    (cd "$modules.new" && apt-get download "linux-image-$kernel" && dpkg-deb -x linux-image-*.deb . && rm ./*.deb) >/dev/null
    mv "$modules.new" "$modules"
fi
for module in irqbypass kvm kvm-amd tun; do
    find "$modules" -name "$module.ko" -exec cp {} "$pack/modules/" \;
done
cp -a "$SMOLVM_HOME/images/tiny" "$pack/images/"
mkdir -p "$pack/store/images" "$pack/store/layers"
cp -a "$SMOLVM_HOME/images/tiny" "$pack/store/images/"
for id in $(grep -o '"id" *: *"[0-9a-f]*"' "$SMOLVM_HOME/images/tiny/manifest.json" | grep -o '[0-9a-f]\{16,\}'); do
    cp -a "$SMOLVM_HOME/layers/$id".* "$pack/store/layers/"
done
rm -rf "$pack/images"
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
    for module in irqbypass kvm kvm-amd tun; do busybox insmod /root/pack/modules/$module.ko; done
    chmod 666 /dev/net/tun
    mkdir -p /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
    [ -c /dev/kvm ] || { echo "KVM does not work inside" >&2; exit 1; }
'
say "run the tests inside"
code=0
./smolvm sandbox exec --workdir /root/run --env SMOLVM_FIRECRACKER=/root/pack/bin/firecracker $vm -- \
    /root/jdk/bin/java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto --enable-native-access=ALL-UNNAMED \
    -Dsmolvm.test.backend=firecracker -Dsmolvm.test.images=/root/pack/store \
    -cp '/root/pack/tests:/root/pack/core:/root/pack/guest:/root/pack/lib/*' \
    dev.smolvm.e2e.ContractRun "$@" </dev/null || code=$?
exit $code
