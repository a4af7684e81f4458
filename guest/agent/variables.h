/* Variables that a fork was given, kept on its disk for every command. Their values may be secrets. */
#ifndef SMOLVM_VARIABLES_H
#define SMOLVM_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

/* All of them together, each with its closing NUL. The host has the same limit (GuestVariables). */
enum { VARIABLES_LIMIT = 48 * 1024 };

/* `NAME=VALUE` with a name that a shell takes. */
bool variable_is_valid(const char *pair);

/* The old list (each pair with its NUL) with these in place of those of the same names. To be freed; NULL with errno:
 * EINVAL for a pair that is not valid, E2BIG. */
char *variables_merge(const char *old, size_t old_size, char **pairs, size_t *size);

/* Adds to what is kept; durable when it returns. False with errno. */
bool variables_keep(char **pairs);

/* What is kept, to be freed; NULL with errno, ENOENT where nothing is. */
char *variables_read(size_t *size);

#endif
