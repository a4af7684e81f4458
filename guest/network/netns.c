/* smolvm-netns: gives a VMM a network of its own, so that forks of a guest can keep its addresses.
 *
 *   smolvm-netns [--tap NAME [--slirp4netns PATH [--log FILE]] [--owner UID]] -- PROGRAM ARGS…
 *
 * Replaces itself with PROGRAM (the process stays the same) in a new network namespace; it needs no privileges. PROGRAM
 * runs as the same user and groups, without capabilities and without a way to new ones, so that it cannot change the
 * namespace's routes.
 *
 * --tap    a tap device that PROGRAM opens. The guest behind it is 10.0.2.15, the namespace 10.0.2.2.
 * --slirp4netns  what the guest sends goes out through this program, with the host's sockets, IPv4 only, but not to the
 *          networks that the policy refuses (../netpolicy) nor to the host's own addresses. 10.0.2.3 is the host's
 *          resolver. It ends when PROGRAM does.
 * --log    takes slirp4netns's messages.
 * --owner  whose the tap is, for a PROGRAM that takes up that user itself, such as Firecracker's jailer: it is root, and
 *          keeps its privileges.
 *
 * The policy is the namespace's routing table, which the guest is not in: see namespace.c. */
#include "../launcher/confine.h"
#include "addresses.h"
#include "namespace.h"
#include "process.h"
#include "way_out.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 126 };

struct options {
    const char *tap, *slirp, *log, *owner;
    char **program;
};

static void fail(const char *what)
{
    dprintf(2, "smolvm-netns: %s: %s\n", what, strerror(errno));
    exit(EXIT_NOT_STARTED);
}

static void usage(const char *why)
{
    dprintf(2, "smolvm-netns: %s\nusage: smolvm-netns [--tap NAME [--slirp4netns PATH [--log FILE]] [--owner UID]]"
            " -- PROGRAM ARGS…\n", why);
    exit(EXIT_NOT_STARTED);
}

static struct options parse(int argc, char **argv)
{
    struct options options = { 0 };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            options.program = argv + i + 1;
            break;
        }
        const char **value = strcmp(argv[i], "--tap") == 0 ? &options.tap
            : strcmp(argv[i], "--slirp4netns") == 0 ? &options.slirp
            : strcmp(argv[i], "--log") == 0 ? &options.log
            : strcmp(argv[i], "--owner") == 0 ? &options.owner : NULL;
        if (!value)
            usage("unknown option");
        if (++i == argc)
            usage("an option lacks its value");
        *value = argv[i];
    }
    if (!options.program || !options.program[0])
        usage("no program");
    if (!strchr(options.program[0], '/') || (options.slirp && options.slirp[0] != '/'))
        usage("programs must be given with their path");
    if (options.slirp && !options.tap)
        usage("--slirp4netns needs --tap");
    if (options.log && !options.slirp)
        usage("--log needs --slirp4netns");
    if (options.owner && (!options.tap || geteuid() != 0 || !*options.owner || strspn(options.owner, "0123456789") != strlen(options.owner)))
        usage("--owner needs --tap, root, and a number");
    if (options.tap && (!*options.tap || strlen(options.tap) >= IFNAMSIZ || strcmp(options.tap, WAY_OUT_DEVICE) == 0
            || strcmp(options.tap, "lo") == 0 || strpbrk(options.tap, "/%: ")))
        usage("not a name for a tap device");
    return options;
}

/* The host's, so before its namespace is left; only those that no refused network holds. */
static void read_own_addresses(struct destinations *own)
{
    static const struct policy only_networks;
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        fail("the host's addresses");
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET
                && policy_allows(&only_networks, one->ifa_addr, sizeof(struct sockaddr_in)))
            policy_add_own(own, one->ifa_addr);
    freeifaddrs(all);
    if (own->count == MAX_DESTINATIONS) {
        errno = E2BIG; /* a guest must not reach the one that was left out */
        fail("the host's addresses");
    }
}

static int open_log(const char *path)
{
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log < 0)
        fail(path);
    return log;
}

static void check(const char *failed)
{
    if (failed)
        fail(failed);
}

static void give_way_out(const struct options *options, struct way_out *way_out, const struct destinations *own)
{
    char words[1024];
    check(namespace_add_tap(WAY_OUT_DEVICE, false, geteuid()));
    check(namespace_set_up_way_out(options->tap, own));
    if (way_out_start(way_out, words, sizeof words))
        return;
    dprintf(2, "smolvm-netns: %s: %s%s", options->slirp, *words ? words : "ended at once",
        *words && words[strlen(words) - 1] == '\n' ? "" : "\n");
    exit(EXIT_NOT_STARTED);
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    struct destinations own = { .count = 0 };
    struct way_out way_out;
    close_from(3); /* also for the process beside slirp4netns, which must not hold the caller's pipes */
    if (options.slirp) {
        if (access(options.slirp, X_OK) < 0)
            fail(options.slirp);
        read_own_addresses(&own);
        check(way_out_prepare(&way_out, options.slirp, options.log ? open_log(options.log) : -1));
    }
    uid_t user = geteuid();
    gid_t group = getegid();
    check(options.owner ? namespace_enter_network() : namespace_enter());
    if (options.tap)
        check(namespace_add_tap(options.tap, true, options.owner ? (uid_t) strtoul(options.owner, NULL, 10) : geteuid()));
    check(namespace_set_up_tap(options.tap));
    if (options.slirp)
        give_way_out(&options, &way_out, &own);
    if (!options.owner) {
        check(namespace_let_go(user, group));
        check(drop_privileges());
    }
    execv(options.program[0], options.program);
    fail(options.program[0]);
}
