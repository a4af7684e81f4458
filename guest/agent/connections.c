#include "connections.h"

#include "cmdline.h"
#include "kernel_abi.h"
#include "text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TABLE_LIMIT = 1 << 20 };

/* The address towards the outside. */
static bool own_address(struct in_addr *address)
{
    char value[64];
    char *cmdline = text_read("/proc/cmdline", 65536);
    bool found = cmdline && cmdline_value(cmdline, "smolvm.ip", value, sizeof value);
    free(cmdline);
    if (!found)
        return false;
    value[strcspn(value, "/")] = 0;
    return inet_pton(AF_INET, value, address) == 1;
}

/* Also an IPv4 address in IPv6 form, as a server on both has it. */
static bool as_ipv4(const struct sockaddr_storage *from, struct in_addr *to)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *) from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) from;
    if (from->ss_family == AF_INET) {
        *to = v4->sin_addr;
        return true;
    }
    if (from->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return false;
    memcpy(to, v6->sin6_addr.s6_addr + 12, sizeof *to);
    return true;
}

static bool is_outside(int fd, struct in_addr own)
{
    int protocol;
    struct sockaddr_storage here, there;
    struct in_addr from, to;
    socklen_t size = sizeof protocol, here_size = sizeof here, there_size = sizeof there;
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP
            && getsockname(fd, (struct sockaddr *) &here, &here_size) == 0 && as_ipv4(&here, &from)
            && getpeername(fd, (struct sockaddr *) &there, &there_size) == 0 && as_ipv4(&there, &to)
            && from.s_addr == own.s_addr && to.s_addr != own.s_addr;
}

static void end_one(int process, int number, struct in_addr own)
{
    int fd = (int) syscall(SYS_pidfd_getfd, process, number, 0);
    if (fd < 0)
        return;
    /* To be connected to nothing is to be reset. Some kernels refuse that while somebody waits for the peer. */
    if (is_outside(fd, own) && connect(fd, &(struct sockaddr) { .sa_family = AF_UNSPEC }, sizeof(struct sockaddr)) < 0)
        shutdown(fd, SHUT_RDWR);
    close(fd);
}

static void end_those_of(const char *pid, struct in_addr own)
{
    char path[64], target[16];
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *dir = opendir(path);
    int process = -1;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        ssize_t length = readlinkat(dirfd(dir), e->d_name, target, sizeof target);
        if (length < 8 || memcmp(target, "socket:[", 8) != 0)
            continue;
        if (process < 0 && (process = (int) syscall(SYS_pidfd_open, atoi(pid), 0)) < 0)
            break;
        end_one(process, atoi(e->d_name), own);
    }
    if (process >= 0)
        close(process);
    if (dir)
        closedir(dir);
}

/* Whether any socket of the network namespace has the address, as the kernel's tables write it: to look through all processes
 * for nothing takes longer than all else that a fork needs. */
static bool in_use(struct in_addr own)
{
    static const char *const tables[] = { "/proc/net/tcp", "/proc/net/tcp6" };
    char address[16];
    snprintf(address, sizeof address, "%08X:", (unsigned) own.s_addr);
    bool found = false;
    for (size_t i = 0; !found && i < sizeof tables / sizeof *tables; i++) {
        char *table = text_read(tables[i], TABLE_LIMIT);
        found = table ? strlen(table) == TABLE_LIMIT || strstr(table, address) : errno != ENOENT;
        free(table);
    }
    return found;
}

void connections_end_outside(void)
{
    struct in_addr own;
    DIR *dir = own_address(&own) && in_use(own) ? opendir("/proc") : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (isdigit((unsigned char) e->d_name[0]))
            end_those_of(e->d_name, own);
    if (dir)
        closedir(dir);
}
