/* Requests that write files: PUT, MKDIR, SYMLINK. */
#ifndef SMOLVM_PUT_H
#define SMOLVM_PUT_H

#include "channel.h"

void put_serve(struct channel *ch, struct frame *frame);
void mkdir_serve(struct channel *ch, struct frame *frame);
void symlink_serve(struct channel *ch, struct frame *frame);

#endif
