/* Plays the parties of network_test.sh: a guest behind a tap device, servers that echo, and probes.
 *
 *   peer guest TAP PROGRAM ARGS…   runs PROGRAM in a namespace of its own, whose network card is the tap's other end
 *   peer echo tcp|udp IP PORT      stays behind in the background once it listens
 *   peer tcp|udp|ping IP PORT      prints open, refused, prohibited, unreachable or silent, with "late " before it if that took long
 */
#include "../addresses.h"
#include "../kernel_abi.h"
#include "../netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_LIMIT = 70000, SILENT_MS = 2500, LATE_MS = 500, TRANSFER = 1 << 20, OFFLOADS = 1 | 2, RAW_SOCKETS = 13 };

static void need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int open_tap(const char *name)
{
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    need(tun >= 0 && ioctl(tun, TUNSETIFF, &request) == 0, name);
    ioctl(tun, _IOW('T', 208, unsigned), (unsigned long) OFFLOADS); /* as a VMM does */
    return tun;
}

/* For raw sockets. The user stays unmapped: one who is root may not map himself without a capability. */
static void keep_raw_sockets(void)
{
    struct { uint32_t version; int32_t pid; } header = { 0x20080522, 0 };
    struct { uint32_t effective, permitted, inheritable; } words[2];
    need(syscall(SYS_capget, &header, words) == 0, "capabilities");
    words[0].inheritable |= 1u << RAW_SOCKETS;
    need(syscall(SYS_capset, &header, words) == 0
        && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, RAW_SOCKETS, 0, 0) == 0, "capabilities");
}

static void set_up_card(void)
{
    unsigned card = if_nametoindex("eth0");
    int netlink = netlink_open();
    need(netlink_start_device(netlink, if_nametoindex("lo"), false) && netlink_start_device(netlink, card, false)
        && netlink_add_address(netlink, card, ADDRESS_GUEST)
        && netlink_add_route(netlink, &(struct route) { .table = TABLE_MAIN, .type = TYPE_UNICAST, .to = 0x0a000200,
                .bits = 24, .device = card })
        && netlink_add_route(netlink, &(struct route) { .table = TABLE_MAIN, .type = TYPE_UNICAST, .device = card,
                .gateway = ADDRESS_GATEWAY }), "card");
}

static void copy_frames(int a, int b)
{
    static char frame[FRAME_LIMIT];
    struct pollfd both[] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
    while (poll(both, 2, -1) >= 0)
        for (int i = 0; i < 2; i++) {
            ssize_t size = both[i].revents ? read(both[i].fd, frame, sizeof frame) : 0;
            if (size > 0 && write(both[!i].fd, frame, (size_t) size) < 0 && errno != EAGAIN && errno != EIO)
                perror("peer: frame");
        }
}

static void end_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

/* Plays the VMM, and stays in its namespace. */
static void guest(const char *tap, char **program)
{
    int outer = open_tap(tap);
    pid_t vmm = getpid(), child = fork();
    if (child > 0 && waitpid(child, NULL, 0) == child)
        exit(1);
    need(child == 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, "namespace of the guest");
    int inner = open_tap("eth0");
    set_up_card();
    keep_raw_sockets();
    end_with(vmm);
    pid_t inside = getpid(), copier = fork();
    if (copier == 0) {
        end_with(inside);
        copy_frames(outer, inner);
    }
    execvp(program[0], program);
    need(false, program[0]);
}

static void echo_stream(int listener)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            static char bytes[65536];
            ssize_t size;
            while ((size = read(fd, bytes, sizeof bytes)) > 0)
                for (ssize_t done = 0, put; done < size; done += put)
                    if ((put = write(fd, bytes + done, (size_t) (size - done))) < 0)
                        _exit(1);
            _exit(0);
        }
        close(fd);
    }
}

static void echo(bool stream, const struct sockaddr_in *address)
{
    int on = 1, fd = socket(AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
    need(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && bind(fd, (const struct sockaddr *) address, sizeof *address) == 0 && (!stream || listen(fd, 16) == 0), "listen");
    if (fork() != 0)
        _exit(0);
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    if (stream)
        echo_stream(fd);
    for (;;) {
        char bytes[2048];
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *) &from, &length);
        if (size >= 0)
            sendto(fd, bytes, (size_t) size, 0, (struct sockaddr *) &from, length);
    }
}

