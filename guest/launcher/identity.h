/* Which process this is, for one who finds the file later: a pid alone may be another program's by then. */
#ifndef SMOLVM_IDENTITY_H
#define SMOLVM_IDENTITY_H

#include <stdbool.h>

/* Writes "PID START BOOT\n" to a new file: START in clock ticks (proc(5), stat field 22), BOOT the id of this boot. */
bool identity_write(const char *path);

#endif
