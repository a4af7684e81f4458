/* Giving up what QEMU does not need. */
#ifndef SMOLVM_CONFINE_H
#define SMOLVM_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

struct path_list {
    const char **paths;
    size_t count;
};

/* Landlock's version in this kernel; 0 where there is none. */
int landlock_version(void);

/* From here on only the host's programs and libraries can be read, and what is listed. Null, or what failed (errno). */
const char *landlock_confine(const char *program, const struct path_list *read_only, const struct path_list *writable);

/* Empties every capability set, also for root, and makes sure that exec cannot fill them again. */
const char *drop_privileges(void);

#endif
