/* A line on stderr, which the host shows as part of an error. */
#ifndef SMOLVM_INSPECT_SAY_H
#define SMOLVM_INSPECT_SAY_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
