#include "mount.h"

#include "clock.h"
#include "mounts.h"
#include "request.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { HOTPLUG_WAIT_MS = 1000, MOUNTINFO_LIMIT = 4 << 20 };

bool disk_by_serial(const char *serial, char *path, size_t size)
{
    DIR *dir = opendir("/sys/block");
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        char attribute[PATH_MAX];
        snprintf(attribute, sizeof attribute, "/sys/block/%s/serial", e->d_name);
        char *value = strncmp(e->d_name, "vd", 2) == 0 ? text_read(attribute, 64) : NULL;
        if (value) {
            value[strcspn(value, "\n")] = 0;
            /* Firecracker gives disks serial numbers of its own: there the host names the device. */
            found = strcmp(value, serial) == 0 || strcmp(e->d_name, serial) == 0;
            if (found)
                snprintf(path, size, "/dev/%s", e->d_name);
            free(value);
        }
    }
    if (dir)
        closedir(dir);
    return found;
}

static bool mount_any(const char *device, const char *directory, unsigned long flags)
{
    char *types = text_read("/proc/filesystems", 65536), *rest = types, *line;
    bool good = false;
    errno = EINVAL;
    while (!good && (line = strsep(&rest, "\n")))
        if (line[0] == '\t') /* the others are "nodev" */
            good = mount(device, directory, line + 1, flags, NULL) == 0;
    free(types);
    return good;
}

bool mount_disk(const char *device, const char *directory, const char *fstype, unsigned long flags)
{
    return *fstype ? mount(device, directory, fstype, flags, NULL) == 0 : mount_any(device, directory, flags);
}

struct search { const char *directory; char source[PATH_MAX]; };

static bool match_directory(const struct mount_line *m, void *context)
{
    struct search *search = context;
    if (strcmp(m->directory, search->directory) == 0)
        snprintf(search->source, sizeof search->source, "%s", m->source); /* the last one is on top */
    return true;
}

/* What is mounted exactly there: an empty string for nothing. */
static void mounted_at(struct search *search)
{
    char *mountinfo = text_read("/proc/self/mountinfo", MOUNTINFO_LIMIT);
    if (mountinfo)
        mounts_each(mountinfo, match_directory, search);
    free(mountinfo);
}

static int mount_request(const struct mount_request *request, const char **failed)
{
    char device[PATH_MAX], real[PATH_MAX];
    int64_t until = monotonic_ms() + HOTPLUG_WAIT_MS;
    *failed = "no disk of that serial";
    while (!disk_by_serial(request->serial, device, sizeof device)) {
        if (monotonic_ms() >= until)
            return ENODEV;
        sleep_ms(20);
    }
    *failed = "mount point";
    if (request->directory[0] != '/')
        return EINVAL;
    if (!make_directories(request->directory, 0755) || !realpath(request->directory, real))
        return errno;
    struct search search = { .directory = real };
    mounted_at(&search);
    if (strcmp(search.source, device) == 0)
        return 0;
    if (search.source[0])
        return EBUSY;
    *failed = "mount";
    unsigned long flags = MS_NOATIME | (request->read_only ? MS_RDONLY : 0);
    return mount_disk(device, real, request->fstype, flags) ? 0 : errno;
}

void mount_serve(struct channel *ch, struct frame *frame)
{
    struct mount_request request;
    if (!decode_mount(frame, &request)) {
        channel_protocol_error(ch, "MOUNT");
        return;
    }
    const char *failed;
    int error = mount_request(&request, &failed);
    channel_consume(ch);
    if (error)
        channel_send_error(ch, error, failed);
    else
        channel_send_ok(ch);
}
