/* Asks what is behind a device for an address (RFC 826). slirp4netns answers for its own when it serves packets, and
 * learns where the asker's address is: the kernel would not tell it, because the guest's is not the namespace's. */
#ifndef SMOLVM_ARP_H
#define SMOLVM_ARP_H

#include <stdbool.h>
#include <stdint.h>

/* Negative on failure. */
int arp_open(const char *device);

/* Addresses in host order. */
void arp_ask(int arp, uint32_t asker, uint32_t wanted);

/* Reads one frame: whether it is the answer. */
bool arp_answered(int arp, uint32_t wanted);

#endif
