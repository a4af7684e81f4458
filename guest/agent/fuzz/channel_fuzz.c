/* The bytes a host sends, in any pieces: frames, then each request's decoder, then the search for HELLO. */
#include "../frame.h"
#include "../mounts.h"
#include "../request.h"
#include "../users.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void read_string(const char *text)
{
    volatile size_t length = strlen(text);
    (void) length;
}

static void read_bytes(const uint8_t *bytes, size_t size)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
}

static void decode(struct frame *f)
{
    uint8_t nonce[HELLO_NONCE];
    struct exec_request exec;
    struct put_request put;
    struct mkdir_request directory;
    struct symlink_request link;
    struct get_request get;
    struct rejuvenate_request rejuvenate;
    struct mount_request mount;
    struct trim_request trim;
    const char *path;
    uint16_t rows, cols;
    uint32_t ms;
    int signal;
    bool reboot;
    switch (f->type) {
    case HELLO: decode_hello(f, nonce); break;
    case EXEC:
        if (decode_exec(f, &exec)) {
            assert(exec.argv[0] && exec.argv[0][0]);
            for (char **s = exec.argv; *s; s++)
                read_string(*s);
            for (char **s = exec.env; *s; s++)
                assert(strchr(*s, '='));
            read_string(exec.user);
            read_string(exec.cwd);
            exec_request_free(&exec);
        }
        break;
    case SIGNAL: decode_signal(f, &signal); break;
    case RESIZE: decode_resize(f, &rows, &cols); break;
    case PUT: if (decode_put(f, &put)) read_string(put.path); break;
    case MKDIR: if (decode_mkdir(f, &directory)) read_string(directory.path); break;
    case SYMLINK:
        if (decode_symlink(f, &link)) {
            read_string(link.path);
            read_string(link.target);
        }
        break;
    case GET: if (decode_get(f, &get)) read_string(get.path); break;
    case STAT: if (decode_path(f, &path)) read_string(path); break;
    case FREEZE: decode_freeze(f, &ms); break;
    case REJUVENATE:
        if (decode_rejuvenate(f, &rejuvenate)) {
            read_string(rejuvenate.hostname);
            read_string(rejuvenate.machine_id);
            for (char **variable = rejuvenate.variables; variable && *variable; variable++)
                read_string(*variable);
            if (rejuvenate.mac)
                read_bytes(rejuvenate.mac, 6);
            rejuvenate_request_free(&rejuvenate);
        }
        break;
    case SHUTDOWN: decode_shutdown(f, &reboot); break;
    case MOUNT:
        if (decode_mount(f, &mount)) {
            read_string(mount.serial);
            read_string(mount.directory);
            read_string(mount.fstype);
        }
        break;
    case TRIM: decode_trim(f, &trim); break;
    default: break;
    }
}

static void parse_stream(uint8_t *data, size_t size)
{
    while (size > 0) {
        struct frame f;
        size_t used, skip;
        switch (frame_parse(data, size, &used, &f)) {
        case FRAME_READY:
            assert(f.length <= FRAME_MAX_PAYLOAD && f.payload + f.length == data + used);
            decode(&f);
            break;
        case FRAME_INCOMPLETE:
            assert(used <= size);
            return;
        case FRAME_INVALID:
            skip = frame_find_hello(data + used, size - used);
            assert(skip <= size - used);
            if (skip == 0)
                return; /* the start of a HELLO that is not one: more bytes would tell */
            used += skip;
            break;
        }
        data += used;
        size -= used;
    }
}

static void parse_texts(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct account account;
    struct mount_line mount;
    gid_t groups[4];
    memcpy(text, data, size);
    text[size] = 0;
    account_find(text, "root", &account);
    account_find(text, "1", &account);
    account_groups(text, "a", 1, groups, 4);
    mount_parse(text, &mount);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of the exact size: the sanitizer sees one byte too far */
    memcpy(copy, data, size);
    parse_stream(copy, size);
    free(copy);
    parse_texts(data, size);
    return 0;
}
