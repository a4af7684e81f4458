/* The process that holds a freeze. */
#ifndef SMOLVM_FREEZER_H
#define SMOLVM_FREEZER_H

#include <stdint.h>
#include <stdnoreturn.h>

enum freeze_step { FREEZE_HELPER, FREEZE_LOCK, FREEZE_MOUNTS, FREEZE_SYNC, FREEZE_IOCTL };

struct freeze_result {
    int error;
    enum freeze_step failed;
    uint16_t frozen, synced;
};

/* Freezes, sends one freeze_result, and thaws on a byte (answered with 'T'), on end of file, or when the watchdog
 * runs out. */
noreturn void freezer_main(int session, uint32_t watchdog_ms);

/* Thaws every file system that is mounted, whoever froze it. */
void thaw_everything(void);

#endif
