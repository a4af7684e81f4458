/* MOUNT, and finding virtio disks by their serial. */
#ifndef SMOLVM_MOUNT_H
#define SMOLVM_MOUNT_H

#include "channel.h"

void mount_serve(struct channel *ch, struct frame *frame);

/* The /dev path of the virtio disk with this serial; false when there is none. */
bool disk_by_serial(const char *serial, char *path, size_t size);

/* Mounts with `fstype`, or with the first of the kernel's block file systems that takes it when empty. */
bool mount_disk(const char *device, const char *directory, const char *fstype, unsigned long flags);

#endif
