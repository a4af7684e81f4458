#include "root_size.h"

#include "clock.h"
#include "kernel_abi.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SIZE_WAIT_MS = 2000 };

static uint32_t le32(const uint8_t *at) { return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t) at[3] << 24; }

bool ext4_blocks(const uint8_t s[1024], uint64_t *count, uint32_t *block_size)
{
    /* Offsets from the kernel's documentation of the ext4 superblock. */
    enum { BLOCKS_LOW = 0x4, LOG_BLOCK_SIZE = 0x18, MAGIC = 0x38, INCOMPAT = 0x60, BLOCKS_HIGH = 0x150, INCOMPAT_64BIT = 0x80 };
    uint32_t log_size = le32(s + LOG_BLOCK_SIZE);
    if (s[MAGIC] != 0x53 || s[MAGIC + 1] != 0xef || log_size > 6)
        return false;
    *block_size = 1024u << log_size;
    *count = le32(s + BLOCKS_LOW);
    if (le32(s + INCOMPAT) & INCOMPAT_64BIT)
        *count |= (uint64_t) le32(s + BLOCKS_HIGH) << 32;
    return true;
}

/* Of the sessions' processes too: they are forks of the one that mounts it. */
static char root_device[PATH_MAX];

static bool grow(uint64_t least)
{
    uint8_t superblock[1024];
    uint64_t bytes = 0, have;
    uint32_t block_size;
    int disk = open(root_device, O_RDONLY | O_CLOEXEC);
    bool known = disk >= 0 && ioctl(disk, BLKGETSIZE64, &bytes) == 0;
    /* A change of a disk's size reaches the kernel as an interrupt. */
    for (int64_t until = monotonic_ms() + SIZE_WAIT_MS; known && bytes < least && monotonic_ms() < until; sleep_ms(2))
        known = ioctl(disk, BLKGETSIZE64, &bytes) == 0;
    known = known && pread(disk, superblock, sizeof superblock, 1024) == sizeof superblock
            && ext4_blocks(superblock, &have, &block_size);
    if (disk >= 0)
        close(disk);
    if (!known || bytes < least) {
        errno = known ? ETIMEDOUT : ENODATA;
        return false;
    }
    if (bytes / block_size <= have)
        return true;
    uint64_t want = bytes / block_size;
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool grown = root >= 0 && ioctl(root, EXT4_IOC_RESIZE_FS, &want) == 0;
    int error = errno;
    if (root >= 0)
        close(root);
    errno = error;
    return grown;
}

void root_grow(const char *device)
{
    snprintf(root_device, sizeof root_device, "%s", device);
    /* A root that is not ext4 keeps its size. */
    if (!grow(0) && errno != ENODATA)
        log_line("cannot grow the root file system: %s", strerror(errno));
}

bool root_grow_to(uint64_t bytes) { return grow(bytes); }
