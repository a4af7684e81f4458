/* What is in two files or links. */
#ifndef SMOLVM_INSPECT_CONTENTS_H
#define SMOLVM_INSPECT_CONTENTS_H

#include <stdbool.h>

/* Two regular files of one size. False if they cannot be read. */
bool contents_same(int parent_a, const char *a, int parent_b, const char *b, bool *same);

bool links_same(int parent_a, const char *a, int parent_b, const char *b, bool *same);

#endif
