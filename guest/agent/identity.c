#include "identity.h"

#include "durable.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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

/* A boot sets the host name again, so its line may be spoiled. */
static bool put_name(const char *path, const char *text)
{
    return text_update_last_line(path, text, TEXT_SPOILABLE) || text_replace(path, text, 0644);
}

/* Programs look their own name up (sudo, Java): 127.0.1.1 is Debian's line for it, and gives way to the new name. */
static void put_in_hosts(const char *hostname)
{
    static const char address[] = "127.0.1.1";
    char *hosts = text_read("/etc/hosts", HOSTS_LIMIT);
    const char *old = hosts ? hosts : "127.0.0.1\tlocalhost\n";
    size_t size = strlen(old) + strlen(hostname) + sizeof address + 4;
    char *text = malloc(size), *to = text;
    while (text && *old) {
        size_t length = strcspn(old, "\n");
        if (strncmp(old, address, sizeof address - 1) != 0 || !strchr(" \t", old[sizeof address - 1])) {
            memcpy(to, old, length);
            to += length;
            *to++ = '\n';
        }
        old += length + (old[length] == '\n');
    }
    if (text) {
        snprintf(to, size - (size_t) (to - text), "%s\t%s\n", address, hostname);
        if ((!hosts || strcmp(hosts, text) != 0) && regular_or_missing("/etc/hosts"))
            put_name("/etc/hosts", text);
    }
    free(text);
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
    if (!same && regular_or_missing("/etc/hostname") && !put_name("/etc/hostname", line))
        return false;
    put_in_hosts(hostname);
    return true;
}

static bool put_id(const char *path, const char *directory, const char *line)
{
    return text_update_last_line(path, line, TEXT_DURABLE)
            || (durable_replace(path, line, strlen(line), 0444) && durable_sync(directory));
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
            && !put_id("/var/lib/dbus/machine-id", "/var/lib/dbus", line))
        return false;
    return put_id("/etc/machine-id", "/etc", line);
}

void identity_make_machine_id(void)
{
    uint8_t bytes[16];
    char id[2 * sizeof bytes + 1];
    struct stat st;
    if (stat("/etc/machine-id", &st) < 0 || st.st_size > 0 || getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return;
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* a UUID of version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    identity_set_machine_id(id);
}
