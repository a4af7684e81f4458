#include "plan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

static const uint8_t magic[8] = { 'S', 'M', 'O', 'L', 'P', 'L', 'A', 'N' };
static const uint64_t max_memory = UINT64_C(1) << 42;

struct reader {
    const uint8_t *at, *end;
    bool cut; /* more was read than there is */
};

static uint64_t number(struct reader *in, size_t bytes)
{
    if ((size_t) (in->end - in->at) < bytes) {
        in->cut = true;
        in->at = in->end;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | *in->at++;
    return value;
}

static const char *read_file(struct reader *in, struct plan_file *file)
{
    file->device = number(in, 8);
    file->inode = number(in, 8);
    file->size = number(in, 8);
    size_t length = number(in, 2);
    if (in->cut || length > (size_t) (in->end - in->at))
        return "a file is cut off";
    if (length < 1 || length >= PLAN_PATH || *in->at != '/' || memchr(in->at, 0, length))
        return "a file's path";
    memcpy(file->path, in->at, length);
    in->at += length;
    return NULL;
}

static bool in_file(uint64_t offset, uint64_t bytes, uint64_t size)
{
    return offset % PLAN_PAGE == 0 && offset <= size && bytes <= size - offset;
}

static const char *read_run(struct reader *in, const struct plan *plan, uint64_t next, struct plan_run *run)
{
    run->page = number(in, 8);
    run->pages = number(in, 8);
    run->file = (uint32_t) number(in, 4);
    run->offset = number(in, 8);
    uint64_t all = plan->memory / PLAN_PAGE;
    if (in->cut)
        return "a run is cut off";
    if (run->page < next)
        return "runs overlap or are out of order";
    if (run->pages == 0 || run->page > all || run->pages > all - run->page)
        return "a run lies outside of the memory";
    if (run->file >= plan->file_count)
        return "a run of a file that is not there";
    if (run->file == 0 ? run->offset != 0 : !in_file(run->offset, run->pages * PLAN_PAGE, plan->files[run->file].size))
        return "a run lies outside of its file";
    return NULL;
}

static const char *read_all(struct reader *in, struct plan *plan)
{
    if (in->end - in->at < (ptrdiff_t) sizeof magic || memcmp(in->at, magic, sizeof magic) != 0)
        return "not a plan";
    in->at += sizeof magic;
    if (number(in, 4) != VERSION || number(in, 4) != PLAN_PAGE)
        return "another version or page size";
    plan->memory = number(in, 8);
    plan->offset = number(in, 8);
    plan->file_count = (uint32_t) number(in, 4);
    plan->run_count = (uint32_t) number(in, 4);
    if (in->cut || plan->memory == 0 || plan->memory % PLAN_PAGE || plan->memory > max_memory)
        return "its memory size";
    if (plan->file_count < 1 || plan->file_count > PLAN_FILES || plan->run_count > PLAN_RUNS)
        return "its number of files or runs";
    plan->files = calloc(plan->file_count, sizeof *plan->files);
    plan->runs = calloc(plan->run_count + 1u, sizeof *plan->runs);
    if (!plan->files || !plan->runs)
        return "no memory to read it";
    const char *wrong = NULL;
    for (uint32_t i = 0; !wrong && i < plan->file_count; i++)
        wrong = read_file(in, &plan->files[i]);
    if (!wrong && !in_file(plan->offset, plan->memory, plan->files[0].size))
        wrong = "the memory lies outside of its file";
    uint64_t next = 0;
    for (uint32_t i = 0; !wrong && i < plan->run_count; i++) {
        wrong = read_run(in, plan, next, &plan->runs[i]);
        next = plan->runs[i].page + plan->runs[i].pages;
    }
    return !wrong && in->at != in->end ? "more than there should be" : wrong;
}

const char *plan_read(const uint8_t *bytes, size_t size, struct plan *plan)
{
    struct reader in = { bytes, bytes + size, false };
    memset(plan, 0, sizeof *plan);
    const char *wrong = read_all(&in, plan);
    if (wrong)
        plan_free(plan);
    return wrong;
}

void plan_free(struct plan *plan)
{
    free(plan->files);
    free(plan->runs);
    memset(plan, 0, sizeof *plan);
}
