/* Frames of the control channel (docs/control-channel.md). */
#ifndef SMOLVM_FRAME_H
#define SMOLVM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FRAME_HEADER = 8,
    FRAME_MAX_PAYLOAD = 65536,
    FRAME_MAX = FRAME_HEADER + FRAME_MAX_PAYLOAD,
    PROTOCOL_VERSION = 1,
    HELLO_NONCE = 16,
    HELLO_PAYLOAD = 2 + HELLO_NONCE,
};

enum frame_type {
    NOP = 0, HELLO, PING, EXEC, STDIN, SIGNAL, RESIZE, PUT, DATA, DATA_END, MKDIR, SYMLINK, GET, SYNC,
    FREEZE, THAW, REJUVENATE, SHUTDOWN, MOUNT, BYE, STAT, TRIM,
    LAST_REQUEST = TRIM,

    HELLO_ACK = 0x81, PONG, STARTED, STDOUT, STDERR, EXIT, WINDOW, ENTRY, GET_DATA, ENTRY_END, DONE,
    OK = 0x90, ERROR, BYE_ACK,
};

struct frame {
    uint8_t type;
    uint32_t length;
    uint8_t *payload; /* points into the parsed bytes; decoders may rewrite it */
};

enum frame_status { FRAME_INCOMPLETE, FRAME_READY, FRAME_INVALID };

/* Looks at the first frame of `data`, after any NOPs. `used` is set to the bytes before the frame when it is
 * incomplete or invalid (they can be dropped), and to the bytes up to its end when it is ready. */
enum frame_status frame_parse(uint8_t *data, size_t size, size_t *used, struct frame *out);

/* How many bytes to drop so that `data` starts with a HELLO, or with what may still become one. */
size_t frame_find_hello(const uint8_t *data, size_t size);

void frame_header(uint8_t *to, enum frame_type type, uint32_t length);

#endif
