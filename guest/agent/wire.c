#include "wire.h"

#include <string.h>

uint8_t *wire_bytes(struct wire_reader *r, size_t length)
{
    if (r->bad || (size_t) (r->end - r->at) < length) {
        r->bad = true;
        return NULL;
    }
    uint8_t *bytes = r->at;
    r->at += length;
    return bytes;
}

static uint64_t number(struct wire_reader *r, size_t size)
{
    const uint8_t *bytes = wire_bytes(r, size);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < size; i++)
        value |= (uint64_t) bytes[i] << (8 * i);
    return value;
}

uint8_t wire_u8(struct wire_reader *r) { return (uint8_t) number(r, 1); }
uint16_t wire_u16(struct wire_reader *r) { return (uint16_t) number(r, 2); }
uint32_t wire_u32(struct wire_reader *r) { return (uint32_t) number(r, 4); }
uint64_t wire_u64(struct wire_reader *r) { return number(r, 8); }

static char *string(struct wire_reader *r, size_t length)
{
    static char none[1];
    uint8_t *bytes = wire_bytes(r, length);
    if (!bytes || memchr(bytes, 0, length)) {
        r->bad = true;
        none[0] = 0;
        return none;
    }
    char *text = (char *) bytes - 1; /* at least two bytes of length come before */
    memmove(text, bytes, length);
    text[length] = 0;
    return text;
}

char *wire_short_string(struct wire_reader *r) { return string(r, wire_u16(r)); }
char *wire_string(struct wire_reader *r) { return string(r, wire_u32(r)); }

bool wire_complete(const struct wire_reader *r) { return !r->bad && r->at == r->end; }

void wire_put_bytes(struct wire_writer *w, const void *bytes, size_t length)
{
    if (w->full || (size_t) (w->end - w->at) < length) {
        w->full = true;
        return;
    }
    memcpy(w->at, bytes, length);
    w->at += length;
}

static void put_number(struct wire_writer *w, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t) (value >> (8 * i));
    wire_put_bytes(w, bytes, size);
}

void wire_put_u8(struct wire_writer *w, uint8_t value) { put_number(w, value, 1); }
void wire_put_u16(struct wire_writer *w, uint16_t value) { put_number(w, value, 2); }
void wire_put_u32(struct wire_writer *w, uint32_t value) { put_number(w, value, 4); }
void wire_put_u64(struct wire_writer *w, uint64_t value) { put_number(w, value, 8); }

void wire_put_short_string(struct wire_writer *w, const char *text)
{
    size_t length = strnlen(text, UINT16_MAX);
    wire_put_u16(w, (uint16_t) length);
    wire_put_bytes(w, text, length);
}

void wire_put_string(struct wire_writer *w, const char *text)
{
    size_t length = strlen(text);
    wire_put_u32(w, (uint32_t) length);
    wire_put_bytes(w, text, length);
}
