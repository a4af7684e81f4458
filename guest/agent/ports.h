/* Where hosts connect: virtio ports, vsock, and a unix socket outside a sandbox. */
#ifndef SMOLVM_PORTS_H
#define SMOLVM_PORTS_H

#include <stdbool.h>
#include <stddef.h>

enum { PORT_NAME = 32, VSOCK_PORT = 5000 };

/* Calls `each` with the device name ("vport1p2") of every virtio port named smolvm.N. */
void ports_each(void (*each)(const char *device, void *context), void *context);

/* A socket that hears when the kernel adds or renames a device; -1 when there is none. */
int ports_watch(void);

/* Each of these serves until the process ends. */
void port_serve(const char *device);
void vsock_serve(void);
int stdio_serve(void);
int socket_serve(const char *path);

/* Whether a host can reach this machine over vsock. */
bool vsock_available(void);

#endif
