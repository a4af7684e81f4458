#ifndef SMOLVM_CLOCK_H
#define SMOLVM_CLOCK_H

#include <stdint.h>

int64_t monotonic_ms(void);
void sleep_ms(int64_t ms);

/* A poll() timeout for the time left until `deadline`, rounded up; at most an hour. */
int poll_timeout(int64_t deadline);

#endif
