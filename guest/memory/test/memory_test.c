/* What a program sees that maps its memory with the library loaded: memory_test LIBRARY */
#include "plan_bytes.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 8, NOT_MAPPED = 3, WRONG = 4 };

static int failures;
static char directory[] = "/tmp/memory-test-XXXXXX";

static char *in_directory(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

/* Each page is filled with a letter. */
static void make(const char *name, const char *pages)
{
    char page[PAGE];
    int fd = open(in_directory(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (; *pages; pages++) {
        memset(page, *pages, PAGE);
        if (write(fd, page, PAGE) != PAGE)
            abort();
    }
    close(fd);
}

static void put_real(struct plan_bytes *to, const char *name)
{
    struct stat st;
    if (stat(in_directory(name), &st) < 0)
        abort();
    put_file(to, st.st_dev, st.st_ino, (uint64_t) st.st_size, in_directory(name));
}

static struct plan_bytes plan(void)
{
    struct plan_bytes bytes;
    put_head(&bytes, PAGES * PAGE, PAGE, 3, 4);
    put_real(&bytes, "base");
    put_real(&bytes, "one");
    put_real(&bytes, "two");
    put_run(&bytes, 0, 1, 1, 2 * PAGE);
    put_run(&bytes, 2, 2, 0, 0);
    put_run(&bytes, 4, 1, 2, 0);
    put_run(&bytes, 6, 2, 1, 0);
    return bytes;
}

/* Maps as QEMU does: address space first, then the file into it. */
static int map_as_qemu(const char *file, size_t pages, off_t offset, int kind)
{
    int fd = open(file, O_RDONLY);
    char *place = mmap(NULL, (PAGES + 1) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *memory = mmap(place, pages * PAGE, kind == MAP_PRIVATE ? PROT_READ | PROT_WRITE : PROT_READ, kind | MAP_FIXED, fd, offset);
    if (memory == MAP_FAILED)
        return NOT_MAPPED;
    if (mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED)
        return WRONG; /* a second time */
    close(fd);
    char seen[PAGES + 1] = "";
    for (int i = 0; i < PAGES; i++) {
        char *page = memory + i * PAGE;
        seen[i] = page[0] ? page[0] : '0';
        for (int at = 0; at < PAGE; at++)
            if (page[at] != page[0])
                return WRONG;
        page[100] = 'x'; /* the files stay as they are */
    }
    printf("%s", seen);
    return 0;
}

/* Runs this program with the library; returns its exit code and what it printed. */
static int with_library(const char *library, const struct plan_bytes *plan, const char *mode, char *output, size_t room)
{
    int in = open(in_directory("plan"), O_RDWR | O_CREAT | O_TRUNC, 0600), out[2];
    if (write(in, plan->bytes, plan->size) != (ssize_t) plan->size || lseek(in, 0, SEEK_SET) < 0 || pipe(out) < 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        dup2(in, 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        setenv("LD_PRELOAD", library, 1);
        execl("/proc/self/exe", "memory_test", mode, in_directory("base"), NULL);
        _exit(99);
    }
    close(in);
    close(out[1]);
    size_t size = 0;
    for (ssize_t got; (got = read(out[0], output + size, room - 1 - size)) > 0;)
        size += (size_t) got;
    output[size] = 0;
    close(out[0]);
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(const char *what, const char *library, const struct plan_bytes *plan, const char *mode, int code, const char *text)
{
    char output[1024];
    int got = with_library(library, plan, mode, output, sizeof output);
    if (got != code || !strstr(output, text)) {
        fprintf(stderr, "memory: %s: exit code %d, output %s\n", what, got, output);
        failures++;
    }
}

static bool unchanged(const char *name, const char *pages)
{
    char page[PAGE];
    int fd = open(in_directory(name), O_RDONLY);
    bool same = true;
    for (; *pages; pages++)
        for (int i = read(fd, page, PAGE) == PAGE ? 0 : PAGE; i < PAGE; i++)
            same = same && page[i] == *pages;
    close(fd);
    return same;
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        bool shared = strcmp(argv[1], "shared") == 0;
        return map_as_qemu(argv[2], strcmp(argv[1], "part") == 0 ? PAGES - 1 : PAGES, strcmp(argv[1], "offset") == 0 ? 0 : PAGE,
                shared ? MAP_SHARED : MAP_PRIVATE);
    }
    if (argc != 2 || !mkdtemp(directory))
        return 2;
    const char *library = argv[1];
    make("base", "-abcdefgh");
    make("one", "123");
    make("two", "TU");
    struct plan_bytes good = plan();
    expect("pages are laid over the file", library, &good, "map", 0, "3b00Tf12");
    if (!unchanged("base", "-abcdefgh") || !unchanged("one", "123") || !unchanged("two", "TU"))
        failures += fprintf(stderr, "memory: a file was written to\n") > 0;
    expect("a part of the file", library, &good, "part", NOT_MAPPED, "another part of it is mapped");
    expect("another offset", library, &good, "offset", NOT_MAPPED, "another part of it is mapped");
    expect("shared", library, &good, "shared", NOT_MAPPED, "not mapped copy-on-write");

    struct plan_bytes cut = good;
    cut.size--;
    expect("a cut plan", library, &cut, "map", 1, "plan: a run is cut off");
    cut.size = 0;
    expect("no plan", library, &cut, "map", 1, "plan: not a plan");
    char new_path[256], two_path[256];
    strcpy(new_path, in_directory("new"));
    strcpy(two_path, in_directory("two"));
    make("new", "TU");
    rename(new_path, two_path);
    expect("a file that was replaced", library, &good, "map", 1, "it is another file than before");
    struct plan_bytes before = plan();
    make("two", "T");
    expect("a file that became shorter", library, &before, "map", 1, "it is another file than before");
    make("two", "TU");
    before = plan();
    rename(two_path, new_path);
    expect("a file that is missing", library, &before, "map", 1, "No such file");
    if (symlink(new_path, two_path) < 0)
        abort();
    expect("a link in its place", library, &before, "map", 1, "symbolic links");

    const char *names[] = { "base", "one", "two", "new", "plan" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_directory(names[i]));
    rmdir(directory);
    if (failures == 0)
        printf("memory: laid as planned, or not mapped\n");
    return failures != 0;
}
