/* SSH beside the control channel: the key from the command line, host keys, and sshd. */
#ifndef SMOLVM_SSH_H
#define SMOLVM_SSH_H

#include <stdbool.h>

/* Only this type: an RSA key takes seconds to make on an emulated CPU. */
#define SSH_HOST_KEY "/etc/ssh/ssh_host_ed25519_key"

bool ssh_is_installed(void);
void ssh_authorize(const char *public_key_line);
bool ssh_makes_keys(void);      /* where ssh-keygen is installed */
bool ssh_renew_host_keys(void); /* else errno */

/* In a process of its own: makes missing host keys and becomes sshd. */
void ssh_become_server(void);

#endif
