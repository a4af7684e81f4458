/* The fields inside a frame's payload: little-endian numbers and length-prefixed strings. */
#ifndef SMOLVM_WIRE_H
#define SMOLVM_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_reader {
    uint8_t *at;
    uint8_t *end;
    bool bad; /* sticky: one check after the last field is enough */
};

uint8_t wire_u8(struct wire_reader *r);
uint16_t wire_u16(struct wire_reader *r);
uint32_t wire_u32(struct wire_reader *r);
uint64_t wire_u64(struct wire_reader *r);
uint8_t *wire_bytes(struct wire_reader *r, size_t length);

/* Strings end with NUL and live in the payload itself: the text moves one byte down, over its own length. */
char *wire_short_string(struct wire_reader *r); /* u16 length */
char *wire_string(struct wire_reader *r);       /* u32 length */

/* True when every field was there and nothing follows. */
bool wire_complete(const struct wire_reader *r);

struct wire_writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool full;
};

void wire_put_u8(struct wire_writer *w, uint8_t value);
void wire_put_u16(struct wire_writer *w, uint16_t value);
void wire_put_u32(struct wire_writer *w, uint32_t value);
void wire_put_u64(struct wire_writer *w, uint64_t value);
void wire_put_bytes(struct wire_writer *w, const void *bytes, size_t length);
void wire_put_short_string(struct wire_writer *w, const char *text);
void wire_put_string(struct wire_writer *w, const char *text);

#endif
