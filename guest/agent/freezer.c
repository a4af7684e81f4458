#include "freezer.h"

#include "clock.h"
#include "kernel_abi.h"
#include "mounts.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_FILE "/run/smolvm/freeze.lock"

enum { MAX_FILE_SYSTEMS = 256, MOUNTINFO_LIMIT = 4 << 20, LOCK_WAIT_MS = 200 };

struct file_system { int fd; dev_t device; bool frozen; };

struct freeze {
    struct file_system list[MAX_FILE_SYSTEMS];
    size_t count;
    struct freeze_result result;
};

static bool fail(struct freeze *f, enum freeze_step step)
{
    f->result.error = errno ? errno : EIO;
    f->result.failed = step;
    return false;
}

static bool add_mount(const struct mount_line *m, void *context)
{
    struct freeze *f = context;
    if (!mount_is_writable_disk(m))
        return true;
    dev_t device = makedev(m->major, m->minor);
    for (size_t i = 0; i < f->count; i++)
        if (f->list[i].device == device)
            return true;
    if (f->count == MAX_FILE_SYSTEMS)
        return false;
    int fd = open(m->directory, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    /* A mount point hidden under a later mount shows another file system; btrfs shows a number of its own. */
    bool right = fd >= 0 && fstat(fd, &st) == 0 && (st.st_dev == device || strcmp(m->fstype, "btrfs") == 0);
    if (right)
        f->list[f->count++] = (struct file_system) { .fd = fd, .device = device };
    else if (fd >= 0)
        close(fd);
    return true;
}

static bool open_file_systems(struct freeze *f)
{
    errno = 0;
    char *mountinfo = text_read("/proc/self/mountinfo", MOUNTINFO_LIMIT);
    if (!mountinfo)
        return fail(f, FREEZE_MOUNTS);
    bool all = mounts_each(mountinfo, add_mount, f);
    free(mountinfo);
    errno = E2BIG;
    return all || fail(f, FREEZE_MOUNTS);
}

static bool sync_all(struct freeze *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (syncfs(f->list[i].fd) < 0)
            return fail(f, FREEZE_SYNC);
    return true;
}

static void thaw(struct freeze *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->list[i].frozen)
            ioctl(f->list[i].fd, FITHAW, 0);
        f->list[i].frozen = false;
    }
}

/* The last mounted goes first: it may be an image inside an earlier one. */
static bool freeze_all(struct freeze *f)
{
    for (size_t i = f->count; i-- > 0;) {
        if (ioctl(f->list[i].fd, FIFREEZE, 0) == 0) {
            f->list[i].frozen = true;
            f->result.frozen++;
        } else if (errno == EOPNOTSUPP || errno == ENOTTY) {
            f->result.synced++;
        } else {
            return fail(f, FREEZE_IOCTL);
        }
    }
    return true;
}

void thaw_everything(void)
{
    static struct freeze all;
    all.count = 0;
    open_file_systems(&all);
    for (size_t i = 0; i < all.count; i++) {
        ioctl(all.list[i].fd, FITHAW, 0);
        close(all.list[i].fd);
    }
}

/* A process that only waits for the holder to die, however that comes, and thaws what it may have left. */
static pid_t start_guard(struct freeze *f, int session, int holder[2])
{
    pid_t guard = fork();
    if (guard != 0)
        return guard;
    close(session);
    close(holder[1]);
    char byte;
    while (read(holder[0], &byte, 1) < 0 && errno == EINTR)
        ;
    for (size_t i = f->count; i-- > 0;)
        ioctl(f->list[i].fd, FITHAW, 0);
    _exit(0);
}

static bool take_lock(struct freeze *f)
{
    /* On tmpfs, made at boot: even a mkdir that finds its directory there would hang on a frozen root. */
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(f, FREEZE_LOCK);
    /* A session that has just ended may still be thawing. */
    for (int64_t until = monotonic_ms() + LOCK_WAIT_MS; flock(fd, LOCK_EX | LOCK_NB) < 0; sleep_ms(5)) {
        if (monotonic_ms() >= until) {
            errno = EBUSY;
            return fail(f, FREEZE_LOCK);
        }
    }
    return true; /* held until the holder and its guard are gone */
}

static void hold(int session, int64_t until)
{
    struct pollfd p = { .fd = session, .events = POLLIN };
    while (poll(&p, 1, poll_timeout(until)) < 0 || (!p.revents && monotonic_ms() < until))
        ;
}

noreturn void freezer_main(int session, uint32_t watchdog_ms)
{
    static struct freeze f;
    int holder[2];
    /* A shutdown's SIGTERM must not end it before it has thawed: the session's end does that. */
    for (size_t i = 0; i < 3; i++)
        signal((int[]) { SIGTERM, SIGHUP, SIGINT }[i], SIG_IGN);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    if (take_lock(&f) && open_file_systems(&f) && sync_all(&f)) {
        if (pipe2(holder, O_CLOEXEC) < 0) {
            fail(&f, FREEZE_HELPER);
        } else {
            int64_t until = monotonic_ms() + watchdog_ms;
            pid_t guard = start_guard(&f, session, holder);
            close(holder[0]);
            if (guard < 0)
                fail(&f, FREEZE_HELPER);
            else if (freeze_all(&f) && send(session, &f.result, sizeof f.result, MSG_NOSIGNAL) > 0)
                hold(session, until);
            thaw(&f);
            close(holder[1]);
            if (guard > 0)
                waitpid(guard, NULL, 0);
        }
    }
    char byte;
    if (f.result.error)
        send(session, &f.result, sizeof f.result, MSG_NOSIGNAL);
    else if (recv(session, &byte, 1, MSG_DONTWAIT) == 1)
        send(session, "T", 1, MSG_NOSIGNAL);
    _exit(0);
}
