/* The sandbox's own namespaces. Each function returns null, or what failed (errno). */
#ifndef SMOLVM_NAMESPACE_H
#define SMOLVM_NAMESPACE_H

#include "../netpolicy/policy.h"

#include <stdbool.h>
#include <sys/types.h>

/* Moves the caller into a new network namespace and the user namespace that it belongs to, with all capabilities over
 * both, as its root: slirp4netns becomes that when it locks itself in. Supplementary groups stay in force, so that
 * /dev/kvm stays open. */
const char *namespace_enter(void);

/* Only a new network namespace, for root. */
const char *namespace_enter_network(void);

/* Moves the caller on into a user namespace below, where it looks as it did at first, without power over the network. */
const char *namespace_let_go(uid_t user, gid_t group);

/* A tap device that stays, for one user to open. */
const char *namespace_add_tap(const char *name, bool offloads, uid_t owner);

/* Brings up the loopback and, if it is not null, the tap: the guest behind it and its gateway, no way further. */
const char *namespace_set_up_tap(const char *tap);

/* Routes between the tap and the way out, as far as the policy allows; not to the host's own IPv4 addresses. */
const char *namespace_set_up_way_out(const char *tap, const struct destinations *own);

#endif
