#include "arp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct frame {
    uint8_t to[6], from[6];
    uint16_t type, hardware, protocol;
    uint8_t hardware_size, protocol_size;
    uint16_t operation;
    uint8_t sender[6], sender_ip[4], target[6], target_ip[4];
} __attribute__((packed));

enum { REQUEST = 1, ANSWER = 2, HARDWARE_ETHERNET = 1 };

int arp_open(const char *device)
{
    struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
        .sll_ifindex = (int) if_nametoindex(device) };
    int arp = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (arp < 0 || bind(arp, (struct sockaddr *) &address, sizeof address) == 0)
        return arp;
    int error = errno;
    close(arp);
    errno = error;
    return -1;
}

void arp_ask(int arp, uint32_t asker, uint32_t wanted)
{
    struct frame frame = { .to = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, .type = htons(ETH_P_ARP),
        .hardware = htons(HARDWARE_ETHERNET), .protocol = htons(ETH_P_IP), .hardware_size = 6, .protocol_size = 4,
        .operation = htons(REQUEST) };
    struct sockaddr_ll own;
    socklen_t size = sizeof own;
    if (getsockname(arp, (struct sockaddr *) &own, &size) < 0)
        return;
    memcpy(frame.from, own.sll_addr, 6);
    memcpy(frame.sender, own.sll_addr, 6);
    memcpy(frame.sender_ip, &(uint32_t) { htonl(asker) }, 4);
    memcpy(frame.target_ip, &(uint32_t) { htonl(wanted) }, 4);
    send(arp, &frame, sizeof frame, 0);
}

bool arp_answered(int arp, uint32_t wanted)
{
    struct frame frame;
    uint32_t ip = htonl(wanted);
    return recv(arp, &frame, sizeof frame, 0) == sizeof frame && frame.operation == htons(ANSWER)
        && memcmp(frame.sender_ip, &ip, 4) == 0;
}
