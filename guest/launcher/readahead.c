#include "readahead.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST_LIMIT = 1 << 16 };

/* FNV-1a. */
static uint64_t checksum(const char *text, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (uint8_t) text[i]) * 0x100000001b3u;
    return sum;
}

/* The file as a string, without its last line if that is the checksum of the others; else an empty one. */
static void read_list(const char *path, char text[LIST_LIMIT + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t length = fd < 0 ? 0 : read(fd, text, LIST_LIMIT);
    if (fd >= 0)
        close(fd);
    text[length < 0 ? 0 : length] = 0;
    char *last = strstr(text, "\nsum ");
    uint64_t sum;
    if (!last || sscanf(last, "\nsum %16" SCNx64, &sum) != 1 || sum != checksum(text, (size_t) (last + 1 - text)))
        last = text;
    *last = 0;
}

void read_ahead(const char *list, const char *file)
{
    static char text[LIST_LIMIT + 1];
    struct stat st;
    read_list(list, text);
    int fd = *text ? open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    int64_t size, offset, length;
    if (fd >= 0 && fstat(fd, &st) == 0 && sscanf(text, "smolvm-working-set 1 %" SCNd64, &size) == 1 && size == st.st_size)
        for (char *line = strchr(text, '\n'); line && sscanf(line, "\n%" SCNd64 " %" SCNd64, &offset, &length) == 2;
                line = strchr(line + 1, '\n'))
            posix_fadvise(fd, offset, length, POSIX_FADV_WILLNEED);
    if (fd >= 0)
        close(fd);
}
