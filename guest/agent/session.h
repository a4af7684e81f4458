/* Sessions: one after another on a virtio port, one only on a stream. */
#ifndef SMOLVM_SESSION_H
#define SMOLVM_SESSION_H

#include "channel.h"

#define AGENT_VERSION "0.1.0"

struct session_policy {
    /* Not a machine of our own: refuse what would change the machine as a whole. */
    bool on_host;
};

/* Returns when no host can come again. */
void session_serve(struct channel *ch, const struct session_policy *policy);

#endif
