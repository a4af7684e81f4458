#include "environment.h"

#include "text.h"
#include "variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANDBOX_ENVIRONMENT "/run/smolvm/env"

enum { SANDBOX_ENVIRONMENT_LIMIT = 64 * 1024 };

struct list { char **items; size_t count, capacity; bool failed; int unreadable; };

static void set(struct list *env, const char *pair, size_t length)
{
    const char *equals = memchr(pair, '=', length);
    if (!equals || equals == pair || env->failed)
        return;
    char *copy = strndup(pair, length);
    size_t name = (size_t) (equals - pair) + 1;
    for (size_t i = 0; copy && i < env->count; i++) {
        if (strncmp(env->items[i], pair, name) == 0) {
            free(env->items[i]);
            env->items[i] = copy;
            return;
        }
    }
    if (copy && env->count + 1 >= env->capacity) {
        size_t capacity = env->capacity ? 2 * env->capacity : 32;
        char **items = realloc(env->items, capacity * sizeof *items);
        if (items) {
            env->items = items;
            env->capacity = capacity;
        }
    }
    if (!copy || env->count + 1 >= env->capacity) {
        free(copy);
        env->failed = true;
        return;
    }
    env->items[env->count++] = copy;
    env->items[env->count] = NULL;
}

static void set_pair(struct list *env, const char *name, const char *value)
{
    char *pair = NULL;
    if (asprintf(&pair, "%s=%s", name, value) < 0) {
        env->failed = true;
        return;
    }
    set(env, pair, strlen(pair));
    free(pair);
}

static void set_lines(struct list *env, const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        set(env, lines, length);
        lines += length + (lines[length] == '\n');
    }
}

/* What cannot be read must not just be missing: a command would run without its secrets, or with another fork's number. */
static void set_kept(struct list *env)
{
    size_t size = 0;
    char *kept = variables_read(&size);
    if (!kept && errno != ENOENT) {
        env->unreadable = errno;
        env->failed = true;
    }
    for (const char *pair = kept; kept && pair < kept + size; pair += strlen(pair) + 1)
        set(env, pair, strlen(pair));
    free(kept);
}

char **environment_for(const struct account *account, const struct exec_request *request)
{
    struct list env = { 0 };
    set_pair(&env, "PATH", account->uid == 0
            ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            : "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games");
    set_pair(&env, "HOME", account->home[0] ? account->home : "/");
    set_pair(&env, "USER", account->name);
    set_pair(&env, "LOGNAME", account->name);
    set_pair(&env, "SHELL", account->shell[0] ? account->shell : "/bin/sh");
    if (request->tty)
        set_pair(&env, "TERM", "xterm");
    char *lines = text_read(SANDBOX_ENVIRONMENT, SANDBOX_ENVIRONMENT_LIMIT);
    if (lines)
        set_lines(&env, lines);
    free(lines);
    set_kept(&env);
    for (char **e = request->env; *e; e++)
        set(&env, *e, strlen(*e));
    if (env.failed) {
        environment_free(env.items);
        errno = env.unreadable ? env.unreadable : ENOMEM;
        return NULL;
    }
    return env.items;
}

void environment_free(char **env)
{
    for (char **e = env; e && *e; e++)
        free(*e);
    free(env);
}
