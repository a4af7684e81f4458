/* FREEZE and THAW. A helper process holds the freeze, so that it ends with the session, with the watchdog, or
 * with the helper itself, whichever comes first. */
#ifndef SMOLVM_FREEZE_H
#define SMOLVM_FREEZE_H

#include "channel.h"

void freeze_serve(struct channel *ch, uint32_t watchdog_ms);
void thaw_serve(struct channel *ch);

/* The session has ended. */
void freeze_release(void);

/* Whether this session's file systems are frozen now. */
bool freeze_held(void);

#endif
