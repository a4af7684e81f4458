/* smolvm-launch: starts the VMM in the caller's child process, confined. */
#include "confine.h"
#include "console.h"
#include "identity.h"
#include "readahead.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { EXIT_NOT_STARTED = 126 };

struct options {
    struct path_list read_only, writable, preload;
    const char *log, *console, *errors, *pid_file, *working_set, *memory;
    bool landlock, privileged;
    char **program;
};

static int error_output = 2; /* stays the caller's stderr when --log has taken 2 */

static void fail(const char *what)
{
    dprintf(error_output, "smolvm-launch: %s: %s\n", what, strerror(errno));
    exit(EXIT_NOT_STARTED);
}

static void usage(const char *why)
{
    dprintf(error_output, "smolvm-launch: %s\nusage: smolvm-launch [--ro PATH]… [--rw PATH]… [--preload LIBRARY]… [--log FILE] [--console FILE] [--errors FILE] [--pid-file FILE] [--working-set FILE --memory FILE] [--no-landlock | --privileged]"
            " -- PROGRAM ARGS…\n       smolvm-launch --probe\n", why);
    exit(EXIT_NOT_STARTED);
}

static struct options parse(int argc, char **argv)
{
    struct options options = { .landlock = true };
    options.read_only.paths = calloc((size_t) argc, sizeof *options.read_only.paths);
    options.writable.paths = calloc((size_t) argc, sizeof *options.writable.paths);
    options.preload.paths = calloc((size_t) argc, sizeof *options.preload.paths);
    if (!options.read_only.paths || !options.writable.paths || !options.preload.paths)
        fail("memory");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            options.program = argv + i + 1;
            break;
        }
        if (strcmp(argv[i], "--no-landlock") == 0) {
            options.landlock = false;
            continue;
        }
        if (strcmp(argv[i], "--privileged") == 0) {
            options.privileged = true;
            continue;
        }
        if (i + 1 == argc)
            usage("an option lacks its value");
        if (strcmp(argv[i], "--ro") == 0)
            options.read_only.paths[options.read_only.count++] = argv[++i];
        else if (strcmp(argv[i], "--rw") == 0)
            options.writable.paths[options.writable.count++] = argv[++i];
        else if (strcmp(argv[i], "--preload") == 0)
            options.preload.paths[options.preload.count++] = options.read_only.paths[options.read_only.count++] = argv[++i];
        else if (strcmp(argv[i], "--log") == 0)
            options.log = argv[++i];
        else if (strcmp(argv[i], "--console") == 0)
            options.console = argv[++i];
        else if (strcmp(argv[i], "--errors") == 0)
            options.errors = argv[++i];
        else if (strcmp(argv[i], "--pid-file") == 0)
            options.pid_file = argv[++i];
        else if (strcmp(argv[i], "--working-set") == 0)
            options.working_set = argv[++i];
        else if (strcmp(argv[i], "--memory") == 0)
            options.memory = argv[++i];
        else
            usage("unknown option");
    }
    if (!options.program || !options.program[0])
        usage("no program");
    if (!strchr(options.program[0], '/'))
        usage("the program must be given with its path");
    return options;
}

static void close_descriptors(void)
{
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX); /* before Linux 5.9 */
    for (int fd = 3; fd < (limit > 0 ? limit : 65536); fd++)
        close(fd);
}

static void open_log(const char *path)
{
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log < 0)
        fail(path);
    error_output = fcntl(2, F_DUPFD_CLOEXEC, 3);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (error_output < 0 || null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
        fail("log");
}

/* Opened here: the loader only warns of a library that it cannot read, and would run the program without it; and it takes
 * a space or a colon in a path for the end of it. */
static void preload(const struct path_list *libraries)
{
    char list[1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < libraries->count; i++) {
        int fd = open(libraries->paths[i], O_RDONLY);
        if (fd < 0)
            fail(libraries->paths[i]);
        length += (size_t) snprintf(list + length, sizeof list - length, "%s/proc/self/fd/%d", i ? ":" : "", fd);
        if (length >= sizeof list)
            usage("too many libraries");
    }
    if (libraries->count && setenv("LD_PRELOAD", list, 1) < 0)
        fail("environment");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return printf("{\"landlock_abi\":%d}\n", landlock_version()) < 0;

    struct options options = parse(argc, argv);
    close_descriptors();
    setsid(); /* fails only for a process group leader, which the caller's child is not */
    umask(077);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 }) < 0)
        fail("core limit");
    if (options.log)
        open_log(options.log);
    if (options.pid_file && !identity_write(options.pid_file))
        fail(options.pid_file);
    const char *failed = options.privileged ? NULL : drop_privileges();
    if (!failed && options.landlock && !options.privileged)
        failed = landlock_confine(options.program[0], &options.read_only, &options.writable);
    if (failed)
        fail(failed);
    if (options.errors && options.log == NULL)
        error_output = fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (options.console && (failed = console_capture(1, options.console)))
        fail(failed);
    if (options.errors && (failed = console_capture(2, options.errors)))
        fail(failed);
    if (options.working_set && options.memory)
        read_ahead(options.working_set, options.memory);
    preload(&options.preload);
    execv(options.program[0], options.program);
    fail(options.program[0]);
}
