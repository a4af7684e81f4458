/* Looks into disks for the host, in a virtual machine that holds nothing else: a hostile disk is parsed there. */
#include "compare.h"
#include "disk.h"
#include "inside.h"
#include "records.h"
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static bool is(int argc, char **argv, const char *command, int parameters)
{
    return argc == 2 + parameters && strcmp(argv[1], command) == 0;
}

static int compare(char **argv, bool read_all)
{
    if (!compare_trees(argv[2], argv[3], read_all)) {
        say("%s", strerror(errno));
        return DAMAGED;
    }
    return record_end() ? DONE : 1;
}

int main(int argc, char **argv)
{
    if (is(argc, argv, "mount", 2))
        return disk_mount(argv[2], argv[3]);
    if (is(argc, argv, "compare", 2))
        return compare(argv, false);
    if (is(argc, argv, "compare-all", 2))
        return compare(argv, true);
    if (is(argc, argv, "read", 3))
        return inside_read(argv[2], argv[3], strtoull(argv[4], NULL, 10));
    if (is(argc, argv, "show", 3))
        return inside_show(argv[2], argv[3], argv[4]);
    say("usage: smolvm-inspect mount SERIAL DIR | compare[-all] BEFORE AFTER | read ROOT PATH LIMIT | show ROOT PATH DIR");
    return 2;
}
