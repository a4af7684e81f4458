#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *text_read(const char *path, size_t limit)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    size_t size = 0, capacity = 4096;
    char *text = malloc(capacity + 1);
    while (text && size < limit) {
        if (size == capacity) {
            char *larger = realloc(text, 2 * capacity + 1);
            if (!larger)
                break;
            text = larger;
            capacity *= 2;
        }
        ssize_t got = read(fd, text + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += (size_t) got;
    }
    close(fd);
    if (text)
        text[size < limit ? size : limit] = 0;
    return text;
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t put = write(fd, text, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        text += put;
        left -= (size_t) put;
    }
    return true;
}

static bool write_and_close(int fd, const char *text)
{
    bool good = fd >= 0 && write_all(fd, text);
    int error = errno;
    if (fd >= 0 && close(fd) < 0 && good)
        return false;
    errno = error;
    return good;
}

bool text_replace(const char *path, const char *text, mode_t mode)
{
    char temporary[PATH_MAX];
    if ((size_t) snprintf(temporary, sizeof temporary, "%s.smolvm-new", path) >= sizeof temporary) {
        errno = ENAMETOOLONG;
        return false;
    }
    unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0)
        fchmod(fd, mode);
    if (write_and_close(fd, text) && rename(temporary, path) == 0)
        return true;
    int error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

/* Where the last line of a text begins. */
static size_t last_line(const char *text, size_t length)
{
    size_t at = length && text[length - 1] == '\n' ? length - 1 : length;
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

static bool rewrite_last_line(int fd, const char *text, enum text_safety safety)
{
    char old[TEXT_SECTOR + 1];
    size_t length = strlen(text);
    struct stat st;
    /* Another link to the file has nothing to do with us. */
    if (length > TEXT_SECTOR || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
        return false;
    ssize_t got = pread(fd, old, sizeof old, 0);
    if (got < 0 || got > TEXT_SECTOR || (safety == TEXT_DURABLE && (size_t) got != length))
        return false;
    size_t at = last_line(text, length);
    if (last_line(old, (size_t) got) != at || memcmp(old, text, at) != 0)
        return false;
    return pwrite(fd, text + at, length - at, (off_t) at) == (ssize_t) (length - at)
            && ((size_t) got <= length || ftruncate(fd, (off_t) length) == 0)
            && (safety == TEXT_SPOILABLE || fdatasync(fd) == 0);
}

bool text_update_last_line(const char *path, const char *text, enum text_safety safety)
{
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool good = fd >= 0 && rewrite_last_line(fd, text, safety);
    if (fd >= 0)
        close(fd);
    return good;
}

bool text_append(const char *path, const char *text, mode_t mode)
{
    return write_and_close(open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, mode), text);
}

bool text_write(const char *path, const char *text)
{
    return write_and_close(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), text);
}

bool make_directories(const char *path, mode_t mode)
{
    char partial[PATH_MAX];
    if (strlen(path) >= sizeof partial) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(partial, path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(partial, 0755) < 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    if (mkdir(partial, mode) == 0)
        return true;
    struct stat st;
    if (errno == EEXIST && stat(partial, &st) == 0) {
        errno = ENOTDIR;
        return S_ISDIR(st.st_mode);
    }
    return false;
}
