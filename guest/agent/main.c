#include "init.h"
#include "log.h"
#include "ports.h"
#include "session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Pipes and ports must never get the numbers of stdin, stdout and stderr. */
static void open_stdio(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < 2);
    if (fd > 2)
        close(fd);
}

int main(int argc, char **argv)
{
    if (getpid() == 1)
        init_main();
    open_stdio();
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("smolvm-agent " AGENT_VERSION) < 0;
    if (argc == 2 && strcmp(argv[1], "--serve-stdio") == 0)
        return stdio_serve();
    if (argc == 3 && strcmp(argv[1], "--serve-socket") == 0)
        return socket_serve(argv[2]);
    log_line("usage: smolvm-agent --version | --serve-stdio | --serve-socket PATH (or as a sandbox's /init)");
    return 2;
}
