/* One path in a mounted tree. Links are followed as a process would whose root directory is the tree: none leads out. */
#ifndef SMOLVM_INSPECT_INSIDE_H
#define SMOLVM_INSPECT_INSIDE_H

#include <stdint.h>

/* Exit codes; others are failures of the program's own. */
enum { DONE = 0, NOT_THERE = 10, WRONG_KIND = 11, TOO_LARGE = 12, NO_DISK = 13, NO_FILE_SYSTEM = 14, DAMAGED = 15,
       A_DIRECTORY = 16 };

/* Writes a regular file to stdout, if it has at most `limit` bytes. */
int inside_read(const char *root, const char *path, uint64_t limit);

/* Shows a file or directory under its own name in the directory `at`, which is made. */
int inside_show(const char *root, const char *path, const char *at);

#endif
