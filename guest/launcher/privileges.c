#include "confine.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface (capabilities(7)). */
enum { CAPABILITY_VERSION_3 = 0x20080522, CAPABILITY_LIMIT = 64 };

struct capability_header { uint32_t version; int32_t pid; };
struct capability_words { uint32_t effective, permitted, inheritable; };

const char *drop_privileges(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return "no_new_privs";
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* absent before Linux 4.3: then there is nothing to clear */
    /* Without CAP_SETPCAP the bounding set stays; with no_new_privs it gives nothing to one who is not root. */
    for (int capability = 0; capability < CAPABILITY_LIMIT; capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 && errno != EINVAL && geteuid() == 0
                && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            return "capability bounding set";
    struct capability_header header = { .version = CAPABILITY_VERSION_3 };
    struct capability_words none[2] = { { 0 } };
    if (syscall(SYS_capset, &header, none) < 0)
        return "capabilities";
    return NULL;
}
