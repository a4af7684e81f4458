#include "../policy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static int failures;

static void expect(const struct policy *policy, const char *ip, int port, bool allowed)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((in_port_t) port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((in_port_t) port) };
    bool four = inet_pton(AF_INET, ip, &v4.sin_addr) == 1;
    if (!four && inet_pton(AF_INET6, ip, &v6.sin6_addr) != 1) {
        fprintf(stderr, "policy: the test's own address %s is wrong\n", ip);
        failures++;
        return;
    }
    bool got = four ? policy_allows(policy, (struct sockaddr *) &v4, sizeof v4)
                    : policy_allows(policy, (struct sockaddr *) &v6, sizeof v6);
    if (got != allowed) {
        fprintf(stderr, "policy: %s port %d should be %s\n", ip, port, allowed ? "allowed" : "refused");
        failures++;
    }
}

int main(void)
{
    struct policy policy = { 0 };
    policy_parse_resolvers("# a comment\nsearch lan\nnameserver 10.255.255.53\n nameserver\t127.0.0.53 # local\n"
            "nameserver fe80::1%eth0\nnameserverx 10.0.0.9\nnameserver nonsense\n", &policy.resolvers);
    policy_parse_allowed("127.0.0.1:8080,[::1]:9090,bad,10.0.0.1:0,10.0.0.2:99999,", &policy.allowed);
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x08080404) };
    policy_add_own(&policy.own, (struct sockaddr *) &own);

    static const struct { const char *ip; int port; bool allowed; } table[] = {
        { "1.1.1.1", 443, true }, { "8.8.8.8", 53, true }, { "93.184.216.34", 80, true },
        { "0.0.0.0", 80, false }, { "0.1.2.3", 80, false }, { "1.0.0.0", 80, true },
        { "9.255.255.255", 80, true }, { "10.0.0.0", 80, false }, { "10.255.255.255", 80, false }, { "11.0.0.0", 80, true },
        { "100.63.255.255", 80, true }, { "100.64.0.0", 80, false }, { "100.100.100.200", 80, false },
        { "100.127.255.255", 80, false }, { "100.128.0.0", 80, true },
        { "126.255.255.255", 80, true }, { "127.0.0.1", 80, false }, { "127.255.255.255", 80, false }, { "128.0.0.0", 80, true },
        { "168.63.129.15", 80, true }, { "168.63.129.16", 80, false }, { "168.63.129.17", 80, true },
        { "169.253.255.255", 80, true }, { "169.254.0.0", 80, false }, { "169.254.169.254", 80, false }, { "169.255.0.0", 80, true },
        { "172.15.255.255", 80, true }, { "172.16.0.0", 80, false }, { "172.31.255.255", 80, false }, { "172.32.0.0", 80, true },
        { "191.255.255.255", 80, true }, { "192.0.0.192", 80, false }, { "192.0.1.0", 80, true },
        { "192.167.255.255", 80, true }, { "192.168.0.0", 80, false }, { "192.168.255.255", 80, false }, { "192.169.0.0", 80, true },
        { "198.17.255.255", 80, true }, { "198.18.0.0", 80, false }, { "198.19.255.255", 80, false }, { "198.20.0.0", 80, true },
        { "223.255.255.255", 80, true }, { "224.0.0.1", 80, false }, { "239.255.255.255", 80, false },
        { "240.0.0.0", 80, false }, { "255.255.255.255", 80, false },
        { "8.8.4.4", 443, false }, /* the host's own */
        { "10.255.255.53", 53, true }, { "10.255.255.53", 80, false }, { "127.0.0.53", 53, true }, { "127.0.0.53", 54, false },
        { "10.0.0.9", 53, false }, { "fe80::1", 53, true }, { "fe80::1", 80, false },
        { "127.0.0.1", 8080, true }, { "127.0.0.1", 8081, false }, { "::1", 9090, true }, { "::1", 9091, false },
        { "10.0.0.1", 0, false }, { "10.0.0.2", 34463, false },
        { "2606:4700:4700::1111", 443, true }, { "2001:4860:4860::8888", 53, true },
        { "::", 80, false }, { "::2", 80, false }, { "fe80::1234", 80, false }, { "febf::1", 80, false }, { "fec0::1", 80, false },
        { "fc00::1", 80, false }, { "fdff::1", 80, false }, { "fd00:ec2::254", 80, false }, { "fbff::1", 80, true },
        { "ff02::1", 80, false }, { "2001::1", 80, false }, { "2001:1::1", 80, true },
        { "::ffff:127.0.0.1", 80, false }, { "::ffff:127.0.0.1", 8080, true }, { "::ffff:1.1.1.1", 80, true },
        { "::ffff:169.254.169.254", 80, false }, { "::ffff:8.8.4.4", 80, false }, { "::127.0.0.1", 80, false },
        { "64:ff9b::10.0.0.1", 80, false }, { "64:ff9b::1.1.1.1", 80, true }, { "64:ff9b:1::1.1.1.1", 80, false },
        { "2002:0a00:0001::1", 80, false }, { "2002:0101:0101::1", 80, true },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect(&policy, table[i].ip, table[i].port, table[i].allowed);

    struct sockaddr_un local = { .sun_family = AF_UNIX };
    if (!policy_allows(&policy, (struct sockaddr *) &local, sizeof local))
        failures += fprintf(stderr, "policy: unix sockets should be allowed\n") > 0;
    struct sockaddr_in cut = { .sin_family = AF_INET };
    if (policy_allows(&policy, (struct sockaddr *) &cut, 4))
        failures += fprintf(stderr, "policy: a cut address should be refused\n") > 0;

    if (failures == 0)
        printf("policy: %zu destinations as expected\n", sizeof table / sizeof *table);
    return failures != 0;
}
