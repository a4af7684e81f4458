/* The network as the kernel command line describes it. */
#ifndef SMOLVM_NET_H
#define SMOLVM_NET_H

/* Loopback, and with smolvm.ip=ADDRESS/BITS [smolvm.gw=] [smolvm.dns=] the first network card. */
void net_configure(const char *cmdline);

#endif