static const char *failure(void)
{
    return errno == ECONNREFUSED ? "refused" : errno == EHOSTUNREACH ? "prohibited" : errno == ENETUNREACH ? "unreachable"
        : errno == EAGAIN || errno == EINPROGRESS || errno == ETIMEDOUT ? "silent" : strerror(errno);
}

/* Sends much, then the end, and wants all of it back, and then the end. */
static const char *try_tcp(int fd, const struct sockaddr_in *to)
{
    static char sent[TRANSFER], back[TRANSFER];
    size_t put = 0, got = 0;
    if (connect(fd, (const struct sockaddr *) to, sizeof *to) < 0)
        return failure();
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char) (i * 31 ^ i >> 9);
    for (;;) {
        struct pollfd both = { fd, (short) (POLLIN | (put < sizeof sent ? POLLOUT : 0)), 0 };
        if (poll(&both, 1, SILENT_MS) <= 0)
            return "stuck";
        if (both.revents & POLLOUT) {
            ssize_t n = send(fd, sent + put, sizeof sent - put, MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN)
                return failure();
            put += n > 0 ? (size_t) n : 0;
            if (put == sizeof sent)
                shutdown(fd, SHUT_WR);
        }
        if (both.revents & ~POLLOUT) {
            ssize_t n = recv(fd, back + got, sizeof back - got, 0);
            if (n == 0)
                return got == sizeof back && memcmp(sent, back, got) == 0 ? "open" : "broken";
            if (n < 0 && errno != EAGAIN)
                return failure();
            got += n > 0 ? (size_t) n : 0;
        }
    }
}

static const char *try_udp(int fd, const struct sockaddr_in *to)
{
    char back[16];
    if (connect(fd, (const struct sockaddr *) to, sizeof *to) < 0 || send(fd, "question", 8, 0) < 0)
        return failure();
    return recv(fd, back, sizeof back, 0) == 8 && memcmp(back, "question", 8) == 0 ? "open" : failure();
}

/* A raw socket, which also gets the errors. */
static const char *try_ping(int fd, const struct sockaddr_in *to)
{
    uint8_t request[8] = { 8, 0, 0xe6, 0xfd, 0x11, 0x02, 0x00, 0x00 }, back[256];
    if (sendto(fd, request, sizeof request, 0, (const struct sockaddr *) to, sizeof *to) < 0)
        return failure();
    for (;;) {
        if (recv(fd, back, sizeof back, 0) < 28)
            return failure();
        if (back[20] == 0 && memcmp(back + 12, &to->sin_addr, 4) == 0)
            return "open";
        if (back[20] == 3)
            return back[21] == 13 || back[21] == 9 || back[21] == 10 ? "prohibited" : "unreachable";
    }
}

static void probe(const char *kind, const struct sockaddr_in *to)
{
    struct timespec start, end;
    struct timeval limit = { SILENT_MS / 1000, SILENT_MS % 1000 * 1000 };
    bool tcp = strcmp(kind, "tcp") == 0, udp = strcmp(kind, "udp") == 0;
    int fd = socket(AF_INET, tcp ? SOCK_STREAM : udp ? SOCK_DGRAM : SOCK_RAW, tcp || udp ? 0 : IPPROTO_ICMP);
    need(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    clock_gettime(CLOCK_MONOTONIC, &start);
    const char *result = tcp ? try_tcp(fd, to) : udp ? try_udp(fd, to) : try_ping(fd, to);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
    printf("%s%s\n", ms > LATE_MS && strcmp(result, "open") != 0 ? "late " : "", result);
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "guest") == 0)
        guest(argv[2], argv + 3);
    bool echoes = argc == 5 && strcmp(argv[1], "echo") == 0;
    struct sockaddr_in address = { .sin_family = AF_INET };
    need(argc == 4 + echoes && inet_pton(AF_INET, argv[2 + echoes], &address.sin_addr) == 1, "arguments");
    address.sin_port = htons((in_port_t) atoi(argv[3 + echoes]));
    if (echoes)
        echo(strcmp(argv[2], "tcp") == 0, &address);
    probe(argv[1], &address);
    return 0;
}
