#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface (Documentation/userspace-api/landlock.rst); the C library has no wrapper for it. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1 };

struct ruleset { uint64_t fs, net, scoped; };
struct path_rule { uint64_t access; int32_t parent; } __attribute__((packed));

enum {
    EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3,
    BASE = (1 << 13) - 1, /* version 1: these and removing and making each kind of file */
    REFER = 1 << 13,      /* version 2 */
    TRUNCATE = 1 << 14,   /* version 3 */
    IOCTL_DEV = 1 << 15,  /* version 5 */
    MAKE_CHAR = 1 << 6, MAKE_BLOCK = 1 << 11,
    ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
    READ = READ_FILE | READ_DIR,
    RUN = READ | EXECUTE,
    DEVICE = READ_FILE | WRITE_FILE | IOCTL_DEV,
    FULL = (BASE & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK)) | REFER | TRUNCATE,
};

enum { SCOPE_ABSTRACT_SOCKETS = 1, SCOPE_SIGNALS = 2 }; /* version 6 */

static const struct { const char *path; uint64_t access; } host_paths[] = {
    { "/usr", RUN }, { "/lib", RUN }, { "/lib64", RUN }, { "/bin", RUN }, { "/sbin", RUN },
    { "/etc", READ }, { "/proc", READ }, { "/sys/devices/system", READ }, { "/sys/kernel/mm", READ },
    { "/dev/null", DEVICE }, { "/dev/zero", DEVICE }, { "/dev/urandom", READ_FILE }, { "/dev/random", READ_FILE },
    { "/dev/kvm", DEVICE }, { "/dev/net/tun", DEVICE },
    { "/etc/resolv.conf", READ_FILE }, /* often a link to a file below /run */
};

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return version < 0 ? 0 : (int) version;
}

static bool allow(int ruleset, const char *path, uint64_t access, uint64_t handled)
{
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool directory = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    struct path_rule rule = { .access = access & handled & (directory ? UINT64_MAX : (uint64_t) ON_FILES), .parent = fd };
    bool good = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

static const char *allow_list(int ruleset, const struct path_list *list, uint64_t access, uint64_t handled)
{
    for (size_t i = 0; i < list->count; i++)
        if (!allow(ruleset, list->paths[i], access, handled))
            return list->paths[i];
    return NULL;
}

const char *landlock_confine(const char *program, const struct path_list *read_only, const struct path_list *writable)
{
    int version = landlock_version();
    if (version == 0)
        return NULL;
    struct ruleset attributes = { .fs = BASE };
    attributes.fs |= version >= 2 ? REFER : 0;
    attributes.fs |= version >= 3 ? TRUNCATE : 0;
    attributes.fs |= version >= 5 ? IOCTL_DEV : 0;
    attributes.scoped = version >= 6 ? SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS : 0;
    /* Older kernels refuse a structure longer than the one they know, unless the rest is zero. */
    int ruleset = (int) syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0)
        return "landlock rule set";
    for (size_t i = 0; i < sizeof host_paths / sizeof *host_paths; i++)
        if (!allow(ruleset, host_paths[i].path, host_paths[i].access, attributes.fs) && errno != ENOENT)
            return host_paths[i].path;
    if (!allow(ruleset, program, RUN, attributes.fs))
        return program;
    const char *failed = allow_list(ruleset, read_only, READ, attributes.fs);
    if (!failed)
        failed = allow_list(ruleset, writable, FULL, attributes.fs);
    if (!failed && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        failed = "landlock";
    int error = errno;
    close(ruleset);
    errno = error;
    return failed;
}
