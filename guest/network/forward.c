/* smolvm-forward: a port of the host's loopback leads to a port of a guest in a namespace made by smolvm-netns.
 *
 *   smolvm-forward --pid VMM HOSTPORT GUESTPORT [--guest 10.0.2.15]
 *
 * VMM is the program that smolvm-netns became. Exits with 0 once the port listens and the namespace is joined, and prints
 * the process that stays behind, which copies connections (TCP, at most 256 at a time) and ends when VMM does. It runs
 * without capabilities. Exit codes: 98 the port is in use; 126 anything else went wrong. */
#include "../launcher/confine.h"
#include "addresses.h"
#include "kernel_abi.h"
#include "process.h"
#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 126, EXIT_PORT_IN_USE = 98, BACKLOG = 64, DESCRIPTORS = 1024 };

struct options {
    pid_t vmm;
    in_port_t host, guest;
    struct in_addr address;
};

static void fail(const char *what)
{
    dprintf(2, "smolvm-forward: %s: %s\n", what, strerror(errno));
    exit(errno == EADDRINUSE ? EXIT_PORT_IN_USE : EXIT_NOT_STARTED);
}

static void usage(const char *why)
{
    dprintf(2, "smolvm-forward: %s\nusage: smolvm-forward --pid VMM HOSTPORT GUESTPORT [--guest ADDRESS]\n", why);
    exit(EXIT_NOT_STARTED);
}

static long number(const char *text, long limit)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || *end || end == text || value < 1 || value > limit)
        usage("not a number that can be");
    return value;
}

static struct options parse(int argc, char **argv)
{
    struct options options = { .address.s_addr = htonl(ADDRESS_GUEST) };
    for (int i = 1; i < argc; i++) {
        bool pid = strcmp(argv[i], "--pid") == 0, guest = strcmp(argv[i], "--guest") == 0;
        if ((pid || guest) && i + 1 == argc)
            usage("an option lacks its value");
        if (pid)
            options.vmm = (pid_t) number(argv[++i], 1 << 30);
        else if (guest && inet_pton(AF_INET, argv[++i], &options.address) != 1)
            usage("not an IPv4 address");
        else if (!guest && argv[i][0] == '-')
            usage("unknown option");
        else if (!guest && !options.host)
            options.host = (in_port_t) number(argv[i], 65535);
        else if (!guest && !options.guest)
            options.guest = (in_port_t) number(argv[i], 65535);
        else if (!guest)
            usage("too many arguments");
    }
    if (!options.vmm || !options.guest)
        usage("an argument is missing");
    return options;
}

static int listen_on(in_port_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1; /* connections of an earlier one that linger do not count */
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0
            || bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, BACKLOG) < 0) {
        char name[32];
        snprintf(name, sizeof name, "127.0.0.1:%d", port);
        fail(name);
    }
    return listener;
}

static bool is_ours(int user_namespace)
{
    struct stat ours, its;
    return stat("/proc/self/ns/user", &ours) == 0 && fstat(user_namespace, &its) == 0 && ours.st_ino == its.st_ino
        && ours.st_dev == its.st_dev;
}

static void join(const struct process *vmm)
{
    int net = openat(vmm->directory, "ns/net", O_RDONLY | O_CLOEXEC);
    /* The one that the network belongs to; the VMM itself is in one below. */
    int user = net < 0 ? -1 : ioctl(net, OWNING_USER_NAMESPACE);
    if (user < 0)
        fail("the namespaces of the VMM");
    /* A jailed VMM has none of its own; joining one's own is refused. */
    if (!is_ours(user) && setns(user, CLONE_NEWUSER) < 0)
        fail("the user namespace of the VMM");
    if (setns(net, CLONE_NEWNET) < 0)
        fail("the network namespace of the VMM");
    close(user);
    close(net);
    const char *failed = drop_privileges();
    if (failed)
        fail(failed);
}

/* Two sockets for each connection. */
static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void detach(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || chdir("/") < 0)
        fail("/dev/null");
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child > 0) {
        printf("%d\n", (int) child);
        exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_NOT_STARTED);
    }
    prctl(PR_SET_DUMPABLE, 0); /* a VMM that was broken into has the same user */
    setsid();
    signal(SIGHUP, SIG_DFL);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    close(null);
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    struct sockaddr_in guest = { .sin_family = AF_INET, .sin_port = htons(options.guest), .sin_addr = options.address };
    struct process vmm;
    close_from(3);
    if (!process_open(options.vmm, &vmm))
        fail("the VMM");
    int listener = listen_on(options.host);
    join(&vmm);
    raise_limit();
    detach();
    relay_run(listener, &guest, &vmm);
    return 0;
}
