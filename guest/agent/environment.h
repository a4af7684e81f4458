/* The environment of an EXEC's command. */
#ifndef SMOLVM_ENVIRONMENT_H
#define SMOLVM_ENVIRONMENT_H

#include "request.h"
#include "users.h"

/* The account's defaults, then the lines K=V of /run/smolvm/env, then a fork's variables, then the request's; later
 * ones win. NULL with errno where there is no memory, or the fork's variables cannot be read. */
char **environment_for(const struct account *account, const struct exec_request *request);
void environment_free(char **env);

#endif
