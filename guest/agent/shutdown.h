#ifndef SMOLVM_SHUTDOWN_H
#define SMOLVM_SHUTDOWN_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* Reads from the kernel command line what a power-off is in this machine: with smolvm.poweroff=reset a reset. Firecracker
 * knows no other end of a guest. */
void shutdown_configure(void);

/* PID 1 only: ends every process, brings the file systems to rest, powers off or reboots. */
noreturn void shut_down(bool reboot);

/* The last step of it alone. */
noreturn void power_off(void);

#endif
