#include "root_size.h"

#include "kernel_abi.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

void root_grow(const char *device)
{
    uint8_t superblock[1024];
    uint64_t bytes, have;
    uint32_t block_size;
    int disk = open(device, O_RDONLY | O_CLOEXEC);
    bool known = disk >= 0 && ioctl(disk, BLKGETSIZE64, &bytes) == 0
            && pread(disk, superblock, sizeof superblock, 1024) == sizeof superblock
            && ext4_blocks(superblock, &have, &block_size);
    if (disk >= 0)
        close(disk);
    if (!known || bytes / block_size <= have)
        return;
    uint64_t want = bytes / block_size;
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || ioctl(root, EXT4_IOC_RESIZE_FS, &want) < 0)
        log_line("cannot grow the root file system: %s", strerror(errno));
    if (root >= 0)
        close(root);
}
