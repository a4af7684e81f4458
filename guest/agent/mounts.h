/* The lines of /proc/self/mountinfo. */
#ifndef SMOLVM_MOUNTS_H
#define SMOLVM_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct mount_line {
    unsigned major, minor;
    char *directory;
    char *fstype;
    char *source;
    bool read_only; /* the file system, not only this mount of it */
};

/* Parses one line, cutting it into strings in place and undoing the kernel's \040 escapes. */
bool mount_parse(char *line, struct mount_line *out);

/* Calls `each` for every line, in mount order, until it returns false. */
bool mounts_each(char *mountinfo, bool (*each)(const struct mount_line *, void *), void *context);

/* A file system on a block device that may hold unwritten data. FUSE is left out: a dead server would hang us. */
bool mount_is_writable_disk(const struct mount_line *m);

void unescape_octal(char *text);

#endif
