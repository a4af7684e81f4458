/* EXEC: runs one command and carries its input and output. */
#ifndef SMOLVM_EXEC_H
#define SMOLVM_EXEC_H

#include "channel.h"

void exec_serve(struct channel *ch, struct frame *frame);

#endif
