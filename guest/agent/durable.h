/* Files that a machine which is switched off the next moment must still have. */
#ifndef SMOLVM_DURABLE_H
#define SMOLVM_DURABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Writes beside `path`, then renames, with the bytes on the disk before; the directory is the caller's to sync. */
bool durable_replace(const char *path, const void *bytes, size_t size, mode_t mode);

/* A file or directory that exists; true also for one that does not. False with errno. */
bool durable_sync(const char *path);

#endif
