/* What a comparison says, in records that the host reads: docs/control-channel.md, "Looking into disks". */
#ifndef SMOLVM_INSPECT_RECORDS_H
#define SMOLVM_INSPECT_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum change { ADDED = 1, REMOVED, CHANGED, UNREADABLE };

enum aspect { CONTENT = 1, MODE = 2, OWNER = 4, KIND = 8, LINK_TARGET = 16, DEVICE_NUMBER = 32 };

/* NULL for a side where there is nothing. `path` is relative to the trees' roots. */
void record_change(enum change change, const struct stat *before, const struct stat *after, unsigned aspects,
                   const char *path);

/* One more entry was looked at; now and then the host is told how many, and so that this program lives. */
void record_entry(void);

/* Time passes on one entry. */
void record_alive(void);

/* All was compared. */
bool record_end(void);

#endif
