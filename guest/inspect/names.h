/* The names in a directory, in byte order. */
#ifndef SMOLVM_INSPECT_NAMES_H
#define SMOLVM_INSPECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct names { char **name; size_t count; };

/* False if not all could be read; those that could are there. */
bool names_read(int directory, struct names *to);

void names_free(struct names *names);

#endif
