#ifndef SMOLVM_LOG_H
#define SMOLVM_LOG_H

/* One line on the console, or on stderr outside a sandbox. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

#endif
