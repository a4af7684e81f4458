#include "channel.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { AWAY_MS = 200 };

void channel_open(struct channel *ch, int in, int out, bool port)
{
    *ch = (struct channel) { .in = in, .out = out, .watch = -1, .state = LISTENING };
    fcntl(in, F_SETFL, fcntl(in, F_GETFL) | O_NONBLOCK);
    fcntl(out, F_SETFL, fcntl(out, F_GETFL) | O_NONBLOCK);
    if (port) {
        /* poll() on a port without a host returns POLLHUP at once, for ever; an edge-triggered epoll sleeps until
         * the driver wakes its wait queue, which it does when the host connects or disconnects. */
        ch->watch = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLET };
        epoll_ctl(ch->watch, EPOLL_CTL_ADD, in, &event);
    }
}

bool channel_await_host(struct channel *ch)
{
    if (ch->watch < 0)
        return false;
    for (;;) {
        struct pollfd port = { .fd = ch->in, .events = POLLIN };
        poll(&port, 1, 0);
        if (!(port.revents & POLLHUP))
            break;
        struct epoll_event event;
        epoll_wait(ch->watch, &event, 1, -1);
    }
    ch->state = LISTENING;
    return true;
}

/* That the host of the session before has left may be heard of after the first frames of the next one: another queue brings
 * it, and that the next one is here right behind it. A session that ended at that would never answer its host. */
static bool host_is_gone(const struct channel *ch)
{
    bool could_be_late = ch->watch >= 0 && ch->state == IN_SESSION;
    for (int64_t until = monotonic_ms() + AWAY_MS; could_be_late && monotonic_ms() < until; sleep_ms(2)) {
        struct pollfd port = { .fd = ch->in, .events = POLLIN };
        poll(&port, 1, 0);
        if (!(port.revents & POLLHUP))
            return false;
    }
    return true;
}

static void drop_input(struct channel *ch, size_t count)
{
    ch->in_start += count;
    if (ch->in_start == ch->in_end)
        ch->in_start = ch->in_end = 0;
}

bool channel_peek(struct channel *ch, struct frame *frame)
{
    if (ch->state == GONE)
        return false;
    uint8_t *data = ch->input + ch->in_start;
    size_t size = ch->in_end - ch->in_start;
    if (ch->state == LISTENING) {
        size_t junk = frame_find_hello(data, size);
        drop_input(ch, junk);
        data = ch->input + ch->in_start;
        size -= junk;
    }
    size_t used;
    switch (frame_parse(data, size, &used, frame)) {
    case FRAME_READY:
        return true;
    case FRAME_INCOMPLETE:
        drop_input(ch, used);
        return false;
    case FRAME_INVALID:
        drop_input(ch, used);
        channel_protocol_error(ch, "malformed frame");
        return false;
    }
    return false;
}

void channel_consume(struct channel *ch)
{
    struct frame frame;
    size_t used;
    if (frame_parse(ch->input + ch->in_start, ch->in_end - ch->in_start, &used, &frame) == FRAME_READY)
        drop_input(ch, used);
}

bool channel_receive(struct channel *ch, struct frame *frame)
{
    enum channel_state state = ch->state;
    while (ch->state == state && state != GONE) {
        if (channel_peek(ch, frame))
            return true;
        if (ch->state != state)
            break;
        struct pollfd p = channel_poll(ch);
        p.events |= POLLIN;
        p.fd = ch->in;
        if (poll(&p, 1, -1) > 0)
            channel_fill(ch);
        channel_flush(ch);
    }
    return false;
}

void channel_accept_session(struct channel *ch)
{
    ch->state = IN_SESSION;
    ch->out_start = ch->out_end = 0;
}

void channel_protocol_error(struct channel *ch, const char *what)
{
    if (ch->state != IN_SESSION)
        return;
    channel_send_error(ch, EPROTO, what);
    if (ch->state == IN_SESSION)
        ch->state = LISTENING;
}

