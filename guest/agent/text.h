/* Small whole-file reads and writes. */
#ifndef SMOLVM_TEXT_H
#define SMOLVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The file as a NUL-terminated string (at most `limit` bytes of it), to be freed; NULL with errno. */
char *text_read(const char *path, size_t limit);

/* Writes beside `path`, then renames: a crash leaves the old text or the new. */
bool text_replace(const char *path, const char *text, mode_t mode);

enum { TEXT_SECTOR = 512 };

/* What a power cut may leave of the last line: the old one or the new, which is on the disk on return; or anything. */
enum text_safety { TEXT_DURABLE, TEXT_SPOILABLE };

/* Gives a small file another last line in place: a tenth of the guest's work that a new file takes, which is what counts where
 * it runs emulated. False, with nothing written or only that line spoiled, where it cannot be done so: use text_replace. */
bool text_update_last_line(const char *path, const char *text, enum text_safety safety);

bool text_append(const char *path, const char *text, mode_t mode);

/* Writes to a file that exists, such as one of /proc or /sys. */
bool text_write(const char *path, const char *text);

/* mkdir -p */
bool make_directories(const char *path, mode_t mode);

#endif
