/* The host's requests, decoded and checked. Strings live in the frame's payload: copy what must outlive it. */
#ifndef SMOLVM_REQUEST_H
#define SMOLVM_REQUEST_H

#include "frame.h"

#include <time.h>

struct exec_request {
    bool tty;
    uint16_t rows, cols;
    uint32_t timeout_ms;
    const char *user, *cwd;
    char **argv; /* NULL-terminated; owned, see exec_request_free */
    char **env;
};

struct put_request { const char *path; uint32_t mode; uint64_t size; };
struct mkdir_request { const char *path; uint32_t mode; };
struct symlink_request { const char *path, *target; };
struct get_request { const char *path; bool recursive; };
struct rejuvenate_request {
    struct timespec now;
    const char *hostname, *machine_id;
    bool new_machine;
    const uint8_t *entropy;
    size_t entropy_size;
    char **variables; /* NULL-terminated; owned, see rejuvenate_request_free */
    const uint8_t *mac; /* 6 bytes; NULL: keep */
    uint64_t root_bytes; /* 0: keep */
};
struct trim_request { uint64_t untouched; uint32_t ms; };
struct mount_request { const char *serial, *directory, *fstype; bool read_only; };

#define PUT_SIZE_UNKNOWN UINT64_MAX

/* Each is false when the payload is not exactly the request. */
bool decode_hello(struct frame *f, uint8_t nonce[HELLO_NONCE]);
bool decode_exec(struct frame *f, struct exec_request *to);
void exec_request_free(struct exec_request *request);
bool decode_signal(struct frame *f, int *signal);
bool decode_resize(struct frame *f, uint16_t *rows, uint16_t *cols);
bool decode_put(struct frame *f, struct put_request *to);
bool decode_mkdir(struct frame *f, struct mkdir_request *to);
bool decode_symlink(struct frame *f, struct symlink_request *to);
bool decode_get(struct frame *f, struct get_request *to);
bool decode_path(struct frame *f, const char **path);
bool decode_freeze(struct frame *f, uint32_t *watchdog_ms);
bool decode_rejuvenate(struct frame *f, struct rejuvenate_request *to);
void rejuvenate_request_free(struct rejuvenate_request *request);
bool decode_shutdown(struct frame *f, bool *reboot);
bool decode_mount(struct frame *f, struct mount_request *to);
bool decode_trim(struct frame *f, struct trim_request *to);
bool decode_empty(const struct frame *f);

#endif
