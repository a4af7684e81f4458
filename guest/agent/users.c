#include "users.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct span { const char *text; size_t length; };

/* Splits the line at colons; returns how many fields there are. */
static size_t split(struct span line, struct span *fields, size_t capacity)
{
    size_t count = 0;
    const char *at = line.text, *end = line.text + line.length;
    while (count < capacity) {
        const char *colon = memchr(at, ':', (size_t) (end - at));
        const char *stop = colon ? colon : end;
        fields[count++] = (struct span) { at, (size_t) (stop - at) };
        if (!colon)
            break;
        at = colon + 1;
    }
    return count;
}

static bool next_line(const char **text, struct span *line)
{
    if (!**text)
        return false;
    size_t length = strcspn(*text, "\n");
    *line = (struct span) { *text, length };
    *text += length + ((*text)[length] == '\n');
    return true;
}

static bool equals(struct span s, const char *text)
{
    return strlen(text) == s.length && memcmp(s.text, text, s.length) == 0;
}

static bool number(struct span s, uint32_t *to)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.length; i++) {
        if (s.text[i] < '0' || s.text[i] > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t) (s.text[i] - '0');
    }
    *to = (uint32_t) value;
    return s.length > 0 && value < UINT32_MAX; /* all ones means "no id" to setuid */
}

static bool copy(struct span s, char *to, size_t capacity)
{
    if (s.length >= capacity)
        return false;
    memcpy(to, s.text, s.length);
    to[s.length] = 0;
    return true;
}

bool account_find(const char *passwd, const char *who, struct account *out)
{
    uint32_t wanted_id = 0;
    bool by_id = number((struct span) { who, strlen(who) }, &wanted_id);
    struct span line, field[7];
    while (next_line(&passwd, &line)) {
        uint32_t uid, gid;
        if (split(line, field, 7) < 7 || !number(field[2], &uid) || !number(field[3], &gid))
            continue;
        if (!equals(field[0], who) && !(by_id && uid == wanted_id))
            continue;
        out->uid = uid;
        out->gid = gid;
        if (copy(field[0], out->name, sizeof out->name) && copy(field[5], out->home, sizeof out->home)
                && copy(field[6], out->shell, sizeof out->shell))
            return true;
    }
    return false;
}

static bool lists(struct span members, const char *name)
{
    const char *at = members.text, *end = members.text + members.length;
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t) (end - at));
        const char *stop = comma ? comma : end;
        if (equals((struct span) { at, (size_t) (stop - at) }, name))
            return true;
        at = stop + 1;
    }
    return false;
}

size_t account_groups(const char *group, const char *name, gid_t gid, gid_t *to, size_t capacity)
{
    size_t count = 0;
    to[count++] = gid;
    struct span line, field[4];
    while (count < capacity && next_line(&group, &line)) {
        uint32_t id;
        if (split(line, field, 4) == 4 && number(field[2], &id) && id != gid && lists(field[3], name))
            to[count++] = id;
    }
    return count;
}
