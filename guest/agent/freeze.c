#include "freeze.h"

#include "freezer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int helper = -1; /* our end of its socket */
static pid_t helper_pid;

static void forget_helper(void)
{
    close(helper);
    helper = -1;
    waitpid(helper_pid, NULL, 0);
}

void freeze_release(void)
{
    if (helper < 0)
        return;
    close(helper); /* the helper thaws and ends, at the latest when the kernel lets go of its FIFREEZE */
    helper = -1;
}

bool freeze_held(void)
{
    if (helper < 0)
        return false;
    struct pollfd p = { .fd = helper, .events = POLLIN };
    return poll(&p, 1, 0) == 0; /* readable: it has ended */
}

/* False when the session ended first. */
static bool await_result(struct channel *ch, struct freeze_result *result)
{
    for (;;) {
        struct pollfd p[2] = { channel_poll(ch), { .fd = helper, .events = POLLIN } };
        poll(p, 2, -1);
        channel_polled(ch, p[0].revents);
        if (channel_interrupted(ch))
            return false;
        if (p[1].revents) {
            if (recv(helper, result, sizeof *result, 0) != sizeof *result)
                *result = (struct freeze_result) { .error = EIO, .failed = FREEZE_HELPER };
            return true;
        }
    }
}

static const char *describe(enum freeze_step step)
{
    switch (step) {
    case FREEZE_HELPER: return "freeze helper";
    case FREEZE_LOCK: return "another session holds a freeze";
    case FREEZE_MOUNTS: return "read mounts";
    case FREEZE_SYNC: return "sync file system";
    case FREEZE_IOCTL: return "freeze file system";
    }
    return "freeze";
}

void freeze_serve(struct channel *ch, uint32_t watchdog_ms)
{
    int ends[2];
    if (helper >= 0) {
        if (freeze_held()) {
            channel_send_error(ch, EBUSY, "this session holds a freeze");
            return;
        }
        forget_helper();
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        channel_send_error(ch, errno, "freeze helper");
        return;
    }
    helper_pid = fork();
    if (helper_pid == 0) {
        close(ends[0]);
        close(ch->in); /* or the port would stay open when the session's process ends */
        close(ch->watch);
        freezer_main(ends[1], watchdog_ms);
    }
    close(ends[1]);
    helper = ends[0];
    if (helper_pid < 0) {
        freeze_release();
        channel_send_error(ch, EAGAIN, "freeze helper");
        return;
    }
    struct freeze_result result;
    if (!await_result(ch, &result)) {
        freeze_release();
    } else if (result.error) {
        forget_helper();
        channel_send_error(ch, result.error, describe(result.failed));
    } else {
        uint8_t counts[4];
        struct wire_writer w = { .at = counts, .end = counts + sizeof counts };
        wire_put_u16(&w, result.frozen);
        wire_put_u16(&w, result.synced);
        channel_send(ch, OK, counts, sizeof counts);
    }
}

void thaw_serve(struct channel *ch)
{
    if (helper < 0) {
        channel_send_ok(ch);
        return;
    }
    bool in_time = freeze_held();
    if (in_time) {
        char byte = 0;
        send(helper, "T", 1, MSG_NOSIGNAL);
        in_time = recv(helper, &byte, 1, 0) == 1 && byte == 'T';
    }
    forget_helper();
    if (in_time)
        channel_send_ok(ch);
    else
        channel_send_error(ch, ETIMEDOUT, "the watchdog has thawed before");
}
