/* Of which files a restored guest's memory is put together. */
#ifndef SMOLVM_PLAN_H
#define SMOLVM_PLAN_H

#include <stddef.h>
#include <stdint.h>

enum { PLAN_PAGE = 4096, PLAN_FILES = 256, PLAN_RUNS = 1 << 20, PLAN_PATH = 4096 };

/* What stat(2) says of it must be equal. */
struct plan_file {
    uint64_t device, inode, size;
    char path[PLAN_PATH];
};

/* Pages that another file than the first has; file 0: they are zero. */
struct plan_run {
    uint64_t page, pages, offset;
    uint32_t file;
};

/* Files 0 is what the VMM maps, with page 0 at the offset. */
struct plan {
    uint64_t memory, offset;
    uint32_t file_count, run_count;
    struct plan_file *files;
    struct plan_run *runs;
};

/* Null, or what is wrong. The format is in docs/format.md, "How memory is laid". */
const char *plan_read(const uint8_t *bytes, size_t size, struct plan *plan);

void plan_free(struct plan *plan);

#endif