void channel_fill(struct channel *ch)
{
    if (ch->in_start > 0 && ch->in_end > CHANNEL_INPUT / 2) {
        memmove(ch->input, ch->input + ch->in_start, ch->in_end - ch->in_start);
        ch->in_end -= ch->in_start;
        ch->in_start = 0;
    }
    /* A port gives 4 KiB a read: take a frame's worth before anybody looks at it. */
    for (size_t taken = 0, space; taken < FRAME_MAX && (space = CHANNEL_INPUT - ch->in_end) > 0;) {
        ssize_t got = read(ch->in, ch->input + ch->in_end, space);
        if (got > 0) {
            ch->in_end += (size_t) got;
            taken += (size_t) got;
            continue;
        }
        bool nothing_yet = got < 0 && (errno == EAGAIN || errno == EINTR);
        if (!nothing_yet && taken == 0 && host_is_gone(ch))
            ch->state = GONE; /* else what came before the end is read first */
        return;
    }
}

bool channel_pending(const struct channel *ch) { return ch->out_start < ch->out_end; }

void channel_flush(struct channel *ch)
{
    while (channel_pending(ch) && ch->state != GONE) {
        ssize_t put = write(ch->out, ch->output + ch->out_start, ch->out_end - ch->out_start);
        if (put > 0) {
            ch->out_start += (size_t) put;
        } else {
            if (errno != EAGAIN && errno != EINTR)
                ch->state = GONE;
            return;
        }
    }
}

uint8_t *channel_output(struct channel *ch) { return ch->output + FRAME_HEADER; }

void channel_queue(struct channel *ch, enum frame_type type, size_t length)
{
    frame_header(ch->output, type, (uint32_t) length);
    ch->out_start = 0;
    ch->out_end = FRAME_HEADER + length;
    channel_flush(ch);
}

struct pollfd channel_poll(const struct channel *ch)
{
    short events = POLLRDHUP;
    if (ch->in_end - ch->in_start < CHANNEL_INPUT)
        events |= POLLIN;
    if (channel_pending(ch) && ch->in == ch->out)
        events |= POLLOUT;
    return (struct pollfd) { .fd = ch->in, .events = events };
}

void channel_polled(struct channel *ch, short events)
{
    if (events & POLLIN)
        channel_fill(ch);
    bool full = ch->in_end - ch->in_start == CHANNEL_INPUT;
    if ((events & (POLLHUP | POLLERR) || (events & POLLRDHUP && full)) && host_is_gone(ch))
        ch->state = GONE;
    channel_flush(ch);
}

bool channel_interrupted(struct channel *ch)
{
    struct frame frame;
    while (ch->state == IN_SESSION && channel_peek(ch, &frame)) {
        switch (frame.type) {
        case STDIN: case SIGNAL: case RESIZE: /* for a command that has ended meanwhile */
            channel_consume(ch);
            break;
        default:
            return frame.type == HELLO || frame.type == BYE;
        }
    }
    return ch->state != IN_SESSION;
}

/* Whether a new session's HELLO waits behind whatever else has arrived. */
static bool hello_waits(struct channel *ch)
{
    uint8_t *data = ch->input + ch->in_start;
    size_t size = ch->in_end - ch->in_start, used;
    struct frame frame;
    for (;;) {
        switch (frame_parse(data, size, &used, &frame)) {
        case FRAME_READY:
            if (frame.type == HELLO)
                return true;
            data += used;
            size -= used;
            break;
        case FRAME_INCOMPLETE:
            return false;
        case FRAME_INVALID:
            return frame_find_hello(data, size) < size;
        }
    }
}

/* Waits until the output has gone. */
static bool drain(struct channel *ch)
{
    channel_flush(ch);
    while (channel_pending(ch)) {
        struct pollfd p[2] = { channel_poll(ch), { .fd = ch->out, .events = POLLOUT } };
        if (poll(p, ch->in == ch->out ? 1 : 2, -1) > 0)
            channel_polled(ch, p[0].revents);
        if (ch->state == GONE)
            return false;
        if (hello_waits(ch))
            return false;
    }
    return ch->state == IN_SESSION;
}

bool channel_send(struct channel *ch, enum frame_type type, const void *payload, size_t length)
{
    if (ch->state != IN_SESSION || !drain(ch))
        return false;
    memcpy(channel_output(ch), payload, length);
    channel_queue(ch, type, length);
    return drain(ch);
}

bool channel_send_ok(struct channel *ch) { return channel_send(ch, OK, "", 0); }

bool channel_send_error(struct channel *ch, int error, const char *what)
{
    char message[512];
    snprintf(message, sizeof message, "%s: %s", what, strerror(error));
    uint8_t bytes[1024];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u32(&w, (uint32_t) error);
    wire_put_short_string(&w, message);
    return channel_send(ch, ERROR, bytes, (size_t) (w.at - w.start));
}
