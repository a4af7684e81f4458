/* One session with the real agent, over a socket pair: `session_test AGENT`. */
#include "../frame.h"
#include "../wire.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 20000 };

static int agent;
static uint8_t answer[FRAME_MAX + 1];
static uint8_t answer_type;
static size_t answer_size;
static int checks;

#define CHECK(condition) check((condition), #condition, __LINE__)

static void check(bool good, const char *what, int line)
{
    checks++;
    if (good)
        return;
    fprintf(stderr, "session_test.c:%d: not so: %s (last answer: type 0x%02x, %zu bytes)\n", line, what, answer_type, answer_size);
    exit(1);
}

static void send_bytes(const void *bytes, size_t size)
{
    for (const uint8_t *at = bytes; size > 0;) {
        ssize_t put = send(agent, at, size, MSG_NOSIGNAL);
        CHECK(put > 0);
        at += put;
        size -= (size_t) put;
    }
}

static void read_bytes(uint8_t *to, size_t size)
{
    while (size > 0) {
        struct pollfd p = { .fd = agent, .events = POLLIN };
        CHECK(poll(&p, 1, ANSWER_MS) == 1);
        ssize_t got = read(agent, to, size);
        CHECK(got > 0);
        to += got;
        size -= (size_t) got;
    }
}

static void receive(void)
{
    uint8_t header[FRAME_HEADER];
    read_bytes(header, sizeof header);
    answer_type = header[0];
    answer_size = header[4] | header[5] << 8 | header[6] << 16 | (uint32_t) header[7] << 24;
    CHECK(answer_size <= FRAME_MAX_PAYLOAD);
    read_bytes(answer, answer_size);
    answer[answer_size] = 0;
}

static uint8_t payload[FRAME_MAX];

static struct wire_writer start(void)
{
    return (struct wire_writer) { .start = payload, .at = payload, .end = payload + sizeof payload };
}

static void request(enum frame_type type, const void *bytes, size_t size)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, type, (uint32_t) size);
    send_bytes(header, sizeof header);
    send_bytes(bytes, size);
}

static void finish(enum frame_type type, const struct wire_writer *w)
{
    CHECK(!w->full);
    request(type, payload, (size_t) (w->at - w->start));
}

static void hello(uint8_t nonce)
{
    struct wire_writer w = start();
    wire_put_u16(&w, PROTOCOL_VERSION);
    for (int i = 0; i < HELLO_NONCE; i++)
        wire_put_u8(&w, nonce);
    finish(HELLO, &w);
    receive();
    CHECK(answer_type == HELLO_ACK && answer[2] == nonce && answer[17] == nonce);
}

static void exec_shell(const char *script, uint8_t tty, uint32_t timeout_ms)
{
    struct wire_writer w = start();
    wire_put_u8(&w, tty);
    wire_put_u16(&w, 24);
    wire_put_u16(&w, 80);
    wire_put_u32(&w, timeout_ms);
    wire_put_string(&w, "");
    wire_put_string(&w, "/");
    wire_put_u16(&w, 3);
    wire_put_string(&w, "sh");
    wire_put_string(&w, "-c");
    wire_put_string(&w, script);
    wire_put_u16(&w, 1);
    wire_put_string(&w, "GREETING=hello");
    finish(EXEC, &w);
    receive();
    CHECK(answer_type == STARTED);
}

static void expect_error(uint32_t error)
{
    receive();
    CHECK(answer_type == ERROR && answer_size > 6);
    CHECK((answer[0] | (uint32_t) answer[1] << 8) == error);
}

static void expect_exit(uint8_t kind, uint8_t code)
{
    do
        receive();
    while (answer_type == WINDOW || answer_type == STDOUT || answer_type == STDERR);
    CHECK(answer_type == EXIT && answer[0] == kind && answer[1] == code);
}

