#include "put.h"

#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct upload {
    char target[PATH_MAX];
    char temporary[PATH_MAX];
    int fd;
    uint64_t expected, received;
    int error; /* the first one; what follows is read and thrown away */
    const char *failed;
};

/* `.<name>.smolvm-<pid>` in the same directory, so that the rename is atomic. */
static bool temporary_name(const char *target, char to[PATH_MAX])
{
    const char *slash = strrchr(target, '/');
    int directory = slash ? (int) (slash - target) + 1 : 0;
    int length = snprintf(to, PATH_MAX, "%.*s.%.200s.smolvm-%ld", directory, target, target + directory, (long) getpid());
    return length > 0 && length < PATH_MAX;
}

static int fail(struct upload *up, int error, const char *what)
{
    if (!up->error) {
        up->error = error;
        up->failed = what;
    }
    return error;
}

static int open_upload(struct upload *up, const struct put_request *request)
{
    *up = (struct upload) { .fd = -1, .expected = request->size };
    /* Writing to a symlink changes the file it names, as with cp. */
    if (!realpath(request->path, up->target)) {
        if (strlen(request->path) >= PATH_MAX)
            return fail(up, ENAMETOOLONG, "path");
        strcpy(up->target, request->path);
    }
    struct stat old;
    bool exists = stat(up->target, &old) == 0;
    if (exists && S_ISDIR(old.st_mode))
        return fail(up, EISDIR, "target");
    if (exists && !S_ISREG(old.st_mode))
        return fail(up, EINVAL, "target is not a regular file");
    if (!temporary_name(up->target, up->temporary))
        return fail(up, ENAMETOOLONG, "path");
    unlink(up->temporary);
    up->fd = open(up->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (up->fd < 0)
        return fail(up, errno, "create file");
    if (exists && geteuid() == 0 && fchown(up->fd, old.st_uid, old.st_gid) < 0)
        return fail(up, errno, "file owner");
    if (fchmod(up->fd, request->mode & 07777) < 0)
        return fail(up, errno, "file mode");
    return 0;
}

static void take_data(struct upload *up, const struct frame *frame)
{
    size_t done = 0;
    up->received += frame->length;
    if (up->expected != PUT_SIZE_UNKNOWN && up->received > up->expected)
        fail(up, EFBIG, "more data than announced");
    while (!up->error && done < frame->length) {
        ssize_t put = write(up->fd, frame->payload + done, frame->length - done);
        if (put >= 0)
            done += (size_t) put;
        else if (errno != EINTR)
            fail(up, errno, "write file");
    }
}

static int publish(struct upload *up)
{
    if (up->expected != PUT_SIZE_UNKNOWN && up->received != up->expected)
        fail(up, EMSGSIZE, "less data than announced");
    int closed = close(up->fd);
    up->fd = -1;
    if (closed < 0)
        fail(up, errno, "write file");
    if (!up->error && rename(up->temporary, up->target) < 0)
        fail(up, errno, "rename file");
    return up->error;
}

static void discard(struct upload *up)
{
    if (up->fd >= 0)
        close(up->fd);
    if (up->temporary[0])
        unlink(up->temporary);
}

/* True when DATA_END has come. */
static bool receive(struct channel *ch, struct upload *up)
{
    struct frame frame;
    while (channel_receive(ch, &frame)) {
        switch (frame.type) {
        case DATA:
            take_data(up, &frame);
            break;
        case DATA_END:
            channel_consume(ch);
            return true;
        case STDIN: case SIGNAL: case RESIZE:
            break;
        case HELLO: case BYE:
            return false;
        default:
            channel_protocol_error(ch, "request inside a PUT");
            return false;
        }
        channel_consume(ch);
    }
    return false;
}

void put_serve(struct channel *ch, struct frame *frame)
{
    static struct upload up;
    struct put_request request;
    if (!decode_put(frame, &request)) {
        channel_protocol_error(ch, "PUT");
        return;
    }
    int error = open_upload(&up, &request);
    channel_consume(ch);
    if (error) {
        discard(&up);
        channel_send_error(ch, error, up.failed);
        return;
    }
    if (!channel_send_ok(ch) || !receive(ch, &up)) {
        discard(&up);
        return;
    }
    if (publish(&up) == 0) {
        channel_send_ok(ch);
    } else {
        discard(&up);
        channel_send_error(ch, up.error, up.failed);
    }
}

static void answer(struct channel *ch, bool good, const char *what)
{
    int error = errno;
    channel_consume(ch);
    if (good)
        channel_send_ok(ch);
    else
        channel_send_error(ch, error, what);
}

void mkdir_serve(struct channel *ch, struct frame *frame)
{
    struct mkdir_request request;
    if (!decode_mkdir(frame, &request)) {
        channel_protocol_error(ch, "MKDIR");
        return;
    }
    struct stat st;
    bool good = mkdir(request.path, 0700) == 0;
    if (!good && errno == EEXIST) {
        good = stat(request.path, &st) == 0 && S_ISDIR(st.st_mode);
        errno = ENOTDIR;
    }
    good = good && chmod(request.path, request.mode & 07777) == 0;
    answer(ch, good, "make directory");
}

void symlink_serve(struct channel *ch, struct frame *frame)
{
    struct symlink_request request;
    char temporary[PATH_MAX];
    if (!decode_symlink(frame, &request)) {
        channel_protocol_error(ch, "SYMLINK");
        return;
    }
    bool good = temporary_name(request.path, temporary);
    if (good) {
        unlink(temporary);
        good = symlink(request.target, temporary) == 0;
        if (good && rename(temporary, request.path) < 0) {
            int error = errno;
            unlink(temporary);
            errno = error;
            good = false;
        }
    } else {
        errno = ENAMETOOLONG;
    }
    answer(ch, good, "make symlink");
}
