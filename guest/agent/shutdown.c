#include "shutdown.h"

#include "clock.h"
#include "cmdline.h"
#include "freezer.h"
#include "mounts.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 2000, KILL_WAIT_MS = 1000, MOUNTINFO_LIMIT = 4 << 20, MAX_MOUNTS = 1024 };

static bool off_is_reset;

void shutdown_configure(void)
{
    char *cmdline = text_read("/proc/cmdline", 65536);
    off_is_reset = cmdline && cmdline_says(cmdline, "smolvm.poweroff", "reset");
    free(cmdline);
}

static noreturn void end_machine(bool reset)
{
    reboot(reset ? RB_AUTOBOOT : RB_POWER_OFF);
    reboot(RB_HALT_SYSTEM);
    for (;;)
        pause();
}

noreturn void power_off(void) { end_machine(off_is_reset); }

/* True when no process is left: all that lose their parent become ours. */
static bool await_processes(int64_t until)
{
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD)
            return true;
        if (pid > 0)
            continue;
        if (monotonic_ms() >= until)
            return false;
        sleep_ms(5);
    }
}

static void end_processes(void)
{
    kill(-1, SIGTERM);
    kill(-1, SIGHUP); /* interactive shells ignore SIGTERM */
    kill(-1, SIGCONT);
    if (await_processes(monotonic_ms() + GRACE_MS))
        return;
    kill(-1, SIGKILL);
    await_processes(monotonic_ms() + KILL_WAIT_MS);
}

struct directories { char *list[MAX_MOUNTS]; size_t count; };

static bool remember(const struct mount_line *m, void *context)
{
    struct directories *d = context;
    d->list[d->count++] = m->directory; /* stays valid: it points into the text */
    return d->count < MAX_MOUNTS;
}

static void rest_file_systems(void)
{
    static struct directories mounted;
    sync();
    char *mountinfo = text_read("/proc/self/mountinfo", MOUNTINFO_LIMIT);
    if (mountinfo)
        mounts_each(mountinfo, remember, &mounted);
    while (mounted.count-- > 0) {
        const char *directory = mounted.list[mounted.count];
        if (umount2(directory, 0) < 0)
            mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL);
    }
    sync();
}

noreturn void shut_down(bool again)
{
    thaw_everything();
    end_processes();
    rest_file_systems();
    end_machine(again || off_is_reset);
}
