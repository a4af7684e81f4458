#!/bin/sh
# Makes what the launcher runs, from what Maven has put into DIST/lib:
#   DIST/lib/*.jar     the tool and its libraries
#   DIST/lib/*.so      the few lines of C that it needs
#   DIST/jvm.options   how the JVM runs
#   DIST/smolvm.aot    the JVM's cache of loaded and linked classes, made by a training run
#   DIST/saving.aot    the same for commands that save a guest's memory
#   DIST/java          the JVM that it was made for: it fits no other
# Usage: dist.sh DIST CLI_JAR
set -eu
dist=$1
jar=$2
here=$(cd "$(dirname "$0")" && pwd)
java=${JAVA_HOME:?}/bin/java

rm -f "$dist/java" "$dist/smolvm.aot" "$dist/saving.aot"
cp "$jar" "$dist/lib/smolvm-cli.jar"
"$java" "$here/RaiseClassVersion.java" "$dist/lib/picocli.jar" "$dist/picocli.tmp"
mv "$dist/picocli.tmp" "$dist/lib/picocli.jar"
"$java" "$here/PlainCode.java" "$dist/lib/smolvm-cli.jar" "$dist/lib/smolvm-core.jar"
cc=cc; command -v cc >/dev/null || cc=gcc
"$cc" -std=c11 -Wall -Wextra -Werror -Os -shared -fPIC -s -I"$JAVA_HOME/include" -I"$JAVA_HOME/include/linux" \
    -o "$dist/lib/libsmolvm-exit.so" "$here/../native/exit.c"
cp "$here/jvm.options" "$dist/jvm.options"

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
train() {
    if ! SMOLVM_HOME=$home/store "$java" "@$dist/jvm.options" "-XX:AOTCacheOutput=$dist/$1" \
        -cp "$dist/lib/smolvm-cli.jar" dev.smolvm.cli.TrainingRun "$2" >"$home/log" 2>&1; then
        cat "$home/log" >&2
        exit 1
    fi
}
train saving.aot saving
train smolvm.aot other

# Last, and in one step: the launcher takes this file to mean that all is there.
printf '%s\n' "$java" >"$dist/java.tmp"
mv "$dist/java.tmp" "$dist/java"
