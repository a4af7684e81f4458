/* STDIN on its way to a command: bounded by the window the host was granted. */
#ifndef SMOLVM_INPUT_RING_H
#define SMOLVM_INPUT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STDIN_WINDOW = 256 * 1024, WINDOW_STEP = 64 * 1024 };

struct input_ring {
    size_t start, length;
    size_t granted; /* what the host may still send */
    size_t owed;    /* consumed, not yet granted again */
    uint8_t bytes[STDIN_WINDOW];
};

void ring_reset(struct input_ring *ring);
bool ring_add(struct input_ring *ring, const uint8_t *bytes, size_t length); /* false: beyond the window */
void ring_discard(struct input_ring *ring);
/* Writes what `fd` takes without waiting; false when nothing reads there any more. */
bool ring_write(struct input_ring *ring, int fd);
/* What to grant now: 0 until a whole step has been consumed, so that small reads do not cause small frames. */
uint32_t ring_grant(struct input_ring *ring);

#endif
