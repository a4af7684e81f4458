/* From the initramfs into the root disk. */
#ifndef SMOLVM_BOOT_H
#define SMOLVM_BOOT_H

/* Mounts what a kernel needs, loads modules, and makes the root disk the root directory. On failure says why on
 * the console and powers off. */
void boot_into_root(void);

#endif
