#include "netlink.h"

#include "kernel_abi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Every request here is far smaller. */
struct message {
    struct netlink_header header;
    char body[240];
};

static void *start(struct message *message, uint16_t type, uint16_t flags, size_t body_size)
{
    memset(message, 0, sizeof *message);
    message->header = (struct netlink_header) { .length = (uint32_t) (sizeof message->header + body_size), .type = type,
        .flags = (uint16_t) (FLAG_REQUEST | FLAG_ANSWER | flags) };
    return message->body;
}

static size_t add(struct message *message, uint16_t type, const void *value, size_t size)
{
    size_t at = (message->header.length + 3) & ~(size_t) 3;
    struct netlink_attribute attribute = { (uint16_t) (sizeof attribute + size), type };
    memcpy((char *) message + at, &attribute, sizeof attribute);
    if (size > 0)
        memcpy((char *) message + at + sizeof attribute, value, size);
    message->header.length = (uint32_t) (at + sizeof attribute + size);
    return at;
}

static void add_number(struct message *message, uint16_t type, uint32_t number)
{
    add(message, type, &number, sizeof number);
}

static void add_ip(struct message *message, uint16_t type, uint32_t ip) { add_number(message, type, htonl(ip)); }

/* What was added since then lies inside the attribute at this place. */
static void enclose(struct message *message, size_t at)
{
    uint16_t length = (uint16_t) (message->header.length - at);
    memcpy((char *) message + at, &length, sizeof length);
}

static bool ask(int netlink, const struct message *message)
{
    struct { struct netlink_header header; struct netlink_error error; char rest[512]; } answer;
    if (send(netlink, message, message->header.length, 0) < 0)
        return false;
    ssize_t size = recv(netlink, &answer, sizeof answer, 0);
    if (size < 0)
        return false;
    if ((size_t) size < sizeof answer.header + sizeof answer.error || answer.header.type != NETLINK_ANSWER_ERROR) {
        errno = EPROTO;
        return false;
    }
    errno = -answer.error.error;
    return errno == 0;
}

int netlink_open(void)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE_FAMILY);
    struct { uint16_t family, pad; uint32_t port, groups; } kernel = { .family = AF_NETLINK };
    if (netlink < 0 || connect(netlink, (struct sockaddr *) &kernel, sizeof kernel) == 0)
        return netlink;
    int error = errno;
    close(netlink);
    errno = error;
    return -1;
}

static void settings(struct message *message, unsigned device, uint32_t flags)
{
    struct link_body *link = start(message, NEW_LINK, 0, sizeof *link);
    link->index = (int32_t) device;
    link->flags = link->change = flags;
}

bool netlink_start_device(int netlink, unsigned device, bool routes)
{
    struct message message;
    if (routes) {
        settings(&message, device, 0);
        size_t families = add(&message, LINK_FAMILY_SETTINGS, NULL, 0);
        size_t family = add(&message, AF_INET, NULL, 0);
        size_t values = add(&message, LINK_IPV4_SETTINGS, NULL, 0);
        add_number(&message, IPV4_FORWARDING, 1);
        add_number(&message, IPV4_REVERSE_PATH_FILTER, 1);
        enclose(&message, values);
        enclose(&message, family);
        enclose(&message, families);
        if (!ask(netlink, &message))
            return false;

        /* Fails where the kernel has no IPv6, and then need not be. */
        settings(&message, device, 0);
        families = add(&message, LINK_FAMILY_SETTINGS, NULL, 0);
        family = add(&message, AF_INET6, NULL, 0);
        add(&message, LINK_IPV6_ADDRESS_MODE, &(uint8_t) { IPV6_NO_ADDRESSES }, 1);
        enclose(&message, family);
        enclose(&message, families);
        ask(netlink, &message);
    }
    settings(&message, device, IFF_UP);
    return ask(netlink, &message);
}

bool netlink_add_address(int netlink, unsigned device, uint32_t address)
{
    struct message message;
    struct address_body *body = start(&message, NEW_ADDRESS, FLAG_CREATE | FLAG_EXCLUSIVE, sizeof *body);
    body->family = AF_INET;
    body->bits = 32;
    body->index = device;
    add_ip(&message, ADDRESS_LOCAL, address);
    add_ip(&message, ADDRESS_ADDRESS, address);
    return ask(netlink, &message);
}

bool netlink_add_route(int netlink, const struct route *route)
{
    struct message message;
    struct route_body *body = start(&message, NEW_ROUTE, FLAG_CREATE | FLAG_EXCLUSIVE, sizeof *body);
    body->family = AF_INET;
    body->bits = (uint8_t) route->bits;
    body->table = route->table;
    body->protocol = ROUTE_STATIC;
    body->type = route->type;
    body->scope = route->type == TYPE_LOCAL ? SCOPE_HOST
        : route->type == TYPE_UNICAST && !route->gateway ? SCOPE_LINK : SCOPE_UNIVERSE;
    if (route->bits > 0)
        add_ip(&message, ROUTE_TO, route->to);
    if (route->device)
        add_number(&message, ROUTE_DEVICE, route->device);
    if (route->gateway)
        add_ip(&message, ROUTE_GATEWAY, route->gateway);
    if (route->source)
        add_ip(&message, ROUTE_SOURCE, route->source);
    return ask(netlink, &message);
}

bool netlink_add_rule(int netlink, const struct rule *rule)
{
    struct message message;
    struct rule_body *body = start(&message, NEW_RULE, FLAG_CREATE | FLAG_EXCLUSIVE, sizeof *body);
    body->family = AF_INET;
    body->table = rule->table;
    body->action = RULE_LOOK_UP;
    add_number(&message, RULE_PRIORITY, rule->priority);
    if (rule->to) {
        body->bits = 32;
        add_ip(&message, RULE_TO, rule->to);
    }
    if (rule->input)
        add(&message, RULE_INPUT, rule->input, strlen(rule->input) + 1);
    if (rule->protocol)
        add(&message, RULE_PROTOCOL, &rule->protocol, 1);
    if (rule->port)
        add(&message, RULE_PORTS, (uint16_t[2]) { rule->port, rule->port }, 4);
    return ask(netlink, &message);
}

bool netlink_delete_first_rule(int netlink)
{
    struct message message;
    struct rule_body *body = start(&message, DELETE_RULE, 0, sizeof *body);
    body->family = AF_INET;
    body->table = TABLE_LOCAL;
    body->action = RULE_LOOK_UP;
    return ask(netlink, &message);
}
