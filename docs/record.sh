#!/bin/sh
# Runs the commands of README and guides on real virtual machines, writes what they print into the text, and draws the
# README's picture. ./dev test checks that the text still has the shape of what is printed; this is for when it has not.
set -eu
cd "$(dirname "$0")/.."
. scripts/find-jdk.sh
find_jdk
JAVA_HOME=$jdk mvn -B -ntp -q -DskipTests package
exec "$jdk/bin/java" -cp cli/target/test-classes dev.smolvm.docs.Recording README.md docs/guides/snapshots.md \
    docs/guides/moving-snapshots.md docs/guides/firecracker.md docs/guides/forks.md docs/guides/history.md
