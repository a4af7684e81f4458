#!/bin/sh
# What smolvm needs on this machine, and the commands that install it. The one place that knows: the launcher and ./dev
# call it, also before there is a JVM.
#
#   host-setup.sh missing [build]   prints what is missing (with "build": only what building the tool needs) and the
#                                   commands that install it; fails if something is
#   host-setup.sh install [test] [--yes]
#                                   shows the commands and runs them, as root or with sudo; asks first, unless --yes is
#                                   given or there is no terminal (with "test": also what only the tests need)
#
# Exit codes: 0 nothing is missing (any more), 11 something is, 130 the user said no.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/find-jdk.sh"
# mke2fs and its like are not in every user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
unsupported=11
refused=130
newline='
'

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

distribution() {
    ID=unknown VERSION_ID= VERSION_CODENAME=
    if [ -r /etc/os-release ]; then . /etc/os-release; fi
}

qemu_is_new() {
    have qemu-system-x86_64 || return 1
    version=$(qemu-system-x86_64 --version 2>/dev/null)
    version=${version#*version }
    [ "${version%%.*}" -ge 9 ] 2>/dev/null
}

# Sets $packages, and $qemu_packages where QEMU comes from another suite.
look_for_build() {
    find_jdk || missing_jdk=yes
    have mvn || packages="$packages maven"
    have gcc || packages="$packages gcc libc6-dev"
    have musl-gcc || packages="$packages musl-tools"
}

look_for_runtime() {
    have qemu-img || qemu_packages="$qemu_packages qemu-utils"
    qemu_is_new || qemu_packages="qemu-system-x86 qemu-utils"
    installed busybox-static || { have busybox && ! have dpkg-query; } || packages="$packages busybox-static"
    have mmdebstrap || packages="$packages mmdebstrap"
    have mke2fs || packages="$packages e2fsprogs"
    have zstd || packages="$packages zstd"
    [ -e /usr/share/OVMF ] || packages="$packages ovmf"
    have newuidmap || [ "$(id -u)" = 0 ] || packages="$packages uidmap"
}

look_for_tests() {
    have strace || packages="$packages strace"
    # A sandbox's network namespace, its way out, and a host and an internet made of further ones.
    have ip || packages="$packages iproute2"
    have slirp4netns || packages="$packages slirp4netns"
    # A disk with a boot loader and an SSH server, to import.
    have grub-mkimage || packages="$packages grub-common"
    [ -e /usr/lib/grub/i386-pc ] || packages="$packages grub-pc-bin"
    [ -e /usr/lib/grub/x86_64-efi ] || packages="$packages grub-efi-amd64-bin"
    have mformat || packages="$packages mtools"
    have dropbear || packages="$packages dropbear-bin"
    # What drives other programs' libraries in the benchmarks.
    python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
    [ -e /usr/lib/openssh/sftp-server ] || packages="$packages openssh-sftp-server"
}

# backports_source SUITE: the line for apt that adds this suite, with the address and key of the source in use.
backports_source() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk -v base="$VERSION_CODENAME" -v suite="$1" '
        $1 == "deb" {
            options = ""
            rest = $0
            sub(/^deb[ \t]+/, "", rest)
            if (match(rest, /^\[[^]]*\][ \t]*/)) {
                options = substr(rest, 1, RLENGTH)
                rest = substr(rest, RLENGTH + 1)
                sub(/[ \t]*$/, " ", options)
            }
            split(rest, words, /[ \t]+/)
            if (words[2] == base) { print "deb " options words[1] " " suite " main"; exit }
        }' | grep . && return
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -r "$file" ] || continue
        # Stanzas in deb822 format. A key that is written out inside the stanza cannot be carried over.
        sed 's/^[ \t]*$//; /^#/d' "$file" | awk -v base="$VERSION_CODENAME" -v suite="$1" -v RS= -F '\n' '
            {
                split("", field)
                for (i = 1; i <= NF; i++) {
                    if (match($i, /^[A-Za-z-]+:/)) {
                        key = tolower(substr($i, 1, RLENGTH - 1))
                        value = substr($i, RLENGTH + 1)
                        sub(/^[ \t]+/, "", value)
                        sub(/[ \t]+$/, "", value)
                        field[key] = value
                    }
                }
                if ((" " field["types"] " ") !~ / deb / || tolower(field["enabled"]) == "no") next
                if (index(" " field["suites"] " ", " " base " ") == 0) next
                split(field["uris"], uris, /[ \t]+/)
                options = field["signed-by"] ~ /^\// ? "[signed-by=" field["signed-by"] "] " : ""
                print "deb " options uris[1] " " suite " main"
                exit
            }' | grep . && return
    done
    return 1
}

