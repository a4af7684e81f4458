/* Writes plans for the tests. */
#ifndef SMOLVM_PLAN_BYTES_H
#define SMOLVM_PLAN_BYTES_H

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

struct plan_bytes {
    uint8_t bytes[4096];
    size_t size;
};

static inline void put(struct plan_bytes *to, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        to->bytes[to->size++] = (uint8_t) (value >> 8 * i);
}

static inline void put_head(struct plan_bytes *to, uint64_t memory, uint64_t offset, uint32_t files, uint32_t runs)
{
    to->size = 0;
    memcpy(to->bytes, "SMOLPLAN", 8);
    to->size = 8;
    put(to, 1, 4);
    put(to, 4096, 4);
    put(to, memory, 8);
    put(to, offset, 8);
    put(to, files, 4);
    put(to, runs, 4);
}

static inline void put_file(struct plan_bytes *to, uint64_t device, uint64_t inode, uint64_t size, const char *path)
{
    put(to, device, 8);
    put(to, inode, 8);
    put(to, size, 8);
    put(to, strlen(path), 2);
    memcpy(to->bytes + to->size, path, strlen(path));
    to->size += strlen(path);
}

static inline void put_run(struct plan_bytes *to, uint64_t page, uint64_t pages, uint32_t file, uint64_t offset)
{
    put(to, page, 8);
    put(to, pages, 8);
    put(to, file, 4);
    put(to, offset, 8);
}

#endif
