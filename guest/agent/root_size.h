#ifndef SMOLVM_ROOT_SIZE_H
#define SMOLVM_ROOT_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* Grows the mounted ext4 root to the size of its disk, when that is larger, and remembers which disk that is. */
void root_grow(const char *device);

/* Waits until the kernel knows that the root's disk has this size, and grows the file system. */
bool root_grow_to(uint64_t bytes);

/* The number of blocks and their size from the 1,024 bytes of an ext4 superblock. */
bool ext4_blocks(const uint8_t superblock[1024], uint64_t *count, uint32_t *block_size);

#endif
