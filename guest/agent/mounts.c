#include "mounts.h"

#include <stdio.h>
#include <string.h>

void unescape_octal(char *text)
{
    char *to = text;
    for (char *from = text; *from; from++) {
        bool escape = from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7'
                && from[3] >= '0' && from[3] <= '7';
        if (escape) {
            *to++ = (char) ((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = 0;
}

static bool has_option(const char *options, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = options; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0))
            return true;
    return false;
}

bool mount_parse(char *line, struct mount_line *out)
{
    enum { ID, PARENT, DEVICE, ROOT, DIRECTORY, OPTIONS, FIXED };
    char *field[FIXED], *rest = line;
    for (int i = 0; i < FIXED; i++)
        if (!(field[i] = strsep(&rest, " ")))
            return false;
    if (!rest || sscanf(field[DEVICE], "%u:%u", &out->major, &out->minor) != 2)
        return false;
    /* Any number of optional fields, then "-". */
    char *optional;
    while ((optional = strsep(&rest, " ")) && strcmp(optional, "-") != 0)
        ;
    out->directory = field[DIRECTORY];
    out->fstype = strsep(&rest, " ");
    out->source = strsep(&rest, " ");
    const char *super = strsep(&rest, " ");
    if (!super)
        return false;
    out->read_only = has_option(super, "ro");
    unescape_octal(out->directory);
    unescape_octal(out->source);
    return true;
}

bool mounts_each(char *mountinfo, bool (*each)(const struct mount_line *, void *), void *context)
{
    char *line, *rest = mountinfo;
    while ((line = strsep(&rest, "\n"))) {
        struct mount_line m;
        if (mount_parse(line, &m) && !each(&m, context))
            return false;
    }
    return true;
}

bool mount_is_writable_disk(const struct mount_line *m)
{
    return !m->read_only && strncmp(m->source, "/dev/", 5) == 0 && strncmp(m->fstype, "fuse", 4) != 0
            && strcmp(m->fstype, "devtmpfs") != 0;
}