enabled() {
    grep -Ehsv '^[[:space:]]*#' /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources |
        grep -qw -- "$1"
}

add() { commands="$commands$1$newline"; }

# Sets $commands, one a line, and $unknown: what no command here can install.
plan() {
    commands='' unknown=''
    sudo=
    [ "$(id -u)" = 0 ] || sudo='sudo '
    apt="${sudo}env DEBIAN_FRONTEND=noninteractive apt-get"
    if ! have apt-get; then
        [ -z "$packages$qemu_packages" ] || unknown="the programs of these Debian packages:$packages $qemu_packages"
    else
        if [ -n "$qemu_packages" ] && [ "$ID:$VERSION_ID" = debian:12 ]; then
            suite=$VERSION_CODENAME-backports
            if ! enabled "$suite"; then
                if line=$(backports_source "$suite"); then
                    add "echo '$line' | ${sudo}tee /etc/apt/sources.list.d/smolvm-backports.list >/dev/null"
                else
                    unknown="QEMU 9 or newer: enable the suite $suite in /etc/apt (the source of $VERSION_CODENAME was not found)"
                fi
            fi
            from="-t $suite "
        else
            packages="$packages $qemu_packages" qemu_packages='' from=''
        fi
        if [ -n "$missing_jdk" ] && jdk_package; then
            packages="$packages openjdk-25-jdk-headless" missing_jdk=''
        fi
        if [ -n "$(plain $packages $qemu_packages)" ] || ! have_lists; then
            add "$apt update"
        fi
        [ -z "$qemu_packages" ] || add "$apt install -y --no-install-recommends $from$(plain $qemu_packages)"
        [ -z "$(plain $packages)" ] || add "$apt install -y --no-install-recommends $(plain $packages)"
    fi
    if [ -n "$missing_jdk" ]; then
        unknown="${unknown:+$unknown$newline}JDK 25 or newer, which this distribution has no package for: unpack one (such as Eclipse Temurin, https://adoptium.net/temurin/releases/?version=25) and set JAVA_HOME to it, or put it into /usr/lib/jvm"
    fi
}

plain() { printf '%s' "$*"; }
# Kernel packages are downloaded with apt, which needs its lists.
have_lists() { ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; }
# Whether the distribution has a JDK that is new enough; before the first apt-get update, by its version.
jdk_package() {
    if have_lists; then
        apt-cache policy openjdk-25-jdk-headless 2>/dev/null | grep -q 'Candidate: [0-9]'
    else
        case $ID in
        debian) [ "${VERSION_ID%%.*}" -ge 13 ] 2>/dev/null ;;
        ubuntu) [ "${VERSION_ID%%.*}" -ge 25 ] 2>/dev/null ;;
        *) return 1 ;;
        esac
    fi
}
# An address in a source may hold a password.
shown() { printf '%s' "$1" | sed 's#//[^/@ ]*@#//***@#; s/^/  /' >&2; }

distribution
packages='' qemu_packages='' missing_jdk=''
case ${1-} in
missing)
    look_for_build
    [ "${2-}" = build ] || look_for_runtime
    [ -n "$packages$qemu_packages$missing_jdk" ] || exit 0
    plan
    { shown "$commands"; if [ -n "$unknown" ]; then shown "$unknown$newline"; fi; } 2>&1
    exit $unsupported
    ;;
install)
    shift
    look_for_build
    look_for_runtime
    if [ "${1-}" = test ]; then
        look_for_tests
        shift
    fi
    plan
    if [ -n "$unknown" ]; then
        say 'error: missing, and not to be had from here:'
        shown "$unknown$newline"
        if [ -n "$commands" ]; then
            say 'hint: the rest comes with:'
            shown "$commands"
        fi
        exit $unsupported
    fi
    [ -n "$commands" ] || exit 0
    say 'smolvm needs, as root:'
    shown "$commands"
    if [ "$(id -u)" != 0 ] && ! have sudo; then
        say 'error: not root, and there is no sudo'
        say 'hint: run these commands as root, then this one again'
        exit $unsupported
    fi
    if [ "${1-}" != --yes ] && [ -t 0 ] && [ -t 2 ]; then
        printf 'Run them now? [Y/n] ' >&2
        read -r answer || answer=n
        case $answer in
        '' | [yY]*) ;;
        *) exit $refused ;;
        esac
    fi
    # Output on stderr: what called us may have stdout promised to something else.
    if ! sh -ec "$commands" >&2 </dev/null; then
        say 'error: the installation failed'
        say 'hint: see above; run the commands one by one, then this one again'
        exit 1
    fi
    ;;
*)
    say "usage: host-setup.sh missing [build] | install [test] [--yes]"
    exit 2
    ;;
esac
