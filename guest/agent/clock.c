#include "clock.h"

#include <time.h>

int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec) { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

int poll_timeout(int64_t deadline)
{
    int64_t left = deadline - monotonic_ms() + 1;
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int) left;
}
