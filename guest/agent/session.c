#include "session.h"

#include "exec.h"
#include "freeze.h"
#include "get.h"
#include "init.h"
#include "mount.h"
#include "put.h"
#include "rejuvenate.h"
#include "request.h"
#include "trim.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void hello(struct channel *ch, struct frame *frame)
{
    uint8_t nonce[HELLO_NONCE];
    freeze_release();
    if (!decode_hello(frame, nonce)) {
        channel_consume(ch);
        ch->state = LISTENING;
        return;
    }
    channel_accept_session(ch);
    channel_consume(ch);
    uint8_t bytes[64];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u16(&w, PROTOCOL_VERSION);
    wire_put_bytes(&w, nonce, sizeof nonce);
    wire_put_short_string(&w, AGENT_VERSION);
    channel_send(ch, HELLO_ACK, bytes, (size_t) (w.at - bytes));
}

static void pong(struct channel *ch)
{
    struct timespec now, up;
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &up);
    uint8_t bytes[20];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u64(&w, (uint64_t) now.tv_sec);
    wire_put_u32(&w, (uint32_t) now.tv_nsec);
    wire_put_u64(&w, (uint64_t) up.tv_sec * 1000 + (uint64_t) up.tv_nsec / 1000000);
    channel_send(ch, PONG, bytes, sizeof bytes);
}

static void serve_freeze(struct channel *ch, struct frame *frame)
{
    uint32_t watchdog_ms;
    if (!decode_freeze(frame, &watchdog_ms)) {
        channel_protocol_error(ch, "FREEZE");
        return;
    }
    channel_consume(ch);
    freeze_serve(ch, watchdog_ms);
}

static void serve_shutdown(struct channel *ch, struct frame *frame)
{
    bool reboot;
    if (!decode_shutdown(frame, &reboot)) {
        channel_protocol_error(ch, "SHUTDOWN");
        return;
    }
    channel_consume(ch);
    freeze_release();
    channel_send_ok(ch);
    init_request_shutdown(reboot);
}

static bool changes_the_machine(uint8_t type)
{
    return type == FREEZE || type == THAW || type == REJUVENATE || type == SHUTDOWN || type == MOUNT || type == TRIM;
}

static bool writes_files(uint8_t type)
{
    return type == PUT || type == MKDIR || type == SYMLINK || type == SYNC || type == REJUVENATE || type == MOUNT;
}

/* A request whose payload is empty: false, and the session is over, when it is not. */
static bool bare(struct channel *ch, const struct frame *frame)
{
    if (!decode_empty(frame)) {
        channel_protocol_error(ch, "payload where none belongs");
        return false;
    }
    channel_consume(ch);
    return true;
}

static void serve(struct channel *ch, struct frame *frame)
{
    switch (frame->type) {
    case HELLO: hello(ch, frame); break;
    case PING: if (bare(ch, frame)) pong(ch); break;
    case EXEC: exec_serve(ch, frame); break;
    case PUT: put_serve(ch, frame); break;
    case MKDIR: mkdir_serve(ch, frame); break;
    case SYMLINK: symlink_serve(ch, frame); break;
    case GET: get_serve(ch, frame); break;
    case STAT: stat_serve(ch, frame); break;
    case SYNC: if (bare(ch, frame)) { sync(); channel_send_ok(ch); } break;
    case FREEZE: serve_freeze(ch, frame); break;
    case THAW: if (bare(ch, frame)) thaw_serve(ch); break;
    case REJUVENATE: rejuvenate_serve(ch, frame); break;
    case SHUTDOWN: serve_shutdown(ch, frame); break;
    case MOUNT: mount_serve(ch, frame); break;
    case TRIM: trim_serve(ch, frame); break;
    case STDIN: case SIGNAL: case RESIZE: /* sent before the host saw EXIT */
        channel_consume(ch);
        break;
    default:
        channel_protocol_error(ch, "DATA outside a PUT");
    }
}

static void end_in_order(struct channel *ch)
{
    channel_consume(ch);
    freeze_release();
    channel_send(ch, BYE_ACK, "", 0);
    if (ch->state == IN_SESSION)
        ch->state = LISTENING;
}

void session_serve(struct channel *ch, const struct session_policy *policy)
{
    for (;;) {
        struct frame frame;
        bool got = channel_receive(ch, &frame);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ; /* commands that were hung up, freezers that were let go */
        if (!got) {
            freeze_release();
            if (ch->state == GONE && !channel_await_host(ch))
                return;
        } else if (frame.type == BYE) {
            end_in_order(ch);
        } else if (policy->on_host && changes_the_machine(frame.type)) {
            channel_consume(ch);
            channel_send_error(ch, EPERM, "this agent does not run in a sandbox");
        } else if (freeze_held() && writes_files(frame.type)) {
            /* It would hang until the watchdog; a PUT's DATA is not sent after an ERROR. */
            channel_consume(ch);
            channel_send_error(ch, EBUSY, "this session holds a freeze");
        } else {
            serve(ch, &frame);
        }
    }
}
