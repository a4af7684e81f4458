#!/bin/sh
# Makes an empty Java program with an AOT cache of its own, empty.jar and empty.aot: the least that a command takes to start.
# Prints the command line that runs it, a word a line.
# Usage: empty.sh DIRECTORY
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$1
read -r java <"$root/cli/target/dist/java"

echo 'public class Empty { public static void main(String[] args) {} }' >"$work/Empty.java"
"${java%java}javac" -d "$work" "$work/Empty.java"
(cd "$work" && "${java%java}jar" cf empty.jar Empty.class)
"$java" "@$root/cli/target/dist/jvm.options" -XX:AOTCacheOutput="$work/empty.aot" -cp "$work/empty.jar" Empty >/dev/null 2>&1
printf '%s\n' "$java" "@$root/cli/target/dist/jvm.options" "-XX:AOTCache=$work/empty.aot" -cp "$work/empty.jar" Empty
