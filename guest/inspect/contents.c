#include "contents.h"

#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 << 10 };

static char piece_a[PIECE], piece_b[PIECE];

/* Where there is data next: a hole is not read, or a file of 16 TiB without any would take for ever. */
static off_t next_data(int fd, off_t at, off_t size)
{
    off_t data = lseek(fd, at, SEEK_DATA);
    return data >= 0 ? data : errno == ENXIO ? size : at;
}

/* Short only at the file's end; -1 on failure. */
static ssize_t read_piece(int fd, char *to, off_t at)
{
    ssize_t count = 0;
    while (count < PIECE) {
        ssize_t got = pread(fd, to + count, (size_t) (PIECE - count), at + count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        count += got;
    }
    return count;
}

static bool compare(int a, int b, off_t size, bool *same)
{
    for (off_t at = 0; at < size;) {
        off_t data_a = next_data(a, at, size), data_b = next_data(b, at, size);
        at = data_a < data_b ? data_a : data_b;
        if (at >= size)
            break;
        ssize_t got_a = read_piece(a, piece_a, at), got_b = read_piece(b, piece_b, at);
        if (got_a <= 0 || got_a != got_b)
            return false;
        if (memcmp(piece_a, piece_b, (size_t) got_a) != 0) {
            *same = false;
            return true;
        }
        at += got_a;
        record_alive();
    }
    *same = true;
    return true;
}

static int open_file(int parent, const char *name)
{
    struct stat st;
    /* O_NONBLOCK: a damaged disk may show another kind of file than a moment ago. */
    int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool contents_same(int parent_a, const char *a, int parent_b, const char *b, bool *same)
{
    int fd_a = open_file(parent_a, a), fd_b = open_file(parent_b, b);
    struct stat st;
    bool good = fd_a >= 0 && fd_b >= 0 && fstat(fd_a, &st) == 0 && compare(fd_a, fd_b, st.st_size, same);
    if (fd_a >= 0)
        close(fd_a);
    if (fd_b >= 0)
        close(fd_b);
    return good;
}

bool links_same(int parent_a, const char *a, int parent_b, const char *b, bool *same)
{
    static char target_a[PATH_MAX], target_b[PATH_MAX];
    ssize_t length_a = readlinkat(parent_a, a, target_a, sizeof target_a);
    ssize_t length_b = readlinkat(parent_b, b, target_b, sizeof target_b);
    if (length_a < 0 || length_b < 0)
        return false;
    *same = length_a == length_b && memcmp(target_a, target_b, (size_t) length_a) == 0;
    return true;
}
