/* The machine's names: host name and machine id. */
#ifndef SMOLVM_IDENTITY_H
#define SMOLVM_IDENTITY_H

#include <stdbool.h>

bool identity_name_is_valid(const char *hostname); /* sets errno to EINVAL when not */
bool identity_set_hostname(const char *hostname);  /* also /etc/hostname and its line in /etc/hosts */
bool identity_set_machine_id(const char *id);         /* on the disk on return */
void identity_make_machine_id(void); /* a random one, if there is none: images ship an empty file (machine-id(5)) */

#endif
