#include "namespace.h"

#include "addresses.h"
#include "kernel_abi.h"
#include "netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = write(fd, text, strlen(text)) == (ssize_t) strlen(text);
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

static bool map(const char *path, unsigned inside, unsigned outside)
{
    char text[64];
    snprintf(text, sizeof text, "%u %u 1\n", inside, outside);
    return write_text(path, text);
}

const char *namespace_enter(void)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return "new user and network namespaces";
    if (!map("/proc/self/uid_map", 0, user))
        return "user of the new namespace";
    /* Without this, mapping a group needs a capability outside. The groups this process has stay. */
    if (!write_text("/proc/self/setgroups", "deny"))
        return "groups of the new namespace";
    return map("/proc/self/gid_map", 0, group) ? NULL : "group of the new namespace";
}

const char *namespace_enter_network(void) { return unshare(CLONE_NEWNET) < 0 ? "new network namespace" : NULL; }

const char *namespace_let_go(uid_t user, gid_t group)
{
    if (unshare(CLONE_NEWUSER) < 0)
        return "second user namespace";
    return map("/proc/self/uid_map", user, 0) && map("/proc/self/gid_map", group, 0) ? NULL
        : "user of the second namespace";
}

const char *namespace_add_tap(const char *name, bool offloads, uid_t owner)
{
    struct ifreq request = { .ifr_flags = (short) (IFF_TAP | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0)) };
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    if (tun < 0)
        return "/dev/net/tun";
    bool good = ioctl(tun, TUNSETIFF, &request) == 0 && ioctl(tun, TUNSETOWNER, (unsigned long) owner) == 0
        && ioctl(tun, TUNSETPERSIST, 1ul) == 0;
    int error = errno;
    close(tun);
    errno = error;
    return good ? NULL : "tap device";
}

static const char *finish(int netlink, const char *failed)
{
    int error = errno;
    close(netlink);
    errno = error;
    return failed;
}

const char *namespace_set_up_tap(const char *tap)
{
    int netlink = netlink_open();
    if (netlink < 0)
        return "netlink";
    if (!netlink_start_device(netlink, if_nametoindex("lo"), false))
        return finish(netlink, "loopback device");
    if (!tap)
        return finish(netlink, NULL);
    unsigned device = if_nametoindex(tap);
    /* The guest's route lies beside the refused networks, which hold its address. */
    bool good = netlink_start_device(netlink, device, true)
        && netlink_add_address(netlink, device, ADDRESS_GATEWAY)
        && netlink_add_route(netlink, &(struct route) { .table = TABLE_LOCAL, .type = TYPE_UNICAST, .to = ADDRESS_GUEST,
                .bits = 32, .device = device, .source = ADDRESS_GATEWAY });
    return finish(netlink, good ? NULL : "addresses");
}

/* Refused networks are this namespace's own addresses: nobody listens on them, so TCP is reset and UDP is unreachable at
 * once. Routes that prohibit would answer too, but the kernel sends only one such answer a second. Pings would be
 * answered; so for them the routes prohibit. */
enum { TABLE_RESOLVER = 100, TABLE_PINGS = 101 };
enum { FIRST_RESOLVER = 1, FIRST_PINGS = 2, THEN_LOCAL = 3, ICMP = 1, TCP = 6, UDP = 17, DNS = 53 };

static bool refuse(int netlink, uint32_t network, int bits)
{
    struct route own = { .table = TABLE_LOCAL, .type = TYPE_LOCAL, .to = network, .bits = bits,
        .device = if_nametoindex("lo") };
    struct route pings = { .table = TABLE_PINGS, .type = TYPE_PROHIBIT, .to = network, .bits = bits };
    /* The loopback's own network is there already. */
    return (netlink_add_route(netlink, &own) || errno == EEXIST) && netlink_add_route(netlink, &pings);
}

static bool refuse_all(int netlink, const struct destinations *own)
{
    uint32_t network;
    int bits;
    for (size_t i = 0; policy_refused4(i, &network, &bits); i++)
        if (!refuse(netlink, network, bits))
            return false;
    for (size_t i = 0; i < own->count; i++) {
        const uint8_t *ip = own->list[i].address.s6_addr + 12;
        network = (uint32_t) ip[0] << 24 | (uint32_t) ip[1] << 16 | (uint32_t) ip[2] << 8 | ip[3];
        if (!refuse(netlink, network, 32) && errno != EEXIST)
            return false;
    }
    return netlink_add_route(netlink, &(struct route) { .table = TABLE_PINGS, .type = TYPE_THROW, .to = ADDRESS_GATEWAY,
            .bits = 32 });
}

static bool route_out(int netlink, unsigned device, uint8_t table)
{
    return netlink_add_route(netlink, &(struct route) { .table = table, .type = TYPE_UNICAST, .to = ADDRESS_RESOLVER,
                .bits = 32, .device = device })
        && netlink_add_route(netlink, &(struct route) { .table = table, .type = TYPE_UNICAST, .device = device,
                .gateway = ADDRESS_RESOLVER });
}

const char *namespace_set_up_way_out(const char *tap, const struct destinations *own)
{
    int netlink = netlink_open();
    if (netlink < 0)
        return "netlink";
    unsigned device = if_nametoindex(WAY_OUT_DEVICE);
    if (!netlink_start_device(netlink, device, true))
        return finish(netlink, WAY_OUT_DEVICE);
    if (!refuse_all(netlink, own))
        return finish(netlink, "routes of the policy");
    if (!route_out(netlink, device, TABLE_MAIN) || !route_out(netlink, device, TABLE_RESOLVER))
        return finish(netlink, "routes");
    /* The other ports of the resolver's address would be those of the host's resolver. */
    struct rule dns = { .priority = FIRST_RESOLVER, .table = TABLE_RESOLVER, .to = ADDRESS_RESOLVER, .protocol = UDP,
        .port = DNS };
    struct rule long_dns = dns;
    long_dns.protocol = TCP;
    struct rule pings = { .priority = FIRST_PINGS, .table = TABLE_PINGS, .input = tap, .protocol = ICMP };
    struct rule local = { .priority = THEN_LOCAL, .table = TABLE_LOCAL };
    if (!netlink_add_rule(netlink, &dns) || !netlink_add_rule(netlink, &long_dns) || !netlink_add_rule(netlink, &pings)
            || !netlink_add_rule(netlink, &local) || !netlink_delete_first_rule(netlink))
        return finish(netlink, "routing rules");
    /* Where /proc is read-only, refused UDP is answered once a second. */
    write_text("/proc/sys/net/ipv4/icmp_ratemask", "0");
    return finish(netlink, NULL);
}
