/* What a program prints, in a file that never grows past a limit: a guest's console must not fill the host's disk. */
#ifndef SMOLVM_CONSOLE_H
#define SMOLVM_CONSOLE_H

/* Descriptor `output` goes to a process that appends it to `path` until this one and all its children have ended; past 1 MiB
 * only the last half stays. NULL, or what failed (errno says why). */
const char *console_capture(int output, const char *path);

#endif
