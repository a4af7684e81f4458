/* The kernel's interface for openat2(2), which musl's headers lack. */
#ifndef SMOLVM_INSPECT_KERNEL_ABI_H
#define SMOLVM_INSPECT_KERNEL_ABI_H

#include <stdint.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct open_how { uint64_t flags, mode, resolve; };

enum { RESOLVE_NO_XDEV = 0x01, RESOLVE_NO_MAGICLINKS = 0x02, RESOLVE_IN_ROOT = 0x10 };

#endif
