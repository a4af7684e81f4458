/* Finds the ext4 file system on a disk, and mounts it. */
#ifndef SMOLVM_INSPECT_DISK_H
#define SMOLVM_INSPECT_DISK_H

/* The virtio disk with this serial number; the largest of its partitions with ext4, if it has any. Read-only, but its
 * journal is replayed. Returns an exit code, see inside.h. */
int disk_mount(const char *serial, const char *directory);

#endif
