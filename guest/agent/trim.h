/* TRIM: the guest gives up clean caches, and what is free then becomes zero, which a saved memory need not hold. */
#ifndef SMOLVM_TRIM_H
#define SMOLVM_TRIM_H

#include "channel.h"

void trim_serve(struct channel *ch, struct frame *frame);

#endif
