#include "inside.h"

#include "kernel_abi.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failure(const char *what)
{
    say("%s: %s", what, strerror(errno));
    switch (errno) {
    case ENOENT: case ENOTDIR: case ELOOP: case ENAMETOOLONG: return NOT_THERE;
    default: return DAMAGED;
    }
}

static int open_inside(const char *root, const char *path, uint64_t flags)
{
    int tree = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0)
        return -1;
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    int fd = (int) syscall(SYS_openat2, tree, path, &how, sizeof how);
    int error = errno;
    close(tree);
    errno = error;
    return fd;
}

static bool copy_out(int fd, uint64_t limit)
{
    static char buffer[64 << 10];
    uint64_t sent = 0;
    for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) != 0;) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        sent += (uint64_t) got;
        if (sent > limit || fwrite(buffer, 1, (size_t) got, stdout) != (size_t) got)
            break;
    }
    return fflush(stdout) == 0 && sent <= limit;
}

int inside_read(const char *root, const char *path, uint64_t limit)
{
    struct stat st;
    int fd = open_inside(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENXIO) /* a socket, or a device without a driver */
        return WRONG_KIND;
    if (fd < 0 || fstat(fd, &st) < 0)
        return failure("open");
    if (S_ISDIR(st.st_mode))
        return A_DIRECTORY;
    if (!S_ISREG(st.st_mode))
        return WRONG_KIND;
    if ((uint64_t) st.st_size > limit) {
        say("%llu", (unsigned long long) st.st_size);
        return TOO_LARGE;
    }
    return copy_out(fd, limit) ? DONE : failure("read");
}

/* The last component, without the slashes behind it; "root" for a path that has none. */
static void own_name(const char *path, char *to, size_t size)
{
    size_t end = strlen(path);
    while (end && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin && path[begin - 1] != '/')
        begin--;
    snprintf(to, size, "%.*s", (int) (end - begin), path + begin);
    if (!*to || strcmp(to, ".") == 0 || strcmp(to, "..") == 0)
        snprintf(to, size, "root");
}

int inside_show(const char *root, const char *path, const char *at)
{
    char name[NAME_MAX + 1], target[PATH_MAX], source[64];
    struct stat st;
    int fd = open_inside(root, path, O_PATH);
    if (fd < 0 || fstat(fd, &st) < 0)
        return failure("open");
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return WRONG_KIND;
    own_name(path, name, sizeof name);
    if (mkdir(at, 0700) < 0 && errno != EEXIST)
        return failure("mkdir");
    snprintf(target, sizeof target, "%s/%s", at, name);
    if (S_ISDIR(st.st_mode) ? mkdir(target, 0700) < 0 : mknod(target, S_IFREG | 0600, 0) < 0)
        return failure("make");
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    return mount(source, target, NULL, MS_BIND, NULL) == 0 ? DONE : failure("bind");
}
