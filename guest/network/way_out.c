#include "way_out.h"

#include "addresses.h"
#include "arp.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_LIMIT_MS = 10000, ASK_AGAIN_MS = 10, LOG_LIMIT = 64 * 1024 };

struct guard {
    const char *slirp;
    pid_t sandbox_pid;
    struct process sandbox;
    int control, log;
    size_t logged;
};

static void run_slirp(const struct guard *guard, int words, int exits)
{
    char pid[16], end[32];
    snprintf(pid, sizeof pid, "%d", (int) guard->sandbox_pid);
    snprintf(end, sizeof end, "--exit-fd=%d", exits);
    char *arguments[] = { "slirp4netns", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp", "--mtu=1500",
        end, pid, WAY_OUT_DEVICE, NULL };
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(words, 1) < 0 || dup2(words, 2) < 0 || fcntl(exits, F_SETFD, 0) < 0)
        _exit(EXIT_FAILURE);
    execv(guard->slirp, arguments);
    dprintf(2, "%s\n", strerror(errno));
    _exit(EXIT_FAILURE);
}

/* False at the end of file. */
static bool pass_on(struct guard *guard, int words)
{
    char text[1024];
    ssize_t size = read(words, text, sizeof text);
    if (size <= 0)
        return size < 0 && (errno == EAGAIN || errno == EINTR);
    if (write(guard->control, text, (size_t) size) < 0)
        guard->control = -1; /* the sandbox runs its program by now, and does not listen */
    if (guard->log >= 0 && guard->logged < LOG_LIMIT && write(guard->log, text, (size_t) size) > 0)
        guard->logged += (size_t) size;
    return true;
}

static void watch(struct guard *guard, pid_t slirp, int words, int children)
{
    struct pollfd polled[] = { { guard->sandbox.pidfd, POLLIN, 0 }, { words, POLLIN, 0 }, { children, POLLIN, 0 } };
    while (!process_ended(&guard->sandbox)) {
        if (poll(polled, 3, process_poll_limit(&guard->sandbox)) < 0 && errno != EINTR)
            break;
        if (polled[1].revents && !pass_on(guard, words))
            polled[1].fd = -1;
        struct signalfd_siginfo ignored; /* one may also tell that it was stopped */
        if (polled[2].revents && read(children, &ignored, sizeof ignored) > 0 && waitpid(slirp, NULL, WNOHANG) == slirp) {
            while (poll(polled + 1, 1, 0) > 0 && pass_on(guard, words))
                ;
            return;
        }
    }
    kill(slirp, SIGKILL);
    waitpid(slirp, NULL, 0);
}

/* Ends when slirp4netns does, and ends it with the sandbox. */
static void guard_main(struct guard *guard)
{
    prctl(PR_SET_DUMPABLE, 0); /* a VMM that was broken into has the same user */
    setsid();
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || chdir("/") < 0)
        return;
    char go;
    if (read(guard->control, &go, 1) != 1)
        return;
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    /* The second ends it also when we are killed. */
    int words[2], exits[2];
    if (children < 0 || pipe2(words, O_CLOEXEC) < 0 || pipe2(exits, O_CLOEXEC) < 0)
        return;
    fcntl(words[0], F_SETFL, O_NONBLOCK);
    pid_t slirp = fork();
    if (slirp == 0) {
        close(exits[1]);
        run_slirp(guard, words[1], exits[0]);
    }
    close(words[1]);
    close(exits[0]);
    if (slirp > 0)
        watch(guard, slirp, words[0], children);
}

const char *way_out_prepare(struct way_out *way_out, const char *slirp, int log)
{
    struct guard guard = { .slirp = slirp, .sandbox_pid = getpid(), .log = log };
    int ends[2];
    if (!process_open(guard.sandbox_pid, &guard.sandbox))
        return "/proc";
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return "socket";
    way_out->control = ends[0];
    guard.control = ends[1];
    signal(SIGCHLD, SIG_DFL); /* whoever ignores it cannot wait for children */
    /* Twice, so that the program does not get a child that it knows nothing of. */
    pid_t between = fork();
    if (between < 0)
        return "fork";
    if (between == 0) {
        close(ends[0]);
        pid_t child = fork();
        if (child == 0)
            guard_main(&guard);
        _exit(child < 0);
    }
    close(ends[1]);
    close(guard.sandbox.directory);
    if (guard.sandbox.pidfd >= 0)
        close(guard.sandbox.pidfd);
    int status;
    return waitpid(between, &status, 0) == between && status == 0 ? NULL : "fork";
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* False at the end of file. Keeps what fits of the end. */
static bool listen_to(const struct way_out *way_out, char *words, size_t size)
{
    char text[512];
    ssize_t got = recv(way_out->control, text, sizeof text, 0);
    if (got <= 0)
        return false;
    size_t length = strlen(words);
    if (length + (size_t) got >= size)
        length = 0;
    memcpy(words + length, text, (size_t) got);
    words[length + (size_t) got] = 0;
    return true;
}

bool way_out_start(struct way_out *way_out, char *words, size_t size)
{
    long long end = now_ms() + START_LIMIT_MS;
    bool answered = false, alive = send(way_out->control, "", 1, MSG_NOSIGNAL) == 1;
    int arp = arp_open(WAY_OUT_DEVICE);
    words[0] = 0;
    while (!answered && alive && arp >= 0 && now_ms() < end) {
        struct pollfd polled[] = { { way_out->control, POLLIN, 0 }, { arp, POLLIN, 0 } };
        arp_ask(arp, ADDRESS_GUEST, ADDRESS_RESOLVER); /* lost while nobody holds the device */
        if (poll(polled, 2, ASK_AGAIN_MS) <= 0)
            continue;
        answered = polled[1].revents && arp_answered(arp, ADDRESS_RESOLVER);
        alive = !polled[0].revents || listen_to(way_out, words, size);
    }
    if (arp < 0)
        snprintf(words, size, "%s: %s\n", WAY_OUT_DEVICE, strerror(errno));
    else
        close(arp);
    if (!answered && now_ms() >= end)
        snprintf(words, size, "no answer in %d s\n", START_LIMIT_MS / 1000);
    return answered;
}