static void commands_run(void)
{
    exec_shell("echo $GREETING; exit 3", 0, 0);
    receive();
    CHECK(answer_type == STDOUT && strcmp((char *) answer, "hello\n") == 0);
    expect_exit(0, 3);

    exec_shell("cat", 0, 0);
    request(STDIN, "some input", 10);
    receive();
    CHECK(answer_type == STDOUT && strcmp((char *) answer, "some input") == 0);
    request(STDIN, "", 0);
    expect_exit(0, 0);

    exec_shell("sleep 60", 0, 0);
    request(SIGNAL, (uint8_t[]) { SIGTERM }, 1);
    expect_exit(1, SIGTERM);

    exec_shell("sleep 60", 0, 100);
    expect_exit(2, SIGKILL);

    exec_shell("stty size", 1, 0);
    receive();
    CHECK(answer_type == STDOUT && strstr((char *) answer, "24 80"));
    expect_exit(0, 0);

    exec_shell("sleep 60 & echo done", 0, 0); /* what is left behind holds the pipe */
    receive();
    expect_exit(0, 0);
}

static void files_are_written_whole(const char *directory)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/file", directory);
    for (int round = 0; round < 2; round++) {
        struct wire_writer w = start();
        wire_put_string(&w, path);
        wire_put_u32(&w, 0640);
        wire_put_u64(&w, 5);
        finish(PUT, &w);
        receive();
        CHECK(answer_type == OK);
        request(DATA, round == 0 ? "first" : "seco", round == 0 ? 5 : 4);
        request(DATA_END, "", 0);
        if (round == 0)
            receive();
        else
            expect_error(EMSGSIZE);
    }
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640);

    struct wire_writer w = start();
    wire_put_string(&w, path);
    wire_put_u8(&w, 0);
    finish(GET, &w);
    receive();
    CHECK(answer_type == ENTRY && answer[0] == 0);
    receive();
    CHECK(answer_type == GET_DATA && strcmp((char *) answer, "first") == 0);
    receive();
    CHECK(answer_type == ENTRY_END);
    receive();
    CHECK(answer_type == DONE);
    unlink(path);
}

static void the_host_is_left_alone(void)
{
    request(FREEZE, (uint8_t[4]) { 100 }, 4);
    expect_error(EPERM);
    request(THAW, "", 0);
    expect_error(EPERM);
    request(SHUTDOWN, (uint8_t[1]) { 0 }, 1);
    expect_error(EPERM);
    struct wire_writer w = start();
    for (int i = 0; i < 19; i++)
        wire_put_u8(&w, 0);
    finish(REJUVENATE, &w);
    expect_error(EPERM);
    w = start();
    wire_put_u64(&w, 0);
    wire_put_u32(&w, 1000);
    finish(TRIM, &w);
    expect_error(EPERM);
}

static void sessions_start_anew(void)
{
    uint8_t garbage[64];
    memset(garbage, 0xff, sizeof garbage);
    send_bytes(garbage, sizeof garbage);
    expect_error(EPROTO);
    hello(2);

    /* A host that died in mid-frame, and the next one's zeros. */
    static const uint8_t zeros[FRAME_MAX + 16];
    uint8_t half[] = { STDIN, 0, 0, 0, 0, 0, 1, 0, 'x' };
    send_bytes(half, sizeof half);
    send_bytes(zeros, sizeof zeros);
    hello(3);

    exec_shell("trap '' HUP; echo ready; sleep 60", 0, 0);
    pid_t command = (pid_t) (answer[0] | answer[1] << 8 | answer[2] << 16 | answer[3] << 24);
    receive();
    CHECK(answer_type == STDOUT);
    hello(4);
    CHECK(kill(command, 0) == 0);
    for (int waited = 0; waited < 50; waited++) {
        request(PING, "", 0); /* the agent reaps between requests */
        receive();
        CHECK(answer_type == PONG);
        if (kill(command, 0) < 0)
            break;
        usleep(100 * 1000);
    }
    CHECK(kill(command, 0) < 0);
}

int main(int argc, char **argv)
{
    int ends[2];
    char directory[] = "/tmp/smolvm-session-test-XXXXXX";
    if (argc != 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || !mkdtemp(directory))
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 0);
        dup2(ends[1], 1);
        execl(argv[1], argv[1], "--serve-stdio", (char *) NULL);
        _exit(127);
    }
    close(ends[1]);
    agent = ends[0];
    hello(1);
    commands_run();
    files_are_written_whole(directory);
    the_host_is_left_alone();
    sessions_start_anew();
    request(BYE, "", 0);
    receive();
    CHECK(answer_type == BYE_ACK);
    close(agent);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    rmdir(directory);
    printf("session: %d checks with the real agent\n", checks);
    return 0;
}
