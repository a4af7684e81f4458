#include "trim.h"

#include "clock.h"
#include "request.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PIECE = 4 << 20,
    /* Left alone of the free memory, and one part in so many of all memory: other programs go on meanwhile. */
    RESERVE = 16 << 20,
    RESERVE_PART = 64,
    /* Beyond its time the helper is in the kernel, and does not look at the clock. */
    GRACE_MS = 1000,
};

/* Shared with the helper, so that it tells also of what it had done when it was ended. */
struct trimming { uint64_t dropped, cleared; int error; };

static uint64_t free_bytes(uint64_t *total)
{
    struct sysinfo s;
    if (sysinfo(&s) < 0)
        return 0;
    if (total)
        *total = (uint64_t) s.totalram * s.mem_unit;
    return (uint64_t) s.freeram * s.mem_unit;
}

/* The kernel hands out zeros; of single pages first those that were in use last. Memory that nobody ever touched lies in the
 * largest blocks, at their lists' ends. */
static bool clear_piece(void)
{
    int how = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE;
    return mmap(NULL, PIECE, PROT_READ | PROT_WRITE, how, -1, 0) != MAP_FAILED;
}

static void clear_free(struct trimming *t, uint64_t untouched, int64_t until)
{
    uint64_t total = 0, before = free_bytes(&total);
    uint64_t reserve = RESERVE + total / RESERVE_PART;
    uint64_t goal = before > untouched ? before - untouched : 0;
    if (goal < t->dropped)
        goal = t->dropped;
    while (t->cleared < goal && monotonic_ms() < until && free_bytes(NULL) > reserve + PIECE && clear_piece())
        t->cleared += PIECE;
}

static noreturn void helper(struct trimming *t, const struct trim_request *request)
{
    int64_t until = monotonic_ms() + request->ms;
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    text_write("/proc/self/oom_score_adj", "1000"); /* or another process would go, should memory get short */
    uint64_t before = free_bytes(NULL);
    if (text_write("/proc/sys/vm/drop_caches", "3")) {
        uint64_t after = free_bytes(NULL);
        t->dropped = after > before ? after - before : 0;
        clear_free(t, request->untouched, until);
    } else {
        t->error = errno;
    }
    _exit(0);
}

/* False when the session ended first, or the time is up: the helper is ended then, and reaped between requests. */
static bool await(struct channel *ch, int helper_end, pid_t pid, uint32_t ms)
{
    for (int64_t until = monotonic_ms() + ms + GRACE_MS;;) {
        struct pollfd p[2] = { channel_poll(ch), { .fd = helper_end, .events = POLLIN } };
        poll(p, 2, poll_timeout(until));
        channel_polled(ch, p[0].revents);
        if (p[1].revents)
            return waitpid(pid, NULL, 0) == pid;
        if (channel_interrupted(ch) || monotonic_ms() >= until) {
            kill(pid, SIGKILL);
            return false;
        }
    }
}

static void answer(struct channel *ch, const struct trimming *t)
{
    uint8_t bytes[16];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u64(&w, t->dropped);
    wire_put_u64(&w, t->cleared);
    channel_send(ch, OK, bytes, sizeof bytes);
}

static void trim(struct channel *ch, const struct trim_request *request, struct trimming *t)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        channel_send_error(ch, errno, "trim helper");
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        close(ch->in); /* or the port would stay open when the session's process ends */
        close(ch->watch);
        helper(t, request);
    }
    close(ends[1]);
    if (pid < 0)
        channel_send_error(ch, EAGAIN, "trim helper");
    else if (!await(ch, ends[0], pid, request->ms))
        channel_interrupted(ch) ? (void) 0 : (void) channel_send_error(ch, ETIMEDOUT, "drop caches");
    else if (t->error)
        channel_send_error(ch, t->error, "drop caches");
    else
        answer(ch, t);
    close(ends[0]);
}

void trim_serve(struct channel *ch, struct frame *frame)
{
    struct trim_request request;
    if (!decode_trim(frame, &request)) {
        channel_protocol_error(ch, "TRIM");
        return;
    }
    channel_consume(ch);
    struct trimming *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t == MAP_FAILED) {
        channel_send_error(ch, errno, "trim helper");
        return;
    }
    trim(ch, &request, t);
    munmap(t, sizeof *t);
}
