/* One end of the control channel: frames over a virtio port, a vsock connection or a socket. */
#ifndef SMOLVM_CHANNEL_H
#define SMOLVM_CHANNEL_H

#include "frame.h"
#include "wire.h"

#include <poll.h>

enum {
    /* virtio_console sends at most 32 KiB a write: with its header such a frame is exactly two of them. */
    SEND_PAYLOAD = 65536 - FRAME_HEADER,
    CHANNEL_INPUT = 2 * FRAME_MAX,
};

enum channel_state {
    LISTENING, /* no session: everything up to the next HELLO is thrown away */
    IN_SESSION,
    GONE,      /* the host has disconnected */
};

struct channel {
    int in, out;
    int watch; /* epoll of a virtio port, -1 for a stream that cannot come back */
    enum channel_state state;
    size_t in_start, in_end, out_start, out_end;
    uint8_t input[CHANNEL_INPUT];
    uint8_t output[FRAME_MAX];
};

void channel_open(struct channel *ch, int in, int out, bool port);

/* The next frame, if a whole one has arrived; it stays first until it is consumed. A malformed one is answered
 * with ERROR EPROTO and ends the session. */
bool channel_peek(struct channel *ch, struct frame *frame);
void channel_consume(struct channel *ch);

/* Waits for a frame. False: the state is no longer IN_SESSION, or a LISTENING channel was disconnected. */
bool channel_receive(struct channel *ch, struct frame *frame);

/* For a GONE port: sleeps until the host connects. False where no host can come again. */
bool channel_await_host(struct channel *ch);

void channel_accept_session(struct channel *ch); /* HELLO: forget the output of earlier sessions */
void channel_protocol_error(struct channel *ch, const char *what);

/* Sends one frame. While the host does not read, looks out for what ends the request: false when the session
 * ended or a HELLO or BYE waits. */
bool channel_send(struct channel *ch, enum frame_type type, const void *payload, size_t length);
bool channel_send_ok(struct channel *ch);
bool channel_send_error(struct channel *ch, int error, const char *what);

/* For loops that poll for themselves. */
uint8_t *channel_output(struct channel *ch); /* SEND_PAYLOAD bytes for the next frame, when nothing is pending */
void channel_queue(struct channel *ch, enum frame_type type, size_t length); /* what was put there */
bool channel_pending(const struct channel *ch);
void channel_flush(struct channel *ch);  /* what goes out without waiting */
void channel_fill(struct channel *ch);   /* what is there without waiting */
struct pollfd channel_poll(const struct channel *ch);
void channel_polled(struct channel *ch, short events);
bool channel_interrupted(struct channel *ch); /* the session ended, or HELLO or BYE waits */

#endif
