/* Which destinations a guest may reach: the public internet, and nothing of the host's own network. */
#ifndef SMOLVM_POLICY_H
#define SMOLVM_POLICY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_DESTINATIONS = 64 };

struct destination {
    struct in6_addr address; /* IPv4 as v4-mapped */
    in_port_t port;          /* host order; 0: any */
};

struct destinations {
    struct destination list[MAX_DESTINATIONS];
    size_t count;
};

struct policy {
    struct destinations resolvers; /* from resolv.conf, port 53: libslirp forwards the guest's DNS to them */
    struct destinations allowed;   /* by name of the user; see policy_parse_allowed */
    struct destinations own;       /* the host's own addresses, public ones too */
};

/* True for everything that is not IPv4 or IPv6. */
bool policy_allows(const struct policy *policy, const struct sockaddr *address, socklen_t length);

/* The refused IPv4 networks one after the other, in host order; false after the last. */
bool policy_refused4(size_t index, uint32_t *network, int *bits);

/* "127.0.0.1:8080,[::1]:53": entries that cannot be read are left out. */
void policy_parse_allowed(const char *text, struct destinations *to);

/* The nameserver lines of resolv.conf. */
void policy_parse_resolvers(const char *text, struct destinations *to);

/* Adds an interface's address, of any family. */
void policy_add_own(struct destinations *to, const struct sockaddr *address);

#endif
