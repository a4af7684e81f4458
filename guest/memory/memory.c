/* Loaded into QEMU with LD_PRELOAD: QEMU maps one file as its guest's memory, but a diff snapshot's pages lie in
 * several. When the file of the plan on standard input is mapped, the pages that other files have are mapped over it, so
 * that nothing is read or copied before the guest needs it. What goes wrong ends QEMU: it never runs with wrong memory. */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { PLAN_LIMIT = 64 << 20 };

static struct plan plan;
static int fds[PLAN_FILES];
static bool laid;

static void complain(const char *what, const char *why)
{
    dprintf(2, "smolvm: memory cannot be mapped: %s: %s\n", what, why);
}

__attribute__((noreturn)) static void fail(const char *what, const char *why)
{
    complain(what, why);
    _exit(1);
}

static uint8_t *read_input(size_t *size)
{
    size_t room = 1 << 16;
    uint8_t *bytes = NULL;
    for (*size = 0;;) {
        if (!bytes || *size == room) {
            room *= 2;
            if (room > PLAN_LIMIT || !(bytes = realloc(bytes, room)))
                fail("plan", "too large");
        }
        ssize_t got = read(0, bytes + *size, room - *size);
        if (got == 0)
            return bytes;
        if (got < 0 && errno != EINTR)
            fail("plan", strerror(errno));
        *size += got > 0 ? (size_t) got : 0;
    }
}

static bool is_file(int fd, const struct plan_file *file)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_dev == file->device && st.st_ino == file->inode;
}

__attribute__((constructor)) static void load(void)
{
    size_t size;
    uint8_t *bytes = read_input(&size);
    struct plan read;
    const char *wrong = plan_read(bytes, size, &read);
    free(bytes);
    if (wrong)
        fail("plan", wrong);
    for (uint32_t i = 0; i < read.file_count; i++) {
        const struct plan_file *file = &read.files[i];
        struct stat st;
        fds[i] = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fds[i] < 0)
            fail(file->path, strerror(errno));
        if (!is_file(fds[i], file) || fstat(fds[i], &st) < 0 || (uint64_t) st.st_size != file->size)
            fail(file->path, "it is another file than before");
    }
    plan = read;
}

/* Not the C library's function: it may be needed before that can be looked up. */
static void *map(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return (void *) syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

static void *refuse(const char *why)
{
    complain(plan.files[0].path, why);
    errno = EINVAL;
    return MAP_FAILED;
}

static bool lay(uint8_t *memory, int protection, int flags)
{
    int kept = (flags & MAP_NORESERVE) | MAP_PRIVATE | MAP_FIXED;
    for (uint32_t i = 0; i < plan.run_count; i++) {
        const struct plan_run *run = &plan.runs[i];
        void *at = memory + run->page * PLAN_PAGE;
        size_t length = run->pages * PLAN_PAGE;
        void *got = run->file == 0 ? map(at, length, protection, kept | MAP_ANONYMOUS, -1, 0)
                                   : map(at, length, protection, kept, fds[run->file], (off_t) run->offset);
        if (got != at)
            return false;
    }
    for (uint32_t i = 0; i < plan.file_count; i++)
        close(fds[i]);
    return true;
}

static void *map_memory(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    if (laid)
        return refuse("it is mapped a second time");
    if (length != plan.memory || offset < 0 || (uint64_t) offset != plan.offset)
        return refuse("another part of it is mapped");
    if ((flags & MAP_TYPE) != MAP_PRIVATE || protection != (PROT_READ | PROT_WRITE))
        return refuse("it is not mapped copy-on-write");
    uint8_t *memory = map(address, length, protection, flags, fd, offset);
    if (memory == MAP_FAILED)
        return memory;
    laid = true;
    if (lay(memory, protection, flags)) {
        /* The host looks for this in QEMU's log: a machine whose memory nobody laid must not run. */
        dprintf(2, "smolvm: memory is mapped with %u runs of %u files\n", plan.run_count, plan.file_count);
        return memory;
    }
    int error = errno;
    complain(plan.files[0].path, strerror(error));
    munmap(memory, length);
    errno = error;
    return MAP_FAILED;
}

EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && !(flags & MAP_ANONYMOUS) && plan.file_count > 0 && is_file(fd, &plan.files[0]))
        return map_memory(address, length, protection, flags, fd, offset);
    return map(address, length, protection, flags, fd, offset);
}

EXPORT void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return mmap64(address, length, protection, flags, fd, offset);
}
