/* The network as the kernel command line describes it. */
#ifndef SMOLVM_NET_H
#define SMOLVM_NET_H

#include <stdbool.h>
#include <stdint.h>

/* Loopback, and with smolvm.ip=ADDRESS/BITS [smolvm.gw=] [smolvm.dns=] the first network card. */
void net_configure(const char *cmdline);

/* Gives the card another address (6 bytes) and tells the neighbours; true where there is no card. */
bool net_set_hardware_address(const uint8_t *mac);

#endif
