#include "records.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TELL_EVERY_MS = 500 };

static uint64_t entries, changes;
static int64_t told_ms;

static void put(uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        putchar((int) (value >> (8 * i) & 0xff));
}

static uint8_t kind(const struct stat *st)
{
    if (!st)
        return 0;
    switch (st->st_mode & S_IFMT) {
    case S_IFREG: return 1;
    case S_IFDIR: return 2;
    case S_IFLNK: return 3;
    case S_IFCHR: return 4;
    case S_IFBLK: return 5;
    case S_IFIFO: return 6;
    default: return 7;
    }
}

/* Of a directory it says nothing about what is in it. */
static uint64_t size(const struct stat *st)
{
    return st && (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode)) ? (uint64_t) st->st_size : 0;
}

void record_change(enum change change, const struct stat *before, const struct stat *after, unsigned aspects,
                   const char *path)
{
    size_t length = strlen(path);
    changes++;
    put('D', 1);
    put(change, 1);
    put(kind(before), 1);
    put(kind(after), 1);
    put(aspects, 1);
    put(size(before), 8);
    put(size(after), 8);
    put(length, 2);
    fwrite(path, 1, length, stdout);
}

static void tell(void)
{
    put('P', 1);
    put(entries, 8);
    fflush(stdout);
}

void record_alive(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (ms - told_ms >= TELL_EVERY_MS) {
        told_ms = ms;
        tell();
    }
}

void record_entry(void)
{
    entries++;
    /* The clock costs a system call. */
    if (entries % 64 == 0)
        record_alive();
}

bool record_end(void)
{
    put('E', 1);
    put(entries, 8);
    put(changes, 8);
    return fflush(stdout) == 0;
}
