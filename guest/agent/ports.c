#include "ports.h"

#include "kernel_abi.h"
#include "log.h"
#include "session.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PORT_CLASS "/sys/class/virtio-ports"

enum { NETLINK_UEVENTS = 15, UEVENT_GROUP = 1 };

static struct channel channel; /* one session a process */

void ports_each(void (*each)(const char *device, void *context), void *context)
{
    DIR *dir = opendir(PORT_CLASS);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, PORT_CLASS "/%s/name", e->d_name);
        char *name = e->d_name[0] == '.' ? NULL : text_read(path, 64);
        if (name && strncmp(name, "smolvm.", 7) == 0 && strlen(e->d_name) < PORT_NAME)
            each(e->d_name, context);
        free(name);
    }
    if (dir)
        closedir(dir);
}

int ports_watch(void)
{
    struct { unsigned short family, pad; unsigned pid, groups; } address = { .family = AF_NETLINK, .groups = UEVENT_GROUP };
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_UEVENTS);
    if (fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* To a host that is in a session with this port: what it waits for died with the agent before this one. Without a
 * host, or with a full port, nobody needs to know. */
static void announce_start(int port)
{
    uint8_t bytes[FRAME_HEADER + 64];
    struct wire_writer w = { .start = bytes + FRAME_HEADER, .at = bytes + FRAME_HEADER, .end = bytes + sizeof bytes };
    static const uint8_t no_nonce[HELLO_NONCE];
    wire_put_u16(&w, PROTOCOL_VERSION);
    wire_put_bytes(&w, no_nonce, sizeof no_nonce);
    wire_put_short_string(&w, AGENT_VERSION);
    frame_header(bytes, HELLO_ACK, (uint32_t) (w.at - w.start));
    if (write(port, bytes, (size_t) (w.at - bytes)) < 0)
        return;
}

void port_serve(const char *device)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/%s", device);
    int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    announce_start(fd);
    channel_open(&channel, fd, fd, true);
    session_serve(&channel, &(struct session_policy) { 0 });
}

int stdio_serve(void)
{
    channel_open(&channel, 0, 1, false);
    session_serve(&channel, &(struct session_policy) { .on_host = true });
    return 0;
}

/* A process for each connection that `welcome` accepts. */
static void accept_sessions(int listener, bool (*welcome)(int fd), const struct session_policy *policy)
{
    signal(SIGCHLD, SIG_IGN); /* nobody waits for a session */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            sleep(1); /* out of descriptors or memory: a busy loop would not help */
        if (fd < 0)
            continue;
        if (welcome(fd) && fork() == 0) {
            signal(SIGCHLD, SIG_DFL);
            close(listener);
            channel_open(&channel, fd, fd, false);
            session_serve(&channel, policy);
            _exit(0);
        }
        close(fd);
    }
}

static bool anyone(int fd)
{
    (void) fd;
    return true;
}

int socket_serve(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        log_line("socket path too long: %s", path);
        return 2;
    }
    strcpy(address.sun_path, path);
    unlink(path);
    umask(077);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 16) < 0) {
        log_line("cannot listen on %s: %s", path, strerror(errno));
        return 1;
    }
    accept_sessions(fd, anyone, &(struct session_policy) { .on_host = true });
    return 0;
}

bool vsock_available(void)
{
    unsigned cid = (unsigned) VSOCK_CID_ANY;
    int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) == 0 && cid != (unsigned) VSOCK_CID_ANY;
    close(fd);
    return good;
}

/* A program in the guest could connect too, and would get root. */
static bool is_host(int fd)
{
    struct vsock_address peer = { 0 };
    socklen_t length = sizeof peer;
    return getpeername(fd, (struct sockaddr *) &peer, &length) == 0 && peer.cid == VSOCK_CID_HOST;
}

void vsock_serve(void)
{
    struct vsock_address address = { .family = AF_VSOCK, .port = VSOCK_PORT, .cid = (unsigned) VSOCK_CID_ANY };
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof address) < 0 || listen(fd, 16) < 0)
        return;
    accept_sessions(fd, is_host, &(struct session_policy) { 0 });
}
