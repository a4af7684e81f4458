#include "names.h"

#include "records.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *) a, *(char *const *) b); }

static bool add(struct names *names, size_t *capacity, const char *name)
{
    if (names->count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 64;
        char **grown = realloc(names->name, more * sizeof *grown);
        if (!grown)
            return false;
        names->name = grown;
        *capacity = more;
    }
    return (names->name[names->count] = strdup(name)) && ++names->count;
}

/* A damaged directory may name something that is not a name in it. */
static bool is_entry(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

static void drop_doubles(struct names *names)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (kept && strcmp(names->name[kept - 1], names->name[i]) == 0)
            free(names->name[i]);
        else
            names->name[kept++] = names->name[i];
    }
    names->count = kept;
}

bool names_read(int directory, struct names *to)
{
    int copy = fcntl(directory, F_DUPFD_CLOEXEC, 3);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    size_t capacity = 0;
    bool good = true;
    errno = 0;
    for (struct dirent *e; good && (e = readdir(dir)); errno = 0) {
        record_alive();
        if (is_entry(e->d_name))
            good = add(to, &capacity, e->d_name);
    }
    good = good && errno == 0;
    closedir(dir);
    if (to->count)
        qsort(to->name, to->count, sizeof *to->name, by_name);
    drop_doubles(to);
    return good;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
}
