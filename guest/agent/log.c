#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void log_line(const char *format, ...)
{
    char line[512] = "smolvm-agent: ";
    va_list args;
    va_start(args, format);
    int start = 14, length = vsnprintf(line + start, sizeof line - 16, format, args);
    va_end(args);
    size_t end = (size_t) start + (length < 0 ? 0 : (size_t) length > sizeof line - 17 ? sizeof line - 17 : (size_t) length);
    line[end] = '\n';
    if (write(2, line, end + 1) < 0)
        return; /* there is nowhere else to say it */
}
