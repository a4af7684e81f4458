#include "init.h"

#include "boot.h"
#include "clock.h"
#include "cmdline.h"
#include "identity.h"
#include "log.h"
#include "net.h"
#include "ports.h"
#include "shutdown.h"
#include "ssh.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SERVICES = 40, RESTART_MS = 200, SSHD_RESTART_MS = 1000 };

enum service_kind { SERVICE_PORT, SERVICE_VSOCK, SERVICE_SSHD };

struct service {
    enum service_kind kind;
    char device[PORT_NAME];
    pid_t pid; /* 0: not running */
    int64_t start_at;
};

static struct service services[MAX_SERVICES];
static size_t service_count;
static sigset_t handled;

static void run_service(const struct service *service)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    switch (service->kind) {
    case SERVICE_PORT:
        signal(SIGPIPE, SIG_IGN);
        port_serve(service->device);
        break;
    case SERVICE_VSOCK:
        signal(SIGPIPE, SIG_IGN);
        vsock_serve();
        break;
    case SERVICE_SSHD:
        text_write("/proc/self/oom_score_adj", "0");
        ssh_become_server();
        break;
    }
    _exit(1);
}

static void start_due_services(void)
{
    int64_t now = monotonic_ms();
    for (struct service *s = services; s < services + service_count; s++) {
        if (s->pid || now < s->start_at)
            continue;
        s->start_at = now + (s->kind == SERVICE_SSHD ? SSHD_RESTART_MS : RESTART_MS);
        s->pid = fork();
        if (s->pid == 0)
            run_service(s);
        if (s->pid < 0)
            s->pid = 0;
    }
}

static void add_service(enum service_kind kind, const char *device)
{
    for (size_t i = 0; i < service_count; i++)
        if (services[i].kind == kind && strcmp(services[i].device, device) == 0)
            return;
    if (service_count == MAX_SERVICES)
        return;
    struct service *s = &services[service_count++];
    *s = (struct service) { .kind = kind };
    snprintf(s->device, sizeof s->device, "%s", device);
}

static void add_port(const char *device, void *context)
{
    (void) context;
    add_service(SERVICE_PORT, device);
}

static void reap(void)
{
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
        for (size_t i = 0; i < service_count; i++)
            if (services[i].pid == pid)
                services[i].pid = 0;
}

static void restart_sshd(void)
{
    for (size_t i = 0; i < service_count; i++) {
        if (services[i].kind != SERVICE_SSHD || !services[i].pid)
            continue;
        services[i].start_at = 0;
        kill(services[i].pid, SIGTERM);
    }
}

static void handle_signal(int signal)
{
    switch (signal) {
    case SIGCHLD: reap(); break;
    case SIGHUP: restart_sshd(); break;
    case SIGUSR1: case SIGUSR2: shut_down(false); break;
    case SIGTERM: case SIGINT: shut_down(true); break;
    default: break;
    }
}

/* True when a message was about virtio ports: a new one, or one that has got its name. */
static bool ports_changed(int watch)
{
    char message[2048];
    bool changed = false;
    ssize_t got;
    /* The first line is ACTION@DEVPATH. */
    while ((got = recv(watch, message, sizeof message - 1, 0)) > 0 || (got < 0 && errno == ENOBUFS)) {
        message[got > 0 ? got : 0] = 0;
        changed = changed || got < 0 || strstr(message, "virtio-ports"); /* < 0: some were lost */
    }
    return changed;
}

static void supervise(bool with_agent, int watch)
{
    int signals = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
    bool look_for_ports = with_agent;
    for (;;) {
        if (look_for_ports)
            ports_each(add_port, NULL);
        start_due_services();

        int64_t next = INT64_MAX;
        for (size_t i = 0; i < service_count; i++)
            if (!services[i].pid && services[i].start_at < next)
                next = services[i].start_at;
        struct pollfd p[2] = { { .fd = signals, .events = POLLIN }, { .fd = with_agent ? watch : -1, .events = POLLIN } };
        poll(p, 2, next == INT64_MAX ? -1 : poll_timeout(next));
        look_for_ports = p[1].revents && ports_changed(watch);
        struct signalfd_siginfo info;
        while (read(signals, &info, sizeof info) == sizeof info)
            handle_signal((int) info.ssi_signo);
    }
}

static void set_limits(void)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit) { .rlim_cur = 1024, .rlim_max = 524288 });
    text_write("/proc/self/oom_score_adj", "-1000");
    umask(022);
}

static char *configure(void)
{
    char value[4096], key[4096];
    char *cmdline = text_read("/proc/cmdline", 65536);
    if (!cmdline && !(cmdline = strdup("")))
        abort();
    net_configure(cmdline);
    if (cmdline_value(cmdline, "smolvm.hostname", value, sizeof value) && identity_name_is_valid(value))
        identity_set_hostname(value);
    identity_make_machine_id();
    if (cmdline_value(cmdline, "smolvm.ssh_key", value, sizeof value) && base64_text(value, key, sizeof key)) {
        ssh_authorize(key);
        if (ssh_is_installed())
            add_service(SERVICE_SSHD, "");
    }
    return cmdline;
}

void init_main(void)
{
    sigemptyset(&handled);
    for (size_t i = 0; i < 6; i++)
        sigaddset(&handled, (int[]) { SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT }[i]);
    sigprocmask(SIG_BLOCK, &handled, NULL);
    setsid();
    boot_into_root();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    set_limits();
    reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del comes as SIGINT */
    int watch = ports_watch();
    char *cmdline = configure();
    bool with_agent = !cmdline_says(cmdline, "smolvm.agent", "off");
    free(cmdline);
    if (with_agent && vsock_available())
        add_service(SERVICE_VSOCK, "");
    log_line("ready");
    supervise(with_agent, watch);
}

void init_request_shutdown(bool reboot) { kill(1, reboot ? SIGTERM : SIGUSR2); }

void init_request_sshd_restart(void) { kill(1, SIGHUP); }
