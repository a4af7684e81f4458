#include "spawn.h"

#include "environment.h"
#include "text.h"
#include "users.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { ACCOUNTS_LIMIT = 1 << 20, PIPE_SIZE = 256 * 1024, HANG_UP_MS = 2000 };

enum stage { STAGE_TERMINAL, STAGE_USER, STAGE_DIRECTORY, STAGE_EXEC };
static const char *const stage_names[] = { "terminal", "user", "working directory", "command" };

struct failure { int error; enum stage stage; };

struct plan {
    const struct exec_request *request;
    struct account account;
    gid_t groups[ACCOUNT_GROUPS];
    size_t group_count;
    char **env;
    int stdio[3];
    int report; /* close-on-exec: what went wrong, or end of file */
};

void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static int find_account(const char *user, struct plan *plan)
{
    const char *who = *user ? user : "0";
    char *passwd = text_read("/etc/passwd", ACCOUNTS_LIMIT);
    bool found = passwd && account_find(passwd, who, &plan->account);
    free(passwd);
    if (!found) {
        if (*user && strcmp(user, "root") != 0 && strcmp(user, "0") != 0)
            return ENOENT;
        plan->account = (struct account) { .name = "root", .home = "/root", .shell = "/bin/sh" };
    }
    char *group = text_read("/etc/group", ACCOUNTS_LIMIT);
    plan->group_count = account_groups(group ? group : "", plan->account.name, plan->account.gid,
            plan->groups, ACCOUNT_GROUPS);
    free(group);
    return 0;
}

static void fail(const struct plan *plan, enum stage stage)
{
    struct failure failure = { errno, stage };
    ssize_t put = write(plan->report, &failure, sizeof failure);
    _exit(put > 0 ? 127 : 126);
}

static void become(const struct plan *plan)
{
    const struct account *a = &plan->account;
    if (geteuid() == 0) {
        if (setgroups(plan->group_count, plan->groups) < 0 || setgid(a->gid) < 0 || setuid(a->uid) < 0)
            fail(plan, STAGE_USER);
    } else if (a->uid != geteuid() && *plan->request->user) {
        errno = EPERM;
        fail(plan, STAGE_USER);
    }
}

/* What a program must not inherit: ignored signals stay so across an exec. Those with a handler do not. */
static int ignored[NSIG];
static size_t ignored_count;

static void note_ignored_signals(void)
{
    struct sigaction now;
    ignored_count = 0;
    for (int signal = 1; signal < NSIG; signal++)
        if (sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            ignored[ignored_count++] = signal;
}

/* In the parent's memory, while the parent stands still: see spawn. A change of user here makes the agent non-dumpable as well,
 * which keeps that user from looking into the memory that both still share. */
static void child_main(const struct plan *plan)
{
    for (size_t i = 0; i < ignored_count; i++)
        signal(ignored[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    text_write("/proc/self/oom_score_adj", "0");
    umask(022);

    setsid();
    if (plan->request->tty && ioctl(plan->stdio[0], TIOCSCTTY, 0) < 0)
        fail(plan, STAGE_TERMINAL);
    for (int fd = 0; fd < 3; fd++)
        dup2(plan->stdio[fd], fd);

    become(plan);
    const char *cwd = plan->request->cwd;
    if (*cwd ? chdir(cwd) < 0 : chdir(plan->account.home) < 0 && chdir("/") < 0)
        fail(plan, STAGE_DIRECTORY);
    environ = plan->env;
    execvp(plan->request->argv[0], plan->request->argv);
    fail(plan, STAGE_EXEC);
}

static int open_terminal(const struct exec_request *request, int ours[3], int theirs[3])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char *name = NULL;
    int slave = -1;
    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 && (name = ptsname(master)))
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        int error = errno;
        if (master >= 0)
            close(master);
        return error;
    }
    ioctl(master, TIOCSWINSZ, &(struct winsize) { .ws_row = request->rows, .ws_col = request->cols });
    ours[0] = ours[1] = master;
    theirs[0] = theirs[1] = theirs[2] = slave;
    return 0;
}

static int open_pipes(int ours[3], int theirs[3])
{
    for (int fd = 0; fd < 3; fd++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
            return errno;
        fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
        ours[fd] = fd == 0 ? ends[1] : ends[0];
        theirs[fd] = fd == 0 ? ends[0] : ends[1];
        /* A descriptor below 3 would be overwritten by the child's dup2: main opened all three. */
    }
    return 0;
}

static void close_all(const int fds[3])
{
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0 && (i == 0 || fds[i] != fds[i - 1]))
            close(fds[i]);
}

/* Waits for the exec to succeed or the child to say why not. */
static int await_exec(int report, pid_t pid, const char **failed)
{
    struct failure failure;
    ssize_t got;
    do
        got = read(report, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    if (got != sizeof failure)
        return 0;
    waitpid(pid, NULL, 0);
    *failed = stage_names[failure.stage];
    return failure.error;
}

int spawn(const struct exec_request *request, struct child *child, const char **failed)
{
    static struct plan plan;
    static bool noted;
    plan = (struct plan) { .request = request };
    *failed = "user";
    int error = find_account(request->user, &plan);
    if (error)
        return error;

    *failed = "command";
    int ours[3] = { -1, -1, -1 }, theirs[3] = { -1, -1, -1 }, report[2] = { -1, -1 };
    pid_t pid = -1;
    error = request->tty ? open_terminal(request, ours, theirs) : open_pipes(ours, theirs);
    plan.env = environment_for(&plan.account, request);
    if (!error && !plan.env)
        error = errno;
    if (!error && pipe2(report, O_CLOEXEC) < 0)
        error = errno;
    if (!error) {
        memcpy(plan.stdio, theirs, sizeof theirs);
        plan.report = report[1];
        if (!noted) {
            note_ignored_signals();
            noted = true;
        }
        /* Not fork: to copy the memory's map and undo that takes an emulated guest longer than all else that is done here. */
        char **own = environ;
        pid = vfork();
        if (pid == 0)
            child_main(&plan);
        if (pid < 0)
            error = errno;
        environ = own;
    }
    close_all(theirs);
    if (report[1] >= 0)
        close(report[1]);
    if (pid > 0)
        error = await_exec(report[0], pid, failed);
    if (report[0] >= 0)
        close(report[0]);
    environment_free(plan.env);
    if (error) {
        close_all(ours);
        return error;
    }
    for (int i = 0; i < 3; i++)
        if (ours[i] >= 0)
            set_nonblocking(ours[i]);
    *child = (struct child) { .pid = pid, .pidfd = (int) syscall(SYS_pidfd_open, pid, 0),
        .in = ours[0], .out = ours[1], .err = ours[2], .tty = request->tty };
    return 0;
}

void spawn_hang_up(const struct child *child)
{
    pid_t group = child->pid;
    kill(-group, SIGHUP);
    kill(-group, SIGCONT);
    pid_t helper = fork();
    if (helper == 0) {
        if (fork() != 0)
            _exit(0);
        /* While one member lives the group's number cannot be given to another. */
        struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
        for (int waited = 0; waited < HANG_UP_MS && kill(-group, 0) == 0; waited += 20)
            nanosleep(&pause, NULL);
        kill(-group, SIGKILL);
        _exit(0);
    }
    if (helper > 0)
        waitpid(helper, NULL, 0);
}
