# For sourcing: find_jdk sets $jdk to the home of a JDK that is new enough, or fails.
# Looks at JAVA_HOME, PATH and the distributions' JVM folder, and starts no JVM to learn its version.

# jdk_fits DIRECTORY: a whole JDK (the tool is built with it) of version 25 or newer.
jdk_fits() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r line; do
        case $line in
        JAVA_VERSION=*)
            version=${line#JAVA_VERSION=\"}
            version=${version%%[!0-9]*}
            [ "${version:-0}" -ge 25 ]
            return
            ;;
        esac
    done <"$1/release"
    return 1
}

find_jdk() {
    in_path=$(command -v javac) && in_path=$(readlink -f "$in_path") && in_path=${in_path%/bin/javac}
    for jdk in "${JAVA_HOME:-/nonexistent}" "${in_path:-/nonexistent}" /usr/lib/jvm/* /usr/java/* /opt/jdk* /opt/java/*; do
        if jdk_fits "$jdk"; then
            return 0
        fi
    done
    jdk=
    return 1
}
