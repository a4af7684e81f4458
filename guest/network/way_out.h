/* slirp4netns, which carries what a sandbox sends to the host's sockets, and the process that ends it with the sandbox:
 * nothing tells slirp4netns that a namespace is empty.
 *
 * Not pasta, which is faster: Debian 12's mixes up the bytes of a TCP connection that is busy in both directions, and
 * lets a guest wait for minutes where a connection was refused. */
#ifndef SMOLVM_WAY_OUT_H
#define SMOLVM_WAY_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct way_out {
    int control; /* a byte lets slirp4netns start; what comes back are its messages, and at its end the end of file */
};

/* From the caller's namespaces as they are: slirp4netns will open the host's sockets there. The log may be negative.
 * Null, or what failed (errno). */
const char *way_out_prepare(struct way_out *way_out, const char *slirp, int log);

/* Starts slirp4netns in the namespaces that the caller has by now. True when it answers; else its last words. */
bool way_out_start(struct way_out *way_out, char *words, size_t size);

#endif
