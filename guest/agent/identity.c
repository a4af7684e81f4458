#include "identity.h"

#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOSTS_LIMIT = 1 << 20 };

bool identity_name_is_valid(const char *hostname)
{
    size_t length = strlen(hostname);
    bool good = length > 0 && length <= 64 && hostname[0] != '-';
    for (const char *c = hostname; good && *c; c++)
        good = isalnum((unsigned char) *c) || *c == '-' || *c == '.';
    errno = EINVAL;
    return good;
}

static bool regular_or_missing(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 ? S_ISREG(st.st_mode) : errno == ENOENT;
}

/* The names after the address, up to a comment. */
static bool line_names(const char *line, const char *hostname)
{
    size_t length = strlen(hostname);
    const char *end = line + strcspn(line, "#\n");
    for (const char *at = line + strcspn(line, " \t#\n"); at < end;) {
        at += strspn(at, " \t");
        size_t word = strcspn(at, " \t#\n");
        if (word == length && strncmp(at, hostname, word) == 0)
            return true;
        if (word == 0)
            break;
        at += word;
    }
    return false;
}

/* Programs look their own name up (sudo, Java): 127.0.1.1 is Debian's line for it. */
static void add_to_hosts(const char *hostname)
{
    char *hosts = text_read("/etc/hosts", HOSTS_LIMIT), line[128];
    bool there = false;
    for (const char *at = hosts; at && *at && !there;) {
        there = line_names(at, hostname);
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    bool newline = !hosts || !*hosts || hosts[strlen(hosts) - 1] == '\n';
    snprintf(line, sizeof line, "%s127.0.1.1\t%s\n", newline ? "" : "\n", hostname);
    if (!there && regular_or_missing("/etc/hosts")) {
        if (!hosts)
            text_append("/etc/hosts", "127.0.0.1\tlocalhost\n", 0644);
        text_append("/etc/hosts", line, 0644);
    }
    free(hosts);
}

bool identity_set_hostname(const char *hostname)
{
    char line[80];
    snprintf(line, sizeof line, "%s\n", hostname);
    if (sethostname(hostname, strlen(hostname)) < 0)
        return false;
    char *old = text_read("/etc/hostname", sizeof line);
    bool same = old && strcmp(old, line) == 0;
    free(old);
    if (!same && regular_or_missing("/etc/hostname") && !text_replace("/etc/hostname", line, 0644))
        return false;
    add_to_hosts(hostname);
    return true;
}

bool identity_set_machine_id(const char *id)
{
    char line[40];
    size_t length = strlen(id);
    errno = EINVAL;
    if (length != 32 || strspn(id, "0123456789abcdef") != length)
        return false;
    snprintf(line, sizeof line, "%s\n", id);
    struct stat st;
    if (lstat("/var/lib/dbus/machine-id", &st) == 0 && S_ISREG(st.st_mode)
            && !text_replace("/var/lib/dbus/machine-id", line, 0444))
        return false;
    return text_replace("/etc/machine-id", line, 0444);
}
