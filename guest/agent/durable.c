#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        size -= (size_t) put;
    }
    return true;
}

bool durable_replace(const char *path, const void *bytes, size_t size, mode_t mode)
{
    char temporary[PATH_MAX];
    if ((size_t) snprintf(temporary, sizeof temporary, "%s.smolvm-new", path) >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    bool good = fchmod(fd, mode) == 0 && write_all(fd, bytes, size) && fsync(fd) == 0;
    int error = errno;
    close(fd);
    if (good && rename(temporary, path) == 0)
        return true;
    if (good)
        error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

bool durable_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP;
    bool good = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
    int error = errno;
    close(fd);
    errno = error;
    return good;
}
