#include "process.h"

#include "kernel_abi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 500 };

static bool gone_or_zombie(const struct process *process)
{
    char text[512];
    int fd = openat(process->directory, "stat", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (size <= 0)
        return true;
    text[size] = 0;
    const char *name_end = strrchr(text, ')'); /* the name may hold anything */
    return !name_end || name_end[1] != ' ' || name_end[2] == 'Z' || name_end[2] == 'X';
}

bool process_open(pid_t pid, struct process *process)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int) pid);
    process->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (process->directory < 0) {
        if (errno == ENOENT)
            errno = ESRCH;
        return false;
    }
    process->pidfd = (int) syscall(SYS_pidfd_open, pid, 0u);
    /* If the number went to another one in between, the first is gone. */
    if (!gone_or_zombie(process))
        return true;
    close(process->directory);
    if (process->pidfd >= 0)
        close(process->pidfd);
    errno = ESRCH;
    return false;
}

int process_poll_limit(const struct process *process) { return process->pidfd >= 0 ? -1 : LOOK_AGAIN_MS; }

bool process_ended(const struct process *process)
{
    struct pollfd end = { process->pidfd, POLLIN, 0 };
    return process->pidfd >= 0 ? poll(&end, 1, 0) > 0 : gone_or_zombie(process);
}

void close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0u) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX); /* before Linux 5.9 */
    for (int fd = (int) first; fd < (limit > 0 ? limit : 65536); fd++)
        close(fd);
}
