/* The kernel command line, and base64 for the keys on it. */
#ifndef SMOLVM_CMDLINE_H
#define SMOLVM_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

/* The value of `key=value`; the last one wins. False when it is not there or does not fit. */
bool cmdline_value(const char *cmdline, const char *key, char *to, size_t size);

/* Whether `key` has exactly this value. */
bool cmdline_says(const char *cmdline, const char *key, const char *value);

/* False for what is not base64, holds a NUL, or does not fit with its closing NUL. */
bool base64_text(const char *encoded, char *to, size_t size);

#endif
