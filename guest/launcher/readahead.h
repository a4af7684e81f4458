/* Reading what a program will need of a file before it asks for it. */
#ifndef SMOLVM_READAHEAD_H
#define SMOLVM_READAHEAD_H

/* Asks the kernel for the parts of `file` that `list` names (docs/format.md, working-set), and does not wait for them. Without a list, or with
 * a damaged one, nothing is read. */
void read_ahead(const char *list, const char *file);

#endif
