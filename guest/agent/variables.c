#include "variables.h"

#include "durable.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "/var/lib/smolvm"
#define VARIABLES DIRECTORY "/variables"

bool variable_is_valid(const char *pair)
{
    size_t name = strcspn(pair, "=");
    bool good = pair[name] == '=' && name > 0 && !isdigit((unsigned char) *pair);
    for (size_t i = 0; good && i < name; i++)
        good = isalnum((unsigned char) pair[i]) || pair[i] == '_';
    return good;
}

static bool same_name(const char *one, const char *other)
{
    size_t name = strcspn(one, "=") + 1;
    return strncmp(one, other, name) == 0;
}

char *variables_merge(const char *old, size_t old_size, char **pairs, size_t *size)
{
    char *merged = malloc(VARIABLES_LIMIT), *to = merged, *end = merged + VARIABLES_LIMIT;
    if (!merged)
        return NULL;
    int error = 0;
    for (const char *at = old; at < old + old_size; at += strlen(at) + 1) {
        bool replaced = false;
        for (char **pair = pairs; *pair && !replaced; pair++)
            replaced = same_name(*pair, at);
        if (!replaced && to + strlen(at) + 1 <= end)
            to = stpcpy(to, at) + 1;
        else if (!replaced)
            error = E2BIG;
    }
    for (char **pair = pairs; *pair && !error; pair++) {
        if (!variable_is_valid(*pair))
            error = EINVAL;
        else if (strlen(*pair) >= (size_t) (end - to))
            error = E2BIG;
        else
            to = stpcpy(to, *pair) + 1;
    }
    *size = (size_t) (to - merged);
    if (!error)
        return merged;
    free(merged);
    errno = error;
    return NULL;
}

char *variables_read(size_t *size)
{
    char *list = NULL;
    struct stat st;
    int fd = open(VARIABLES, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    bool good = fstat(fd, &st) == 0;
    if (good && (!S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > VARIABLES_LIMIT)) {
        errno = EIO;
        good = false;
    }
    /* One more: whatever is in the file, the list ends. */
    if (good && (list = malloc((size_t) st.st_size + 1))) {
        ssize_t got = read(fd, list, (size_t) st.st_size);
        *size = got > 0 ? (size_t) got : 0;
        list[*size] = 0;
        if (got < 0 || got != st.st_size) {
            free(list);
            list = NULL;
            errno = EIO;
        }
    }
    int error = errno;
    close(fd);
    errno = error;
    return list;
}

bool variables_keep(char **pairs)
{
    size_t old_size = 0, size;
    char *old = variables_read(&old_size);
    if (!old && errno != ENOENT)
        return false;
    char *merged = variables_merge(old ? old : "", old_size, pairs, &size);
    free(old);
    if (!merged)
        return false;
    mkdir("/var", 0755);
    mkdir("/var/lib", 0755);
    mkdir(DIRECTORY, 0700);
    bool good = durable_replace(VARIABLES, merged, size, 0600) && durable_sync(DIRECTORY) && durable_sync("/var/lib");
    int error = errno;
    free(merged);
    errno = error;
    return good;
}
