#include "input_ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void ring_reset(struct input_ring *ring)
{
    ring->start = ring->length = ring->owed = 0;
    ring->granted = STDIN_WINDOW;
}

bool ring_add(struct input_ring *ring, const uint8_t *bytes, size_t length)
{
    if (length > ring->granted)
        return false;
    ring->granted -= length;
    size_t at = (ring->start + ring->length) % STDIN_WINDOW;
    size_t first = length < STDIN_WINDOW - at ? length : STDIN_WINDOW - at;
    memcpy(ring->bytes + at, bytes, first);
    memcpy(ring->bytes, bytes + first, length - first);
    ring->length += length;
    return true;
}

static void consumed(struct input_ring *ring, size_t count)
{
    ring->start = (ring->start + count) % STDIN_WINDOW;
    ring->length -= count;
    ring->owed += count;
}

void ring_discard(struct input_ring *ring) { consumed(ring, ring->length); }

bool ring_write(struct input_ring *ring, int fd)
{
    while (ring->length > 0) {
        size_t run = STDIN_WINDOW - ring->start;
        ssize_t put = write(fd, ring->bytes + ring->start, run < ring->length ? run : ring->length);
        if (put < 0)
            return errno == EAGAIN || errno == EINTR;
        consumed(ring, (size_t) put);
    }
    return true;
}

uint32_t ring_grant(struct input_ring *ring)
{
    if (ring->owed < WINDOW_STEP)
        return 0;
    size_t grant = ring->owed;
    ring->owed = 0;
    ring->granted += grant;
    return (uint32_t) grant;
}
