#include "compare.h"

#include "contents.h"
#include "names.h"
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Each level holds two descriptors and two lists of names. */
enum { DEPTH_LIMIT = 200, NOTHING = -1 };

static char path[PATH_MAX]; /* of the entry, relative to the roots */
static bool everything;

struct entry { int parent; const char *name; struct stat st; };

static bool compare_directories(int before, int after, int depth);

static bool same_time(struct timespec a, struct timespec b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

/* Both disks grew out of one file system: an inode that was written since has another change time. */
static bool untouched(const struct stat *a, const struct stat *b)
{
    return !everything && a->st_ino == b->st_ino && a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim)
            && same_time(a->st_ctim, b->st_ctim);
}

/* Says what differs in `aspects`; false if that cannot be told. */
static bool compare_insides(const struct entry *a, const struct entry *b, unsigned *aspects)
{
    if (untouched(&a->st, &b->st))
        return true;
    bool same = true, good = true;
    switch (a->st.st_mode & S_IFMT) {
    case S_IFREG:
        if (a->st.st_size != b->st.st_size)
            same = false;
        else
            good = contents_same(a->parent, a->name, b->parent, b->name, &same);
        *aspects |= same ? 0 : CONTENT;
        break;
    case S_IFLNK:
        good = links_same(a->parent, a->name, b->parent, b->name, &same);
        *aspects |= same ? 0 : LINK_TARGET;
        break;
    case S_IFCHR:
    case S_IFBLK:
        *aspects |= a->st.st_rdev == b->st.st_rdev ? 0 : DEVICE_NUMBER;
        break;
    default:
        break;
    }
    return good;
}

/* NOTHING where it cannot be opened. */
static int open_directory(const struct entry *e)
{
    return e ? openat(e->parent, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : NOTHING;
}

static void descend(const struct entry *before, const struct entry *after, int depth)
{
    const struct entry *a = before && S_ISDIR(before->st.st_mode) ? before : NULL;
    const struct entry *b = after && S_ISDIR(after->st.st_mode) ? after : NULL;
    if (!a && !b)
        return;
    int from = open_directory(a), to = open_directory(b);
    bool good = (!a || from >= 0) && (!b || to >= 0) && depth < DEPTH_LIMIT && compare_directories(from, to, depth + 1);
    if (!good)
        record_change(UNREADABLE, a ? &a->st : NULL, b ? &b->st : NULL, 0, path);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
}

static void compare_both(const struct entry *a, const struct entry *b)
{
    unsigned aspects = 0;
    bool good = true;
    if ((a->st.st_mode & S_IFMT) != (b->st.st_mode & S_IFMT))
        aspects |= KIND;
    else
        good = compare_insides(a, b, &aspects);
    if ((a->st.st_mode & 07777) != (b->st.st_mode & 07777) && !S_ISLNK(a->st.st_mode) && !(aspects & KIND))
        aspects |= MODE;
    if (a->st.st_uid != b->st.st_uid || a->st.st_gid != b->st.st_gid)
        aspects |= OWNER;
    if (!good)
        record_change(UNREADABLE, &a->st, &b->st, 0, path);
    else if (aspects)
        record_change(CHANGED, &a->st, &b->st, aspects, path);
}

/* A parent of NOTHING: the entry is not on that side. */
static void compare_entry(int before, int after, const char *name, int depth)
{
    struct entry a = { .parent = before, .name = name }, b = { .parent = after, .name = name };
    bool in_a = before >= 0, in_b = after >= 0;
    record_entry();
    if ((in_a && fstatat(before, name, &a.st, AT_SYMLINK_NOFOLLOW) < 0)
        || (in_b && fstatat(after, name, &b.st, AT_SYMLINK_NOFOLLOW) < 0)) {
        record_change(UNREADABLE, NULL, NULL, 0, path);
        return;
    }
    if (in_a && in_b)
        compare_both(&a, &b);
    else if (in_a)
        record_change(REMOVED, &a.st, NULL, 0, path);
    else
        record_change(ADDED, NULL, &b.st, 0, path);
    descend(in_a ? &a : NULL, in_b ? &b : NULL, depth);
}

static bool compare_named(int before, int after, const char *name, size_t length, int depth)
{
    if (length + 1 + strlen(name) >= sizeof path)
        return false;
    if (length)
        path[length] = '/';
    strcpy(path + length + (length > 0), name);
    compare_entry(before, after, name, depth);
    path[length] = 0;
    return true;
}

/* Those of both sides in one order. False if not all of them could be read. */
static bool compare_directories(int before, int after, int depth)
{
    struct names a = { 0 }, b = { 0 };
    bool good = (before < 0 || names_read(before, &a)) & (after < 0 || names_read(after, &b));
    size_t i = 0, j = 0, length = strlen(path);
    while (i < a.count || j < b.count) {
        int order = i == a.count ? 1 : j == b.count ? -1 : strcmp(a.name[i], b.name[j]);
        const char *name = order <= 0 ? a.name[i] : b.name[j];
        good = compare_named(order <= 0 ? before : NOTHING, order >= 0 ? after : NOTHING, name, length, depth) && good;
        i += order <= 0;
        j += order >= 0;
    }
    names_free(&a);
    names_free(&b);
    return good;
}

bool compare_trees(const char *before, const char *after, bool read_all)
{
    everything = read_all;
    int from = open(before, O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = open(after, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0 || to < 0)
        return false;
    struct entry a = { .parent = from, .name = "." }, b = { .parent = to, .name = "." };
    strcpy(path, ".");
    if (fstat(from, &a.st) < 0 || fstat(to, &b.st) < 0)
        return false;
    record_entry();
    compare_both(&a, &b);
    path[0] = 0;
    if (!compare_directories(from, to, 0))
        record_change(UNREADABLE, &a.st, &b.st, 0, ".");
    return true;
}
