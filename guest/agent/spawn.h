/* Starting an EXEC's command. */
#ifndef SMOLVM_SPAWN_H
#define SMOLVM_SPAWN_H

#include "request.h"

#include <sys/types.h>

struct child {
    pid_t pid; /* leader of its own session and process group */
    int pidfd; /* readable when it has died */
    int in;    /* its stdin; with a tty all three are the terminal's master */
    int out;
    int err;   /* -1 with a tty */
    bool tty;
};

/* Zero, or the errno of what failed, named by `failed`. */
int spawn(const struct exec_request *request, struct child *child, const char **failed);

/* Asks what is left of the command to go (SIGHUP), and kills it two seconds later, without waiting for it. */
void spawn_hang_up(const struct child *child);

void set_nonblocking(int fd);

#endif
