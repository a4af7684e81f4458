#!/bin/sh
# Makes what the launcher runs, from what Maven has put into DIST/lib:
#   DIST/lib/*.jar     the tool and its libraries
#   DIST/jvm.options   how the JVM runs
#   DIST/smolvm.aot    the JVM's cache of loaded and linked classes, made by a training run
#   DIST/java          the JVM that it was made for: it fits no other
# Usage: dist.sh DIST CLI_JAR
set -eu
dist=$1
jar=$2
here=$(cd "$(dirname "$0")" && pwd)
java=${JAVA_HOME:?}/bin/java

rm -f "$dist/java" "$dist/smolvm.aot"
cp "$jar" "$dist/lib/smolvm-cli.jar"
"$java" "$here/RaiseClassVersion.java" "$dist/lib/picocli.jar" "$dist/picocli.tmp"
mv "$dist/picocli.tmp" "$dist/lib/picocli.jar"
cp "$here/jvm.options" "$dist/jvm.options"

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
if ! SMOLVM_HOME=$home/store "$java" "@$dist/jvm.options" "-XX:AOTCacheOutput=$dist/smolvm.aot" \
    -cp "$dist/lib/smolvm-cli.jar" dev.smolvm.cli.TrainingRun >"$home/log" 2>&1; then
    cat "$home/log" >&2
    exit 1
fi
# Last, and in one step: the launcher takes this file to mean that all is there.
printf '%s\n' "$java" >"$dist/java.tmp"
mv "$dist/java.tmp" "$dist/java"
