/* Copies TCP connections from a listening socket to one address. */
#ifndef SMOLVM_RELAY_H
#define SMOLVM_RELAY_H

#include "process.h"

#include <netinet/in.h>

/* Connects from the caller's network namespace; the listening socket may be another's. Returns when the process ends. */
void relay_run(int listener, const struct sockaddr_in *to, const struct process *until);

#endif
