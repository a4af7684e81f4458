/* REJUVENATE: what must not be the same in two machines that came from one snapshot. */
#ifndef SMOLVM_REJUVENATE_H
#define SMOLVM_REJUVENATE_H

#include "channel.h"

void rejuvenate_serve(struct channel *ch, struct frame *frame);

#endif
