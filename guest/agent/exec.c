#include "exec.h"

#include "clock.h"
#include "input_ring.h"
#include "request.h"
#include "spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long output is awaited once the command is dead and something else still holds its pipes. */
enum { LINGER_MS = 200 };

enum exit_kind { EXITED, KILLED, TIMED_OUT };

struct source {
    int fd;
    enum frame_type type;
    int owed; /* bytes that were in the pipe when the command died, still to be sent */
};

struct run {
    struct channel *ch;
    struct child child;
    struct source sources[2];
    struct input_ring ring;
    bool input_ended;
    bool dead, timed_out;
    int status;
    int64_t timeout_at; /* 0: none */
    int64_t linger_until;
};

static void close_input(struct run *run)
{
    if (!run->child.tty && run->child.in >= 0)
        close(run->child.in);
    run->child.in = -1;
}

static void close_source(struct source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    source->owed = 0;
}

static void take_input(struct run *run, const struct frame *frame)
{
    if (frame->length == 0 && run->child.tty) {
        /* End of input on a terminal is its end-of-file character, as if typed. */
        static const uint8_t end_of_file = 4;
        run->ring.granted++;
        if (!ring_add(&run->ring, &end_of_file, 1))
            channel_protocol_error(run->ch, "STDIN window");
    } else if (frame->length == 0) {
        run->input_ended = true;
    } else if (run->input_ended || !ring_add(&run->ring, frame->payload, frame->length)) {
        channel_protocol_error(run->ch, "STDIN beyond its window");
    }
}

static void pass_signal(struct run *run, int signal)
{
    pid_t group = 0;
    if (run->child.tty && run->sources[0].fd >= 0)
        ioctl(run->sources[0].fd, TIOCGPGRP, &group);
    if (group <= 0 && run->dead)
        return; /* its number may belong to others by now */
    kill(group > 0 ? -group : -run->child.pid, signal);
}

/* False when the frame ends the run. */
static bool take_frame(struct run *run, struct frame *frame)
{
    int signal;
    uint16_t rows, cols;
    switch (frame->type) {
    case STDIN:
        take_input(run, frame);
        return true;
    case SIGNAL:
        if (decode_signal(frame, &signal))
            pass_signal(run, signal);
        else
            channel_protocol_error(run->ch, "SIGNAL");
        return true;
    case RESIZE:
        if (!decode_resize(frame, &rows, &cols))
            channel_protocol_error(run->ch, "RESIZE");
        else if (run->child.tty && run->sources[0].fd >= 0)
            ioctl(run->sources[0].fd, TIOCSWINSZ, &(struct winsize) { .ws_row = rows, .ws_col = cols });
        return true;
    case HELLO: case BYE:
        return false;
    default:
        channel_protocol_error(run->ch, "request while a command runs");
        return true;
    }
}

static bool take_frames(struct run *run)
{
    struct frame frame;
    while (run->ch->state == IN_SESSION && channel_peek(run->ch, &frame)) {
        if (!take_frame(run, &frame))
            return false;
        if (run->ch->state == IN_SESSION)
            channel_consume(run->ch);
    }
    return run->ch->state == IN_SESSION;
}

static void move_input(struct run *run)
{
    if (run->child.in >= 0 && !ring_write(&run->ring, run->child.in))
        close_input(run);
    if (run->child.in < 0)
        ring_discard(&run->ring);
    else if (run->input_ended && run->ring.length == 0)
        close_input(run);

    uint32_t grant;
    if (!run->input_ended && !channel_pending(run->ch) && (grant = ring_grant(&run->ring)) > 0) {
        struct wire_writer w = { .at = channel_output(run->ch) };
        w.end = w.at + sizeof grant;
        wire_put_u32(&w, grant);
        channel_queue(run->ch, WINDOW, sizeof grant);
    }
}

static void move_output(struct run *run, struct source *source)
{
    if (source->fd < 0 || channel_pending(run->ch))
        return;
    ssize_t got = read(source->fd, channel_output(run->ch), SEND_PAYLOAD);
    if (got > 0) {
        channel_queue(run->ch, source->type, (size_t) got);
        source->owed = source->owed > got ? source->owed - (int) got : 0;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        /* A terminal's master reports EIO when the last program has closed it. */
        if (run->child.tty)
            run->child.in = -1;
        close_source(source);
    } else {
        source->owed = 0;
    }
}

