#include "request.h"

#include "wire.h"

#include <stdlib.h>
#include <string.h>

static struct wire_reader fields(struct frame *f)
{
    return (struct wire_reader) { .at = f->payload, .end = f->payload + f->length };
}

bool decode_empty(const struct frame *f) { return f->length == 0; }

bool decode_hello(struct frame *f, uint8_t nonce[HELLO_NONCE])
{
    struct wire_reader r = fields(f);
    uint16_t version = wire_u16(&r);
    const uint8_t *bytes = wire_bytes(&r, HELLO_NONCE);
    if (!wire_complete(&r) || version < 1)
        return false;
    memcpy(nonce, bytes, HELLO_NONCE);
    return true;
}

static char **strings(struct wire_reader *r)
{
    size_t count = wire_u16(r);
    /* Each string takes at least its length field: a count that cannot fit is refused before it is allocated. */
    if (r->bad || count > (size_t) (r->end - r->at) / 4) {
        r->bad = true;
        return NULL;
    }
    char **list = calloc(count + 1, sizeof *list);
    if (!list) {
        r->bad = true;
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        list[i] = wire_string(r);
    return list;
}

bool decode_exec(struct frame *f, struct exec_request *to)
{
    struct wire_reader r = fields(f);
    *to = (struct exec_request) { 0 };
    uint8_t flags = wire_u8(&r);
    to->tty = flags & 1;
    to->rows = wire_u16(&r);
    to->cols = wire_u16(&r);
    to->timeout_ms = wire_u32(&r);
    to->user = wire_string(&r);
    to->cwd = wire_string(&r);
    to->argv = strings(&r);
    to->env = strings(&r);
    bool good = wire_complete(&r) && flags <= 1 && to->argv[0] && to->argv[0][0];
    for (char **e = to->env; good && *e; e++) {
        const char *equals = strchr(*e, '=');
        good = equals && equals != *e;
    }
    if (!good)
        exec_request_free(to);
    return good;
}

void exec_request_free(struct exec_request *request)
{
    free(request->argv);
    free(request->env);
    request->argv = request->env = NULL;
}

bool decode_signal(struct frame *f, int *signal)
{
    struct wire_reader r = fields(f);
    *signal = wire_u8(&r);
    return wire_complete(&r) && *signal >= 1 && *signal <= 64;
}

bool decode_resize(struct frame *f, uint16_t *rows, uint16_t *cols)
{
    struct wire_reader r = fields(f);
    *rows = wire_u16(&r);
    *cols = wire_u16(&r);
    return wire_complete(&r);
}

bool decode_put(struct frame *f, struct put_request *to)
{
    struct wire_reader r = fields(f);
    to->path = wire_string(&r);
    to->mode = wire_u32(&r);
    to->size = wire_u64(&r);
    return wire_complete(&r);
}

bool decode_mkdir(struct frame *f, struct mkdir_request *to)
{
    struct wire_reader r = fields(f);
    to->path = wire_string(&r);
    to->mode = wire_u32(&r);
    return wire_complete(&r);
}

bool decode_symlink(struct frame *f, struct symlink_request *to)
{
    struct wire_reader r = fields(f);
    to->path = wire_string(&r);
    to->target = wire_string(&r);
    return wire_complete(&r);
}

bool decode_get(struct frame *f, struct get_request *to)
{
    struct wire_reader r = fields(f);
    to->path = wire_string(&r);
    uint8_t recursive = wire_u8(&r);
    to->recursive = recursive;
    return wire_complete(&r) && recursive <= 1;
}

bool decode_path(struct frame *f, const char **path)
{
    struct wire_reader r = fields(f);
    *path = wire_string(&r);
    return wire_complete(&r);
}

bool decode_freeze(struct frame *f, uint32_t *watchdog_ms)
{
    struct wire_reader r = fields(f);
    *watchdog_ms = wire_u32(&r);
    return wire_complete(&r);
}

bool decode_rejuvenate(struct frame *f, struct rejuvenate_request *to)
{
    struct wire_reader r = fields(f);
    to->now.tv_sec = (time_t) wire_u64(&r);
    uint32_t nanoseconds = wire_u32(&r);
    to->now.tv_nsec = (long) nanoseconds;
    to->hostname = wire_short_string(&r);
    to->machine_id = wire_short_string(&r);
    uint8_t flags = wire_u8(&r);
    to->new_machine = flags & 1;
    to->entropy_size = wire_u16(&r);
    to->entropy = wire_bytes(&r, to->entropy_size);
    to->variables = flags & 2 ? strings(&r) : NULL;
    to->mac = flags & 4 ? wire_bytes(&r, 6) : NULL;
    to->root_bytes = flags & 8 ? wire_u64(&r) : 0;
    bool good = wire_complete(&r) && nanoseconds < 1000000000 && flags <= 15;
    if (!good)
        rejuvenate_request_free(to);
    return good;
}

void rejuvenate_request_free(struct rejuvenate_request *request)
{
    free(request->variables);
    request->variables = NULL;
}

bool decode_shutdown(struct frame *f, bool *reboot)
{
    struct wire_reader r = fields(f);
    uint8_t how = wire_u8(&r);
    *reboot = how == 1;
    return wire_complete(&r) && how <= 1;
}

bool decode_mount(struct frame *f, struct mount_request *to)
{
    struct wire_reader r = fields(f);
    to->serial = wire_short_string(&r);
    to->directory = wire_string(&r);
    to->fstype = wire_short_string(&r);
    uint8_t flags = wire_u8(&r);
    to->read_only = flags & 1;
    return wire_complete(&r) && flags <= 1;
}

bool decode_trim(struct frame *f, struct trim_request *to)
{
    struct wire_reader r = fields(f);
    to->untouched = wire_u64(&r);
    to->ms = wire_u32(&r);
    return wire_complete(&r);
}
