/* Compares two trees, following no link. */
#ifndef SMOLVM_INSPECT_COMPARE_H
#define SMOLVM_INSPECT_COMPARE_H

#include <stdbool.h>

/* `read_all`: also files whose inode says that nobody wrote them. False with errno if a root cannot be opened. */
bool compare_trees(const char *before, const char *after, bool read_all);

#endif
