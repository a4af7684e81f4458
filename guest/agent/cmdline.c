#include "cmdline.h"

#include <string.h>

bool cmdline_value(const char *cmdline, const char *key, char *to, size_t size)
{
    size_t key_length = strlen(key);
    bool found = false;
    while (*cmdline) {
        cmdline += strspn(cmdline, " \t\n");
        size_t length = strcspn(cmdline, " \t\n");
        if (length > key_length && cmdline[key_length] == '=' && memcmp(cmdline, key, key_length) == 0) {
            size_t value = length - key_length - 1;
            found = value < size;
            if (found) {
                memcpy(to, cmdline + key_length + 1, value);
                to[value] = 0;
            }
        }
        cmdline += length;
    }
    return found;
}

bool cmdline_says(const char *cmdline, const char *key, const char *value)
{
    char given[64];
    return cmdline_value(cmdline, key, given, sizeof given) && strcmp(given, value) == 0;
}

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int) (at - digits) : -1;
}

bool base64_text(const char *encoded, char *to, size_t size)
{
    size_t length = strcspn(encoded, "="), padding = strspn(encoded + length, "="), at = 0;
    if (encoded[length + padding] || padding > 2 || length % 4 == 1)
        return false;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < length; i++) {
        int value = digit(encoded[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (unsigned) value;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        char byte = (char) (bits >> have & 0xff);
        if (!byte || at + 1 >= size)
            return false;
        to[at++] = byte;
    }
    to[at] = 0;
    return at > 0;
}
