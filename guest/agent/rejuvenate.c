#include "rejuvenate.h"

#include "connections.h"
#include "durable.h"
#include "identity.h"
#include "init.h"
#include "kernel_abi.h"
#include "net.h"
#include "request.h"
#include "root_size.h"
#include "ssh.h"
#include "variables.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool stir_random(const uint8_t *entropy, size_t size)
{
    struct { int bits, bytes; uint8_t buffer[4096]; } pool;
    int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = true;
    for (size_t chunk; good && size > 0; size -= chunk, entropy += chunk) {
        chunk = size < sizeof pool.buffer ? size : sizeof pool.buffer;
        pool.bits = (int) chunk * 8;
        pool.bytes = (int) chunk;
        memcpy(pool.buffer, entropy, chunk);
        good = ioctl(fd, RNDADDENTROPY, &pool) == 0;
    }
    good = good && ioctl(fd, RNDRESEEDCRNG) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

/* The host writes down that there is a new machine once it has our answer, and may switch it off right after that. */
static bool renew_host_keys(void)
{
    static const char *const paths[] = { SSH_HOST_KEY, SSH_HOST_KEY ".pub", "/etc/ssh" };
    if (!ssh_makes_keys())
        return true;
    if (!ssh_renew_host_keys())
        return false;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (!durable_sync(paths[i]))
            return false;
    return true;
}

static int rejuvenate(const struct rejuvenate_request *r, const char **failed)
{
    /* Random numbers first: the keys below are made from them. */
    *failed = "reseed random numbers";
    if (!stir_random(r->entropy, r->entropy_size))
        return errno;
    *failed = "set clock";
    if (clock_settime(CLOCK_REALTIME, &r->now) < 0)
        return errno;
    if (r->new_machine)
        connections_end_outside();
    *failed = "set hardware address";
    if (r->mac && !net_set_hardware_address(r->mac))
        return errno;
    *failed = "grow the root file system";
    if (r->root_bytes && !root_grow_to(r->root_bytes))
        return errno;
    *failed = "set host name";
    if (*r->hostname && (!identity_name_is_valid(r->hostname) || !identity_set_hostname(r->hostname)))
        return errno;
    *failed = "set machine id";
    if (*r->machine_id && !identity_set_machine_id(r->machine_id))
        return errno;
    *failed = "make SSH host keys";
    if (r->new_machine && !renew_host_keys())
        return errno;
    *failed = "keep variables";
    if (r->variables && !variables_keep(r->variables))
        return errno;
    if (r->new_machine && ssh_is_installed())
        init_request_sshd_restart();
    return 0;
}

void rejuvenate_serve(struct channel *ch, struct frame *frame)
{
    struct rejuvenate_request request;
    if (!decode_rejuvenate(frame, &request)) {
        channel_protocol_error(ch, "REJUVENATE");
        return;
    }
    const char *failed;
    int error = rejuvenate(&request, &failed);
    rejuvenate_request_free(&request);
    channel_consume(ch);
    if (error)
        channel_send_error(ch, error, failed);
    else
        channel_send_ok(ch);
}
