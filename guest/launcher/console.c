#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT = 1 << 20, KEPT = LIMIT / 2, PART = 16384 };

static void write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* a full disk loses console text, nothing else */
        bytes += written;
        size -= (size_t) written;
    }
}

/* Opened anew each time: whoever takes the file away to read it gets the next text in a new one. */
static void append(const char *path, const uint8_t *bytes, size_t size)
{
    static uint8_t kept[KEPT];
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && st.st_size + (off_t) size > LIMIT) {
        ssize_t count = pread(fd, kept, KEPT, st.st_size > KEPT ? st.st_size - KEPT : 0);
        if (ftruncate(fd, 0) == 0 && count > 0)
            write_all(fd, kept, (size_t) count);
    }
    write_all(fd, bytes, size);
    close(fd);
}

const char *console_capture(int output, const char *path)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return "console pipe";
    pid_t writer = fork();
    if (writer < 0)
        return "console";
    if (writer == 0) {
        static uint8_t part[PART];
        close(ends[1]);
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd <= 2 && null >= 0; fd++)
            dup2(null, fd); /* the caller must not wait for this process */
        signal(SIGTERM, SIG_IGN); /* the last words of a program that is told to end */
        for (ssize_t count; (count = read(ends[0], part, sizeof part)) != 0;)
            if (count > 0)
                append(path, part, (size_t) count);
            else if (errno != EINTR)
                break;
        _exit(0);
    }
    return dup2(ends[1], output) < 0 ? "console" : NULL;
}
