/* Requests that read files: GET, STAT. */
#ifndef SMOLVM_GET_H
#define SMOLVM_GET_H

#include "channel.h"

void get_serve(struct channel *ch, struct frame *frame);
void stat_serve(struct channel *ch, struct frame *frame);

#endif
