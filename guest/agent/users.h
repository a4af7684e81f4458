/* Accounts from the text of /etc/passwd and /etc/group: no name service in a static program. */
#ifndef SMOLVM_USERS_H
#define SMOLVM_USERS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { ACCOUNT_GROUPS = 256, ACCOUNT_NAME = 64 };

struct account {
    uid_t uid;
    gid_t gid;
    char name[ACCOUNT_NAME];
    char home[PATH_MAX];
    char shell[PATH_MAX];
};

/* `who` is a name or a number. */
bool account_find(const char *passwd, const char *who, struct account *out);

/* The groups that list `name`, with `gid` first. Returns how many. */
size_t account_groups(const char *group, const char *name, gid_t gid, gid_t *to, size_t capacity);

#endif
