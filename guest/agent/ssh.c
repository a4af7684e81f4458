#include "ssh.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SSHD "/usr/sbin/sshd"
#define KEYGEN "/usr/bin/ssh-keygen"
#define HOST_KEYS "/etc/ssh/ssh_host_*_key*"
#define NEW_KEY "/etc/ssh/smolvm_new_key"
#define AUTHORIZED_KEYS "/root/.ssh/authorized_keys"

enum { AUTHORIZED_KEYS_LIMIT = 1 << 20 };

bool ssh_is_installed(void) { return access(SSHD, X_OK) == 0; }

void ssh_authorize(const char *key)
{
    mkdir("/root", 0700);
    mkdir("/root/.ssh", 0700);
    chmod("/root/.ssh", 0700);
    char *keys = text_read(AUTHORIZED_KEYS, AUTHORIZED_KEYS_LIMIT);
    if (!keys || !strstr(keys, key)) {
        if (keys && *keys && keys[strlen(keys) - 1] != '\n')
            text_append(AUTHORIZED_KEYS, "\n", 0600);
        text_append(AUTHORIZED_KEYS, key, 0600);
        if (key[strlen(key) - 1] != '\n')
            text_append(AUTHORIZED_KEYS, "\n", 0600);
    }
    chmod(AUTHORIZED_KEYS, 0600);
    free(keys);
}

static bool generate_key(void)
{
    unlink(NEW_KEY);
    unlink(NEW_KEY ".pub");
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        execl(KEYGEN, KEYGEN, "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", NEW_KEY, (char *) NULL);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return false;
    errno = EIO;
    return status == 0;
}

static void remove_host_keys(void)
{
    glob_t found;
    if (glob(HOST_KEYS, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink(found.gl_pathv[i]);
    globfree(&found);
}

bool ssh_makes_keys(void) { return access(KEYGEN, X_OK) == 0; }

bool ssh_renew_host_keys(void)
{
    if (!generate_key())
        return false;
    remove_host_keys();
    return rename(NEW_KEY ".pub", SSH_HOST_KEY ".pub") == 0 && rename(NEW_KEY, SSH_HOST_KEY) == 0;
}

void ssh_become_server(void)
{
    glob_t found;
    if (glob(HOST_KEYS, 0, NULL, &found) != 0 && ssh_makes_keys())
        ssh_renew_host_keys();
    mkdir("/run/sshd", 0755);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    execl(SSHD, SSHD, "-D", (char *) NULL);
    _exit(127);
}