static void bury(struct run *run)
{
    if (waitpid(run->child.pid, &run->status, WNOHANG) != run->child.pid)
        return;
    run->dead = true;
    run->linger_until = monotonic_ms() + LINGER_MS;
    for (int i = 0; i < 2; i++)
        if (run->sources[i].fd >= 0)
            ioctl(run->sources[i].fd, FIONREAD, &run->sources[i].owed);
}

static bool finished(const struct run *run)
{
    if (!run->dead || channel_pending(run->ch))
        return false;
    bool closed = run->sources[0].fd < 0 && run->sources[1].fd < 0;
    bool sent = run->sources[0].owed == 0 && run->sources[1].owed == 0;
    return closed || (sent && monotonic_ms() >= run->linger_until);
}

static int next_deadline(const struct run *run)
{
    if (run->dead)
        return channel_pending(run->ch) ? -1 : poll_timeout(run->linger_until);
    return run->timeout_at && !run->timed_out ? poll_timeout(run->timeout_at) : -1;
}

static void wait_for_events(struct run *run)
{
    bool can_send = !channel_pending(run->ch);
    struct pollfd p[6] = {
        channel_poll(run->ch),
        { .fd = run->ch->out == run->ch->in || can_send ? -1 : run->ch->out, .events = POLLOUT },
        { .fd = run->dead ? -1 : run->child.pidfd, .events = POLLIN },
        { .fd = can_send ? run->sources[0].fd : -1, .events = POLLIN },
        { .fd = can_send ? run->sources[1].fd : -1, .events = POLLIN },
        { .fd = run->ring.length ? run->child.in : -1, .events = POLLOUT },
    };
    if (poll(p, 6, next_deadline(run)) < 0)
        return;
    channel_polled(run->ch, p[0].revents);
    if (p[2].revents)
        bury(run);
    if (p[3].revents)
        move_output(run, &run->sources[0]);
    if (p[4].revents)
        move_output(run, &run->sources[1]);
    if (run->timeout_at && !run->dead && !run->timed_out && monotonic_ms() >= run->timeout_at) {
        run->timed_out = true;
        kill(-run->child.pid, SIGKILL);
    }
}

static void report_exit(struct run *run)
{
    enum exit_kind kind = run->timed_out ? TIMED_OUT : WIFEXITED(run->status) ? EXITED : KILLED;
    int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : WTERMSIG(run->status);
    if (kind == TIMED_OUT)
        code = SIGKILL;
    uint8_t bytes[5] = { (uint8_t) kind, (uint8_t) code };
    channel_send(run->ch, EXIT, bytes, sizeof bytes);
}

static void start_run(struct run *run, struct channel *ch, const struct exec_request *request)
{
    run->ch = ch;
    run->sources[0] = (struct source) { .fd = run->child.out, .type = STDOUT };
    run->sources[1] = (struct source) { .fd = run->child.err, .type = STDERR };
    ring_reset(&run->ring);
    run->input_ended = run->dead = run->timed_out = false;
    run->timeout_at = request->timeout_ms ? monotonic_ms() + request->timeout_ms : 0;
}

void exec_serve(struct channel *ch, struct frame *frame)
{
    static struct run run;
    struct exec_request request;
    if (!decode_exec(frame, &request)) {
        channel_protocol_error(ch, "EXEC");
        return;
    }
    const char *failed;
    int error = spawn(&request, &run.child, &failed);
    if (!error)
        start_run(&run, ch, &request);
    exec_request_free(&request);
    channel_consume(ch);
    if (error) {
        channel_send_error(ch, error, failed);
        return;
    }

    uint8_t pid[4];
    struct wire_writer w = { .at = pid, .end = pid + sizeof pid };
    wire_put_u32(&w, (uint32_t) run.child.pid);
    bool going = channel_send(ch, STARTED, pid, sizeof pid);
    for (;;) {
        going = going && take_frames(&run);
        move_input(&run);
        if (!going || finished(&run))
            break;
        wait_for_events(&run);
    }
    if (going)
        report_exit(&run);
    else if (!run.dead)
        spawn_hang_up(&run.child);
    close_input(&run);
    close_source(&run.sources[0]);
    close_source(&run.sources[1]);
    close(run.child.pidfd);
}
