/* PID 1: boots the machine, keeps its services, reaps orphans, shuts down. */
#ifndef SMOLVM_INIT_H
#define SMOLVM_INIT_H

#include <stdbool.h>

void init_main(void);

/* From other processes. The signals are those of busybox, whose poweroff and reboot then work too. */
void init_request_shutdown(bool reboot);
void init_request_sshd_restart(void);

#endif
