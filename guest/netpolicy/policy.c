#include "policy.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DNS = 53 };

struct range4 { uint32_t network; int bits; };
struct range6 { uint8_t network[16]; int bits; };

/* Special-purpose networks (IANA's IPv4 and IPv6 registries) that reach the host, its neighbours or many machines. */
static const struct range4 refused4[] = {
    { 0x00000000, 8 },  /* this network */
    { 0x0a000000, 8 },  /* private */
    { 0x64400000, 10 }, /* carrier-grade NAT; a metadata service of some clouds */
    { 0x7f000000, 8 },  /* loopback */
    { 0xa83f8110, 32 }, /* 168.63.129.16: Azure's host, though the address is public */
    { 0xa9fe0000, 16 }, /* link-local; the metadata service of most clouds */
    { 0xac100000, 12 }, /* private */
    { 0xc0000000, 24 }, /* IETF; a metadata service of some clouds */
    { 0xc0a80000, 16 }, /* private */
    { 0xc6120000, 15 }, /* benchmarks inside networks */
    { 0xe0000000, 4 },  /* multicast */
    { 0xf0000000, 4 },  /* reserved, and broadcast */
};

static const struct range6 refused6[] = {
    { { 0 }, 96 },                               /* unspecified, loopback, and IPv4 the old way */
    { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48 }, /* a network's own translation to IPv4 */
    { { 0x20, 0x01, 0x00, 0x00 }, 32 },          /* Teredo: IPv4 inside */
    { { 0xfc }, 7 },                             /* unique local; a metadata service of some clouds */
    { { 0xfe, 0x80 }, 10 },                      /* link-local */
    { { 0xfe, 0xc0 }, 10 },                      /* site-local */
    { { 0xff }, 8 },                             /* multicast */
};

bool policy_refused4(size_t index, uint32_t *network, int *bits)
{
    if (index >= sizeof refused4 / sizeof *refused4)
        return false;
    *network = refused4[index].network;
    *bits = refused4[index].bits;
    return true;
}

static bool public4(uint32_t ip)
{
    for (size_t i = 0; i < sizeof refused4 / sizeof *refused4; i++)
        if ((ip ^ refused4[i].network) >> (32 - refused4[i].bits) == 0)
            return false;
    return true;
}

static bool has_prefix(const uint8_t *ip, const uint8_t *network, int bits)
{
    int whole = bits / 8, rest = bits % 8;
    return memcmp(ip, network, (size_t) whole) == 0 && (!rest || (ip[whole] ^ network[whole]) >> (8 - rest) == 0);
}

static uint32_t embedded(const uint8_t *at)
{
    return (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];
}

static bool public_address(const struct in6_addr *address)
{
    static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    static const uint8_t six_to_four[2] = { 0x20, 0x02 };
    const uint8_t *ip = address->s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(address) || has_prefix(ip, nat64, 96))
        return public4(embedded(ip + 12));
    if (has_prefix(ip, six_to_four, 16) && !public4(embedded(ip + 2)))
        return false;
    for (size_t i = 0; i < sizeof refused6 / sizeof *refused6; i++)
        if (has_prefix(ip, refused6[i].network, refused6[i].bits))
            return false;
    return true;
}

static struct in6_addr mapped(struct in_addr ip)
{
    struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
    memcpy(address.s6_addr + 12, &ip, 4);
    return address;
}

/* False for other families. */
static bool read_address(const struct sockaddr *address, socklen_t length, struct destination *to)
{
    if (address->sa_family == AF_INET && length >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        *to = (struct destination) { mapped(in.sin_addr), ntohs(in.sin_port) };
        return true;
    }
    if (address->sa_family == AF_INET6 && length >= 24) { /* without the scope, as RFC 2133 had it */
        struct sockaddr_in6 in = { 0 };
        memcpy(&in, address, length < sizeof in ? length : sizeof in);
        *to = (struct destination) { in.sin6_addr, ntohs(in.sin6_port) };
        return true;
    }
    return false;
}

static bool contains(const struct destinations *all, const struct destination *d)
{
    for (size_t i = 0; i < all->count; i++)
        if (memcmp(&all->list[i].address, &d->address, sizeof d->address) == 0
                && (all->list[i].port == 0 || all->list[i].port == d->port))
            return true;
    return false;
}

bool policy_allows(const struct policy *policy, const struct sockaddr *address, socklen_t length)
{
    struct destination d;
    if (!read_address(address, length, &d))
        return address->sa_family != AF_INET && address->sa_family != AF_INET6;
    if (contains(&policy->resolvers, &d) || contains(&policy->allowed, &d))
        return true;
    return public_address(&d.address) && !contains(&policy->own, &d);
}

static bool add(struct destinations *to, const char *ip, in_port_t port)
{
    struct in_addr v4;
    struct destination d = { .port = port };
    if (inet_pton(AF_INET, ip, &v4) == 1)
        d.address = mapped(v4);
    else if (inet_pton(AF_INET6, ip, &d.address) != 1)
        return false;
    if (to->count == MAX_DESTINATIONS)
        return false;
    to->list[to->count++] = d;
    return true;
}

void policy_parse_allowed(const char *text, struct destinations *to)
{
    to->count = 0;
    while (*text) {
        char entry[80];
        size_t length = strcspn(text, ",");
        if (length < sizeof entry) {
            memcpy(entry, text, length);
            entry[length] = 0;
            char *colon = strrchr(entry, ':');
            long port = colon ? strtol(colon + 1, NULL, 10) : 0;
            char *ip = entry;
            if (colon)
                *colon = 0;
            if (*ip == '[' && colon && colon[-1] == ']') {
                colon[-1] = 0;
                ip++;
            }
            if (port > 0 && port < 65536)
                add(to, ip, (in_port_t) port);
        }
        text += length + (text[length] == ',');
    }
}

void policy_parse_resolvers(const char *text, struct destinations *to)
{
    static const char keyword[] = "nameserver";
    to->count = 0;
    while (*text) {
        char ip[64];
        size_t line = strcspn(text, "\n");
        const char *at = text + strspn(text, " \t");
        if (strncmp(at, keyword, sizeof keyword - 1) == 0 && (at[sizeof keyword - 1] == ' ' || at[sizeof keyword - 1] == '\t')) {
            at += sizeof keyword - 1;
            at += strspn(at, " \t");
            size_t length = strcspn(at, " \t\r\n%#;");
            if (length < sizeof ip) {
                memcpy(ip, at, length);
                ip[length] = 0;
                add(to, ip, DNS);
            }
        }
        text += line + (text[line] == '\n');
    }
}

void policy_add_own(struct destinations *to, const struct sockaddr *address)
{
    struct destination d;
    socklen_t length = address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    if (to->count < MAX_DESTINATIONS && read_address(address, length, &d)) {
        d.port = 0;
        to->list[to->count++] = d;
    }
}
