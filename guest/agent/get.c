#include "get.h"

#include "request.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each level holds a descriptor and a sorted list of names. */
enum { DEPTH_LIMIT = 200 };

enum entry_kind { ENTRY_FILE, ENTRY_DIRECTORY, ENTRY_SYMLINK };

struct walk {
    struct channel *ch;
    char path[PATH_MAX]; /* relative to the transfer's root */
    int error;
    const char *failed;
};

static bool send_entry(struct channel *ch, const struct stat *st, const char *path, const char *target)
{
    enum entry_kind kind = S_ISDIR(st->st_mode) ? ENTRY_DIRECTORY : S_ISLNK(st->st_mode) ? ENTRY_SYMLINK : ENTRY_FILE;
    static uint8_t bytes[2 * PATH_MAX + 64];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u8(&w, (uint8_t) kind);
    wire_put_u32(&w, st->st_mode & 07777);
    wire_put_u64(&w, kind == ENTRY_FILE ? (uint64_t) st->st_size : 0);
    wire_put_string(&w, path);
    wire_put_string(&w, target);
    return channel_send(ch, ENTRY, bytes, (size_t) (w.at - bytes));
}

static bool fail(struct walk *walk, int error, const char *what)
{
    walk->error = error;
    walk->failed = what;
    return false;
}

static bool send_content(struct walk *walk, int fd)
{
    struct channel *ch = walk->ch;
    static uint8_t buffer[SEND_PAYLOAD];
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(walk, errno, "read file");
        channel_fill(ch);
        if (channel_interrupted(ch) || !channel_send(ch, GET_DATA, buffer, (size_t) got))
            return false;
    }
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *) a, *(char *const *) b); }

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* The directory's names in byte order, so that two transfers of one tree are alike. */
static char **sorted_names(DIR *dir, size_t *count)
{
    char **names = NULL;
    size_t capacity = 0;
    *count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (*count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            char **more = realloc(names, capacity * sizeof *names);
            if (!more)
                break;
            names = more;
        }
        char *name = strdup(e->d_name);
        if (!name)
            break;
        names[(*count)++] = name;
    }
    if (names)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

static bool send_child(struct walk *walk, int parent, const char *name, int depth);

static bool send_children(struct walk *walk, int fd, int depth)
{
    if (depth >= DEPTH_LIMIT)
        return fail(walk, ELOOP, "directory too deep");
    DIR *dir = fdopendir(dup(fd));
    if (!dir)
        return fail(walk, errno, "read directory");
    size_t count, length = strlen(walk->path);
    char **names = sorted_names(dir, &count);
    closedir(dir);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        if (length + 1 + strlen(names[i]) >= PATH_MAX) {
            good = fail(walk, ENAMETOOLONG, "path");
            break;
        }
        if (length)
            walk->path[length] = '/';
        strcpy(walk->path + length + (length > 0), names[i]);
        good = send_child(walk, fd, names[i], depth);
        walk->path[length] = 0;
    }
    free_names(names, count);
    return good;
}

static bool send_open(struct walk *walk, int fd, const struct stat *st, int depth)
{
    if (!send_entry(walk->ch, st, walk->path, ""))
        return false;
    if (S_ISREG(st->st_mode) && !send_content(walk, fd))
        return false;
    if (!channel_send(walk->ch, ENTRY_END, "", 0))
        return false;
    return !S_ISDIR(st->st_mode) || send_children(walk, fd, depth + 1);
}

static bool send_child(struct walk *walk, int parent, const char *name, int depth)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || fail(walk, errno, "stat"); /* deleted meanwhile */
    if (S_ISLNK(st.st_mode)) {
        char target[PATH_MAX];
        ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
        if (length < 0)
            return errno == ENOENT || fail(walk, errno, "read symlink");
        target[length] = 0;
        return send_entry(walk->ch, &st, walk->path, target) && channel_send(walk->ch, ENTRY_END, "", 0);
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return true; /* devices, pipes and sockets have no content to send */
    /* O_NONBLOCK: the name may have become a pipe since. */
    int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || fail(walk, errno, "open");
    bool same = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
    bool good = !same || send_open(walk, fd, &st, depth);
    close(fd);
    return good;
}

static bool send_root(struct walk *walk, const struct get_request *request)
{
    int fd = open(request->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    int error = errno;
    struct stat st;
    bool good, recursive = request->recursive;
    channel_consume(walk->ch); /* the path is gone from here on */
    if (fd < 0)
        return fail(walk, error, "open");
    if (fstat(fd, &st) < 0)
        good = fail(walk, errno, "stat");
    else if (S_ISDIR(st.st_mode) && !recursive)
        good = fail(walk, EISDIR, "open");
    else if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        good = fail(walk, EINVAL, "not a file or directory");
    else
        good = send_open(walk, fd, &st, 0);
    close(fd);
    return good;
}

void get_serve(struct channel *ch, struct frame *frame)
{
    static struct walk walk;
    struct get_request request;
    if (!decode_get(frame, &request)) {
        channel_protocol_error(ch, "GET");
        return;
    }
    walk = (struct walk) { .ch = ch };
    bool good = send_root(&walk, &request);
    if (good)
        channel_send(ch, DONE, "", 0);
    else if (walk.error)
        channel_send_error(ch, walk.error, walk.failed);
}

void stat_serve(struct channel *ch, struct frame *frame)
{
    const char *path;
    char target[PATH_MAX] = "";
    struct stat st;
    if (!decode_path(frame, &path)) {
        channel_protocol_error(ch, "STAT");
        return;
    }
    int error = lstat(path, &st) < 0 ? errno : 0;
    ssize_t length = !error && S_ISLNK(st.st_mode) ? readlink(path, target, sizeof target - 1) : 0;
    channel_consume(ch);
    if (!error && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
        error = EINVAL;
    if (error) {
        channel_send_error(ch, error, "stat");
        return;
    }
    target[length > 0 ? length : 0] = 0;
    if (send_entry(ch, &st, "", target))
        channel_send(ch, DONE, "", 0);
}
