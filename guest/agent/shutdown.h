#ifndef SMOLVM_SHUTDOWN_H
#define SMOLVM_SHUTDOWN_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* PID 1 only: ends every process, brings the file systems to rest, powers off or reboots. */
noreturn void shut_down(bool reboot);

#endif
