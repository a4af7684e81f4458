/* Loaded into QEMU with LD_PRELOAD: its user network (libslirp) opens a host socket for each of the guest's
 * connections, and maps 10.0.2.2 to the host's loopback. What goes to the host and its network fails here. TCP gets
 * ECONNREFUSED, which libslirp answers with a reset: for other errors it sends ICMP, which a guest's kernel may
 * overlook until it tries again a second later. Accepted connections (port forwarding) are not touched.
 *
 * SMOLVM_NETPOLICY_ALLOW=ip:port,… lets named destinations through all the same. */
#include "policy.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define RESOLV_CONF "/etc/resolv.conf"

enum { REFRESH_SECONDS = 3, RESOLV_CONF_LIMIT = 16384 };

static struct policy policy;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static time_t refreshed;

static void read_resolvers(void)
{
    static char text[RESOLV_CONF_LIMIT + 1];
    int fd = open(RESOLV_CONF, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* keep what was known */
    ssize_t size = read(fd, text, RESOLV_CONF_LIMIT);
    close(fd);
    if (size < 0)
        return;
    text[size] = 0;
    policy_parse_resolvers(text, &policy.resolvers);
}

static void read_own_addresses(void)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return;
    policy.own.count = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        if (one->ifa_addr)
            policy_add_own(&policy.own, one->ifa_addr);
    freeifaddrs(all);
}

static void refresh(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (refreshed && now.tv_sec - refreshed < REFRESH_SECONDS)
        return;
    refreshed = now.tv_sec ? now.tv_sec : 1;
    read_resolvers();
    read_own_addresses();
}

__attribute__((constructor)) static void load(void)
{
    const char *allowed = getenv("SMOLVM_NETPOLICY_ALLOW");
    if (allowed)
        policy_parse_allowed(allowed, &policy.allowed);
    refresh();
}

static bool allowed(const struct sockaddr *address, socklen_t length)
{
    if (!address || length < sizeof(sa_family_t) || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return true;
    int error = errno;
    pthread_mutex_lock(&lock);
    refresh();
    bool allows = policy_allows(&policy, address, length);
    pthread_mutex_unlock(&lock);
    errno = allows ? error : ENETUNREACH;
    return allows;
}

/* The C library's function of that name. Without it nothing may pass. */
static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        abort();
    return function;
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    static int (*next)(int, const struct sockaddr *, socklen_t);
    if (!next)
        next = real("connect");
    if (allowed(address, length))
        return next(fd, address, length);
    int type = 0;
    socklen_t size = sizeof type;
    bool stream = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
    errno = stream ? ECONNREFUSED : ENETUNREACH;
    return -1;
}

EXPORT ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const struct sockaddr *address, socklen_t length)
{
    static ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
    if (!next)
        next = real("sendto");
    return allowed(address, length) ? next(fd, bytes, size, flags, address, length) : -1;
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    static ssize_t (*next)(int, const struct msghdr *, int);
    if (!next)
        next = real("sendmsg");
    return allowed(message->msg_name, message->msg_namelen) ? next(fd, message, flags) : -1;
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    static int (*next)(int, struct mmsghdr *, unsigned, int);
    if (!next)
        next = real("sendmmsg");
    for (unsigned i = 0; i < count; i++)
        if (!allowed(messages[i].msg_hdr.msg_name, messages[i].msg_hdr.msg_namelen))
            return i > 0 ? next(fd, messages, i, flags) : -1;
    return next(fd, messages, count, flags);
}
