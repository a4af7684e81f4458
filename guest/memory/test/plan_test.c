#include "../plan.h"
#include "plan_bytes.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 4096 };

static int failures;

static void expect(const char *what, const struct plan_bytes *bytes, const char *wanted)
{
    struct plan plan;
    /* Of exactly its size, so that a read behind its end is found. */
    uint8_t *exact = malloc(bytes->size + 1);
    memcpy(exact, bytes->bytes, bytes->size);
    const char *wrong = plan_read(exact, bytes->size, &plan);
    free(exact);
    if (wanted ? !wrong || strcmp(wrong, wanted) != 0 : wrong != NULL) {
        fprintf(stderr, "plan: %s: %s instead of %s\n", what, wrong ? wrong : "read", wanted ? wanted : "read");
        failures++;
    }
    plan_free(&plan);
}

static struct plan_bytes files(uint32_t runs)
{
    struct plan_bytes bytes;
    put_head(&bytes, 8 * PAGE, PAGE, 3, runs);
    put_file(&bytes, 1, 11, 9 * PAGE, "/base");
    put_file(&bytes, 1, 12, 3 * PAGE, "/one");
    put_file(&bytes, 1, 13, 2 * PAGE, "/two");
    return bytes;
}

static void run(const char *what, uint64_t page, uint64_t pages, uint32_t file, uint64_t offset, const char *wanted)
{
    struct plan_bytes bytes = files(1);
    put_run(&bytes, page, pages, file, offset);
    expect(what, &bytes, wanted);
}

static void head(const char *what, uint64_t memory, uint64_t offset, uint32_t count, const char *wanted)
{
    struct plan_bytes bytes;
    put_head(&bytes, memory, offset, count, 0);
    put_file(&bytes, 1, 11, 9 * PAGE, "/base");
    expect(what, &bytes, wanted);
}

static void path(const char *what, size_t length, const char *text)
{
    struct plan_bytes bytes;
    put_head(&bytes, 8 * PAGE, PAGE, 1, 0);
    for (int i = 0; i < 3; i++)
        put(&bytes, 9 * PAGE, 8);
    put(&bytes, length, 2);
    memcpy(bytes.bytes + bytes.size, text, length);
    bytes.size += length;
    expect(what, &bytes, "a file's path");
}

int main(void)
{
    static const char outside[] = "a run lies outside of the memory", of_file[] = "a run lies outside of its file";
    struct plan_bytes good = files(4);
    put_run(&good, 0, 1, 1, 0);
    put_run(&good, 1, 1, 2, PAGE);
    put_run(&good, 3, 2, 0, 0);
    put_run(&good, 6, 2, 1, PAGE);
    expect("a good one", &good, NULL);
    struct plan plan;
    plan_read(good.bytes, good.size, &plan);
    if (plan.memory != 8 * PAGE || plan.offset != PAGE || plan.file_count != 3 || plan.run_count != 4
            || strcmp(plan.files[2].path, "/two") != 0 || plan.files[1].inode != 12 || plan.files[1].size != 3 * PAGE
            || plan.runs[3].page != 6 || plan.runs[3].pages != 2 || plan.runs[3].file != 1 || plan.runs[3].offset != PAGE)
        failures += fprintf(stderr, "plan: it is read wrong\n") > 0;
    plan_free(&plan);

    for (size_t size = 0; size < good.size; size++) {
        struct plan_bytes cut = good;
        cut.size = size;
        if (!plan_read(cut.bytes, cut.size, &plan))
            failures += fprintf(stderr, "plan: cut after %zu bytes it is read\n", size) > 0;
    }
    struct plan_bytes longer = good;
    longer.bytes[longer.size++] = 0;
    expect("a byte more", &longer, "more than there should be");
    struct plan_bytes other = good;
    other.bytes[0]++;
    expect("another magic", &other, "not a plan");
    other = good;
    other.bytes[11]++;
    expect("another version", &other, "another version or page size");
    other = good;
    other.bytes[14]++;
    expect("another page size", &other, "another version or page size");

    head("all of the file", 8 * PAGE, PAGE, 1, NULL);
    head("no memory", 0, 0, 1, "its memory size");
    head("memory of odd size", PAGE + 1, 0, 1, "its memory size");
    head("more memory than a machine has", UINT64_C(1) << 43, 0, 1, "its memory size");
    head("no file", PAGE, 0, 0, "its number of files or runs");
    head("too many files", PAGE, 0, PLAN_FILES + 1, "its number of files or runs");
    head("memory behind its file", 9 * PAGE, PAGE, 1, "the memory lies outside of its file");
    head("an odd offset", PAGE, 1, 1, "the memory lies outside of its file");
    head("an offset that overflows", PAGE, UINT64_MAX - PAGE + 1, 1, "the memory lies outside of its file");
    struct plan_bytes many;
    put_head(&many, PAGE, 0, 1, PLAN_RUNS + 1);
    expect("too many runs", &many, "its number of files or runs");
    path("no path", 0, "");
    path("a relative path", 4, "base");
    path("a path with a null", 5, "/a\0/b");

    run("the last page", 7, 1, 1, 2 * PAGE, NULL);
    run("no pages", 1, 0, 1, 0, outside);
    run("behind the memory", 8, 1, 0, 0, outside);
    run("over the memory's end", 7, 2, 0, 0, outside);
    run("pages that overflow", 7, UINT64_MAX - 3, 0, 0, outside);
    run("a page that overflows", UINT64_MAX, 2, 0, 0, outside);
    run("of no file", 0, 1, 3, 0, "a run of a file that is not there");
    run("zeros with an offset", 0, 1, 0, PAGE, of_file);
    run("an odd offset in a file", 0, 1, 1, 512, of_file);
    run("behind a file", 0, 1, 2, 2 * PAGE, of_file);
    run("over a file's end", 0, 3, 2, 0, of_file);
    run("an offset that overflows", 0, 1, 1, UINT64_MAX - PAGE + 1, of_file);
    struct plan_bytes twice = files(2);
    put_run(&twice, 2, 2, 0, 0);
    put_run(&twice, 3, 1, 0, 0);
    expect("a page twice", &twice, "runs overlap or are out of order");
    struct plan_bytes back = files(2);
    put_run(&back, 4, 1, 0, 0);
    put_run(&back, 2, 1, 0, 0);
    expect("out of order", &back, "runs overlap or are out of order");

    if (failures == 0)
        printf("plan: good ones are read, others refused\n");
    return failures != 0;
}
