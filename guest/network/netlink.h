/* One request after the other to the kernel's routing tables (rtnetlink(7)). False is a failure, with errno. */
#ifndef SMOLVM_NETLINK_H
#define SMOLVM_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

struct route {
    uint8_t table, type;
    uint32_t to; /* host order, as all addresses here */
    int bits;
    unsigned device;          /* 0: none */
    uint32_t gateway, source; /* 0: none */
};

struct rule {
    uint32_t priority;
    uint8_t table;
    uint32_t to;       /* 0: any */
    const char *input; /* the device it comes in by; null: any */
    uint8_t protocol;  /* 0: any */
    uint16_t port;     /* 0: any */
};

/* A socket for the calls below, in the namespace of the caller; negative on failure. */
int netlink_open(void);

/* Lets packets be routed through this device and drops those whose source does not lie behind it; brings it up. */
bool netlink_start_device(int netlink, unsigned device, bool routes);

/* With all 32 bits: no network is on the link but what routes say. */
bool netlink_add_address(int netlink, unsigned device, uint32_t address);

bool netlink_add_route(int netlink, const struct route *route);
bool netlink_add_rule(int netlink, const struct rule *rule);

/* The rule with priority 0: the table of local addresses before all others. */
bool netlink_delete_first_rule(int netlink);

#endif
