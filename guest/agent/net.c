#include "net.h"

#include "clock.h"
#include "cmdline.h"
#include "log.h"
#include "text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CARD_WAIT_MS = 2000 };

static struct sockaddr address(uint32_t network_order)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = network_order };
    struct sockaddr out;
    memcpy(&out, &in, sizeof out);
    return out;
}

static bool bring_up(int fd, const char *name)
{
    struct ifreq request = { 0 };
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return false;
    request.ifr_flags |= IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

/* The card with the lowest name that is a device and not virtual. */
static bool find_card(char name[IFNAMSIZ])
{
    DIR *dir = opendir("/sys/class/net");
    bool found = false;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char device[PATH_MAX];
        snprintf(device, sizeof device, "/sys/class/net/%s/device", e->d_name);
        if (e->d_name[0] == '.' || strlen(e->d_name) >= IFNAMSIZ || access(device, F_OK) < 0)
            continue;
        if (!found || strcmp(e->d_name, name) < 0)
            strcpy(name, e->d_name);
        found = true;
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool set_address(int fd, const char *name, const char *cidr)
{
    char text[64];
    snprintf(text, sizeof text, "%s", cidr);
    char *slash = strchr(text, '/');
    long bits = slash ? strtol(slash + 1, NULL, 10) : 24;
    if (slash)
        *slash = 0;
    struct in_addr ip;
    errno = EINVAL;
    if (bits < 1 || bits > 32 || inet_pton(AF_INET, text, &ip) != 1)
        return false;
    struct ifreq request = { 0 };
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_addr = address(ip.s_addr);
    if (ioctl(fd, SIOCSIFADDR, &request) < 0)
        return false;
    request.ifr_netmask = address(htonl(UINT32_MAX << (32 - bits)));
    return ioctl(fd, SIOCSIFNETMASK, &request) == 0;
}

static bool set_gateway(int fd, const char *gateway)
{
    struct in_addr ip;
    if (inet_pton(AF_INET, gateway, &ip) != 1) {
        errno = EINVAL;
        return false;
    }
    struct rtentry route = { .rt_dst = address(0), .rt_genmask = address(0), .rt_gateway = address(ip.s_addr),
        .rt_flags = RTF_UP | RTF_GATEWAY };
    return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

static void set_resolver(const char *server)
{
    char text[96];
    struct stat st;
    struct in_addr ip;
    if (inet_pton(AF_INET, server, &ip) != 1)
        return;
    snprintf(text, sizeof text, "nameserver %s\n", server);
    if (lstat("/etc/resolv.conf", &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT)
        text_replace("/etc/resolv.conf", text, 0644);
}

/* No VMM's network has IPv6: asking for a router would go on for minutes, also in each fork. */
static void expect_no_router(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/router_solicitations", name);
    text_write(path, "0");
}

static void configure_card(int fd, const char *cmdline, const char *ip)
{
    char name[IFNAMSIZ], value[64];
    for (int64_t until = monotonic_ms() + CARD_WAIT_MS; !find_card(name); sleep_ms(20)) {
        if (monotonic_ms() >= until) {
            log_line("no network card for smolvm.ip");
            return;
        }
    }
    expect_no_router(name);
    bool good = set_address(fd, name, ip) && bring_up(fd, name);
    if (good && cmdline_value(cmdline, "smolvm.gw", value, sizeof value))
        good = set_gateway(fd, value);
    if (!good)
        log_line("cannot configure %s: %s", name, strerror(errno));
    if (cmdline_value(cmdline, "smolvm.dns", value, sizeof value))
        set_resolver(value);
}

void net_configure(const char *cmdline)
{
    char ip[64];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    bring_up(fd, "lo");
    if (cmdline_value(cmdline, "smolvm.ip", ip, sizeof ip))
        configure_card(fd, cmdline, ip);
    close(fd);
}

/* The neighbours know the old address: without an announcement they would go on sending to it. */
static void announce_changes(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/arp_notify", name);
    text_write(path, "1");
}

bool net_set_hardware_address(const uint8_t *mac)
{
    struct ifreq request = { 0 };
    char name[IFNAMSIZ];
    if (!find_card(name))
        return true;
    announce_changes(name);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, mac, 6);
    bool good = fd >= 0 && ioctl(fd, SIOCSIFHWADDR, &request) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return good;
}
