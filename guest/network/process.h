/* Another process, which stays the one it was when it was opened: its number may go to a new one. */
#ifndef SMOLVM_PROCESS_H
#define SMOLVM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct process {
    int directory; /* below /proc */
    int pidfd;     /* negative before Linux 5.3 */
};

/* False with errno. */
bool process_open(pid_t pid, struct process *process);

/* How long poll may wait for other things, in milliseconds: without a pidfd nothing wakes it when the process ends. */
int process_poll_limit(const struct process *process);

/* Also true for a zombie. */
bool process_ended(const struct process *process);

/* Closes all descriptors from this one on. */
void close_from(unsigned first);

#endif
