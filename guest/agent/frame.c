#include "frame.h"

#include <string.h>

enum frame_status frame_parse(uint8_t *data, size_t size, size_t *used, struct frame *out)
{
    size_t at = 0;
    while (at < size && data[at] == NOP)
        at++;
    *used = at;

    const uint8_t *header = data + at;
    size_t left = size - at;
    if (left > 0 && header[0] > LAST_REQUEST)
        return FRAME_INVALID;
    for (size_t i = 1; i < 4 && i < left; i++)
        if (header[i] != 0)
            return FRAME_INVALID;
    if (left < FRAME_HEADER)
        return FRAME_INCOMPLETE;

    uint32_t length = header[4] | header[5] << 8 | header[6] << 16 | (uint32_t) header[7] << 24;
    if (length > FRAME_MAX_PAYLOAD)
        return FRAME_INVALID;
    if (left - FRAME_HEADER < length)
        return FRAME_INCOMPLETE;

    *out = (struct frame) { .type = header[0], .length = length, .payload = data + at + FRAME_HEADER };
    *used = at + FRAME_HEADER + length;
    return FRAME_READY;
}

size_t frame_find_hello(const uint8_t *data, size_t size)
{
    /* The whole header and the version: long enough that other traffic does not hold it by chance. */
    static const uint8_t start[] = { HELLO, 0, 0, 0, HELLO_PAYLOAD, 0, 0, 0, PROTOCOL_VERSION, 0 };
    for (size_t at = 0; at < size; at++) {
        const uint8_t *hit = memchr(data + at, HELLO, size - at);
        if (!hit)
            return size;
        at = (size_t) (hit - data);
        size_t left = size - at;
        if (memcmp(hit, start, left < sizeof start ? left : sizeof start) == 0)
            return at;
    }
    return size;
}

void frame_header(uint8_t *to, enum frame_type type, uint32_t length)
{
    to[0] = (uint8_t) type;
    to[1] = to[2] = to[3] = 0;
    to[4] = (uint8_t) length;
    to[5] = (uint8_t) (length >> 8);
    to[6] = (uint8_t) (length >> 16);
    to[7] = (uint8_t) (length >> 24);
}
