#include "disk.h"

#include "inside.h"
#include "say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_MS = 5000, STEP_MS = 20, SUPERBLOCK = 1024, MAGIC_AT = 56 };

static bool attribute(const char *path, char *to, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, to, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    to[got > 0 ? got : 0] = 0;
    to[strcspn(to, "\n")] = 0;
    return got >= 0;
}

static bool find_disk(const char *serial, char *name, size_t size)
{
    DIR *dir = opendir("/sys/block");
    bool found = false;
    for (struct dirent *e; dir && !found && (e = readdir(dir));) {
        char path[PATH_MAX], value[64];
        snprintf(path, sizeof path, "/sys/block/%s/serial", e->d_name);
        found = strncmp(e->d_name, "vd", 2) == 0 && attribute(path, value, sizeof value) && strcmp(value, serial) == 0;
        if (found)
            snprintf(name, size, "%s", e->d_name);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* ext2 and ext3 too: the same driver reads them. */
static bool holds_ext4(const char *name)
{
    char path[PATH_MAX];
    uint8_t magic[2] = { 0 };
    snprintf(path, sizeof path, "/dev/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && pread(fd, magic, sizeof magic, SUPERBLOCK + MAGIC_AT) == sizeof magic;
    if (fd >= 0)
        close(fd);
    return good && magic[0] == 0x53 && magic[1] == 0xEF;
}

/* Partitions are directories in the disk's own, named after it. Returns how many there are. */
static int find_partition(const char *disk, char *name, size_t size)
{
    char path[PATH_MAX], value[32];
    unsigned long long largest = 0;
    int count = 0;
    snprintf(path, sizeof path, "/sys/block/%s", disk);
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (strncmp(e->d_name, disk, strlen(disk)) != 0)
            continue;
        count++;
        snprintf(path, sizeof path, "/sys/block/%s/%s/size", disk, e->d_name);
        unsigned long long sectors = attribute(path, value, sizeof value) ? strtoull(value, NULL, 10) : 0;
        if (sectors > largest && holds_ext4(e->d_name)) {
            largest = sectors;
            snprintf(name, size, "%s", e->d_name);
        }
    }
    if (dir)
        closedir(dir);
    return count;
}

int disk_mount(const char *serial, const char *directory)
{
    char disk[NAME_MAX + 1], name[NAME_MAX + 1] = "", device[PATH_MAX];
    for (int waited = 0; !find_disk(serial, disk, sizeof disk); waited += STEP_MS) {
        if (waited >= WAIT_MS) {
            say("no disk %s", serial);
            return NO_DISK;
        }
        usleep(STEP_MS * 1000);
    }
    int partitions = find_partition(disk, name, sizeof name);
    if (!partitions && holds_ext4(disk))
        snprintf(name, sizeof name, "%s", disk);
    if (!*name) {
        say(partitions ? "none of its %d partitions has ext4" : "it has neither ext4 nor partitions", partitions);
        return partitions ? NO_FILE_SYSTEM : DAMAGED;
    }
    snprintf(device, sizeof device, "/dev/%s", name);
    if (mkdir(directory, 0700) < 0 && errno != EEXIST) {
        say("mkdir %s: %s", directory, strerror(errno));
        return NO_DISK;
    }
    /* The disk itself may ask for a panic. */
    if (mount(device, directory, "ext4", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, "errors=continue") < 0) {
        say("its ext4 cannot be mounted: %s", strerror(errno));
        return DAMAGED;
    }
    return DONE;
}
