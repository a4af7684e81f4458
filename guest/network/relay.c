#include "relay.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256, BUFFER_SIZE = 64 * 1024, FULL_PAUSE_MS = 100, CONNECT_MS = 15000 };

/* One direction of a connection. */
struct flow {
    char *bytes;
    size_t start, end;
    bool ended, shut; /* nothing more comes; and that was passed on */
};

struct connection {
    int client, guest;
    bool connecting;
    struct flow up, down; /* to the guest, and from it */
};

static struct connection connections[MAX_CONNECTIONS];
static size_t count;

static void discard(struct connection *c, bool reset)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    if (reset) {
        setsockopt(c->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        setsockopt(c->guest, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    close(c->client);
    close(c->guest);
    free(c->up.bytes);
    free(c->down.bytes);
    *c = connections[--count];
}

/* False if there is no room, in this process or in the system. */
static bool accept_one(int listener, const struct sockaddr_in *to)
{
    struct connection c = { .connecting = true };
    c.client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (c.client < 0)
        return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
    c.guest = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    c.up.bytes = malloc(BUFFER_SIZE);
    c.down.bytes = malloc(BUFFER_SIZE);
    connections[count++] = c;
    struct connection *added = &connections[count - 1];
    if (c.guest < 0 || !c.up.bytes || !c.down.bytes) {
        discard(added, true);
        return false;
    }
    int on = 1, limit = CONNECT_MS;
    setsockopt(c.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(c.guest, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(c.guest, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
    if (connect(c.guest, (const struct sockaddr *) to, sizeof *to) < 0 && errno != EINPROGRESS)
        discard(added, true);
    return true;
}

static bool later(ssize_t result) { return result < 0 && (errno == EAGAIN || errno == EINTR); }

/* False if the connection is broken. */
static bool take(struct flow *flow, int from)
{
    ssize_t got = recv(from, flow->bytes + flow->end, BUFFER_SIZE - flow->end, 0);
    if (got > 0)
        flow->end += (size_t) got;
    flow->ended |= got == 0;
    return got >= 0 || later(got);
}

static bool give(struct flow *flow, int to)
{
    while (flow->start < flow->end) {
        ssize_t put = send(to, flow->bytes + flow->start, flow->end - flow->start, MSG_NOSIGNAL);
        if (put < 0)
            return later(put);
        flow->start += (size_t) put;
    }
    flow->start = flow->end = 0;
    if (flow->ended && !flow->shut) {
        shutdown(to, SHUT_WR);
        flow->shut = true;
    }
    return true;
}

static short wanted(const struct flow *in, const struct flow *out)
{
    bool takes = !in->ended && in->end < BUFFER_SIZE, gives = out->start < out->end;
    return (short) ((takes ? POLLIN : 0) | (gives ? POLLOUT : 0));
}

static struct pollfd interest(int fd, const struct flow *in, const struct flow *out)
{
    short events = wanted(in, out);
    /* A socket that is shut on both sides would wake us all the time. */
    return (struct pollfd) { events == 0 && out->shut ? -1 : fd, events, 0 };
}

/* False if it is over or broken. */
static bool serve(struct connection *c, short client, short guest)
{
    if (c->connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        if (!guest)
            return true;
        if (getsockopt(c->guest, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
            return false;
        int unlimited = 0; /* a guest may be frozen for long */
        setsockopt(c->guest, IPPROTO_TCP, TCP_USER_TIMEOUT, &unlimited, sizeof unlimited);
        c->connecting = false;
        return true;
    }
    if ((client & (POLLERR | POLLHUP) && !wanted(&c->up, &c->down))
            || (guest & (POLLERR | POLLHUP) && !wanted(&c->down, &c->up)))
        return false;
    if (client && wanted(&c->up, &c->down) & POLLIN && !take(&c->up, c->client))
        return false;
    if (guest && wanted(&c->down, &c->up) & POLLIN && !take(&c->down, c->guest))
        return false;
    return give(&c->up, c->guest) && give(&c->down, c->client) && !(c->up.shut && c->down.shut);
}

void relay_run(int listener, const struct sockaddr_in *to, const struct process *until)
{
    static struct pollfd polled[2 + 2 * MAX_CONNECTIONS];
    bool room = true;
    while (!process_ended(until)) {
        polled[0] = (struct pollfd) { until->pidfd, POLLIN, 0 };
        polled[1] = (struct pollfd) { room && count < MAX_CONNECTIONS ? listener : -1, POLLIN, 0 };
        for (size_t i = 0; i < count; i++) {
            struct connection *c = &connections[i];
            /* Until the guest has answered, the client is left alone: what it sends waits in the kernel. */
            polled[2 + 2 * i] = c->connecting ? (struct pollfd) { .fd = -1 } : interest(c->client, &c->up, &c->down);
            polled[3 + 2 * i] = c->connecting ? (struct pollfd) { c->guest, POLLOUT, 0 }
                : interest(c->guest, &c->down, &c->up);
        }
        if (poll(polled, 2 + 2 * count, room ? process_poll_limit(until) : FULL_PAUSE_MS) < 0 && errno != EINTR)
            return;
        /* Backwards: one that is discarded is replaced with the last, which has been served. */
        for (size_t i = count; i-- > 0;) {
            struct connection *c = &connections[i];
            if (!serve(c, polled[2 + 2 * i].revents, polled[3 + 2 * i].revents))
                discard(c, !(c->up.shut && c->down.shut));
        }
        room = !(polled[1].revents & POLLIN) || accept_one(listener, to);
    }
}
