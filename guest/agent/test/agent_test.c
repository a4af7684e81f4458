/* What can be tested without a machine of one's own: parsers and small rules. */
#include "../cmdline.h"
#include "../frame.h"
#include "../identity.h"
#include "../input_ring.h"
#include "../mounts.h"
#include "../request.h"
#include "../root_size.h"
#include "../text.h"
#include "../users.h"
#include "../variables.h"
#include "../wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int checks, failures;

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

static void check(bool good, const char *what, const char *file, int line)
{
    checks++;
    if (!good) {
        failures++;
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    }
}

static void frames_are_cut_from_a_stream(void)
{
    uint8_t bytes[] = { 0, 0, PING, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c', BYE };
    struct frame f;
    size_t used;
    for (size_t size = 0; size < 13; size++) {
        CHECK(frame_parse(bytes, size, &used, &f) == FRAME_INCOMPLETE);
        CHECK(used <= 2);
    }
    CHECK(frame_parse(bytes, sizeof bytes, &used, &f) == FRAME_READY);
    CHECK(used == 13 && f.type == PING && f.length == 3 && memcmp(f.payload, "abc", 3) == 0);
}

static void malformed_frames_are_refused(void)
{
    struct frame f;
    size_t used;
    uint8_t unknown[] = { LAST_REQUEST + 1 }, answer[] = { OK }, reserved[] = { PING, 0, 1 };
    uint8_t longest[] = { STDIN, 0, 0, 0, 0, 0, 1, 0 }, too_long[] = { STDIN, 0, 0, 0, 1, 0, 1, 0 };
    uint8_t huge[] = { STDIN, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
    CHECK(frame_parse(unknown, 1, &used, &f) == FRAME_INVALID);
    CHECK(frame_parse(answer, 1, &used, &f) == FRAME_INVALID);
    CHECK(frame_parse(reserved, 3, &used, &f) == FRAME_INVALID);
    CHECK(frame_parse(longest, 8, &used, &f) == FRAME_INCOMPLETE);
    CHECK(frame_parse(too_long, 8, &used, &f) == FRAME_INVALID);
    CHECK(frame_parse(huge, 8, &used, &f) == FRAME_INVALID);
}

static void hello_is_found_in_garbage(void)
{
    uint8_t bytes[100];
    memset(bytes, HELLO, sizeof bytes);
    CHECK(frame_find_hello(bytes, sizeof bytes) == sizeof bytes - 1); /* the last byte may begin one */
    memset(bytes, 0xee, sizeof bytes);
    CHECK(frame_find_hello(bytes, sizeof bytes) == sizeof bytes);
    static const uint8_t start[] = { HELLO, 0, 0, 0, 18, 0, 0, 0, 1, 0 };
    memcpy(bytes + 40, start, sizeof start);
    bytes[39] = HELLO;
    CHECK(frame_find_hello(bytes, sizeof bytes) == 40);
    for (size_t size = 41; size < 50; size++)
        CHECK(frame_find_hello(bytes, size) == 40);
}

static void strings_move_over_their_length(void)
{
    uint8_t bytes[] = { 2, 0, 'h', 'i', 3, 0, 0, 0, 'a', 'b', 'c', 0, 0, 7 };
    struct wire_reader r = { .at = bytes, .end = bytes + sizeof bytes };
    const char *hi = wire_short_string(&r), *abc = wire_string(&r), *empty = wire_short_string(&r);
    CHECK(strcmp(hi, "hi") == 0 && strcmp(abc, "abc") == 0 && strcmp(empty, "") == 0);
    CHECK(!wire_complete(&r));
    CHECK(wire_u8(&r) == 7 && wire_complete(&r));
    CHECK(wire_u8(&r) == 0 && !wire_complete(&r));

    uint8_t with_nul[] = { 2, 0, 'a', 0 }, too_long[] = { 9, 0, 'a' };
    r = (struct wire_reader) { .at = with_nul, .end = with_nul + sizeof with_nul };
    wire_short_string(&r);
    CHECK(r.bad);
    r = (struct wire_reader) { .at = too_long, .end = too_long + sizeof too_long };
    wire_short_string(&r);
    CHECK(r.bad);
}

static struct frame exec_frame(uint8_t *bytes, size_t size, const char *const *argv, uint16_t argc, const char *env)
{
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + size };
    wire_put_u8(&w, 1);
    wire_put_u16(&w, 24);
    wire_put_u16(&w, 80);
    wire_put_u32(&w, 1000);
    wire_put_string(&w, "joe");
    wire_put_string(&w, "/tmp");
    wire_put_u16(&w, argc);
    for (uint16_t i = 0; i < argc; i++)
        wire_put_string(&w, argv[i]);
    wire_put_u16(&w, 1);
    wire_put_string(&w, env);
    return (struct frame) { .type = EXEC, .length = (uint32_t) (w.at - bytes), .payload = bytes };
}

static void exec_is_decoded_whole_or_not_at_all(void)
{
    static const char *const argv[] = { "touch", "/tmp/a b", "" };
    uint8_t bytes[256];
    struct exec_request e;
    struct frame f = exec_frame(bytes, sizeof bytes, argv, 3, "K=V=W");
    CHECK(decode_exec(&f, &e));
    CHECK(e.tty && e.rows == 24 && e.cols == 80 && e.timeout_ms == 1000);
    CHECK(strcmp(e.user, "joe") == 0 && strcmp(e.cwd, "/tmp") == 0);
    CHECK(strcmp(e.argv[1], "/tmp/a b") == 0 && e.argv[2][0] == 0 && !e.argv[3]);
    CHECK(strcmp(e.env[0], "K=V=W") == 0 && !e.env[1]);
    exec_request_free(&e);

    f = exec_frame(bytes, sizeof bytes, argv, 3, "=V");
    CHECK(!decode_exec(&f, &e));
    f = exec_frame(bytes, sizeof bytes, argv, 0, "K=V");
    CHECK(!decode_exec(&f, &e));
    /* A host that died in mid-frame: the next one's zeros must not complete it to another command. */
    static const char *const two[] = { "rm", "/tmp/long/name" };
    for (uint32_t cut = 0;; cut++) {
        f = exec_frame(bytes, sizeof bytes, two, 2, "K=V");
        if (cut >= f.length)
            break;
        memset(f.payload + cut, 0, f.length - cut);
        CHECK(!decode_exec(&f, &e));
    }
}

static void counts_beyond_the_payload_allocate_nothing(void)
{
    uint8_t bytes[32] = { 0 };
    struct exec_request e;
    bytes[17] = bytes[18] = 0xff; /* argc */
    struct frame f = { .type = EXEC, .length = sizeof bytes, .payload = bytes };
    CHECK(!decode_exec(&f, &e) && !e.argv);
}

static void accounts_are_found_by_name_and_number(void)
{
    static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n\n# no\nbad:x:a:0::/:/bin/sh\n"
            "short:x:5:5\nbig:x:4294967295:1::/:/bin/sh\nover:x:99999999999:1::/:/bin/sh\njoe:x:1000:100::/home/joe:";
    struct account a;
    CHECK(account_find(passwd, "root", &a) && a.uid == 0 && strcmp(a.home, "/root") == 0 && strcmp(a.shell, "/bin/bash") == 0);
    CHECK(account_find(passwd, "1000", &a) && a.gid == 100 && strcmp(a.name, "joe") == 0 && a.shell[0] == 0);
    CHECK(!account_find(passwd, "jo", &a) && !account_find(passwd, "bad", &a) && !account_find(passwd, "short", &a));
    CHECK(!account_find(passwd, "big", &a) && !account_find(passwd, "over", &a) && !account_find(passwd, "", &a));

    static const char group[] = "root:x:0:\nwheel:x:10:root,joe\nx:x:11:joel,jo\ny:x:12:joe\nz:x:100:joe\ncut:x:13\nlast:x:14:a,joe";
    gid_t groups[8];
    size_t count = account_groups(group, "joe", 100, groups, 8);
    CHECK(count == 4 && groups[0] == 100 && groups[1] == 10 && groups[2] == 12 && groups[3] == 14);
    CHECK(account_groups(group, "joe", 100, groups, 2) == 2);
}

static void mountinfo_is_parsed(void)
{
    char line[] = "36 35 254:0 / /mnt/a\\040b\\134c rw,noatime shared:1 master:2 - ext4 /dev/vda rw,errors=continue";
    struct mount_line m;
    CHECK(mount_parse(line, &m));
    CHECK(m.major == 254 && m.minor == 0 && strcmp(m.directory, "/mnt/a b\\c") == 0);
    CHECK(strcmp(m.fstype, "ext4") == 0 && strcmp(m.source, "/dev/vda") == 0 && mount_is_writable_disk(&m));
    char read_only[] = "1 2 8:1 / / rw - ext4 /dev/sda1 ro";
    CHECK(mount_parse(read_only, &m) && m.read_only && !mount_is_writable_disk(&m));
    char error_option[] = "1 2 8:1 / / rw - ext4 /dev/sda1 rw,errors=remount-ro";
    CHECK(mount_parse(error_option, &m) && mount_is_writable_disk(&m));
    char fuse[] = "1 2 0:5 / /f rw - fuseblk /dev/sdb1 rw", tmpfs[] = "1 2 0:6 / /t rw - tmpfs tmpfs rw";
    CHECK(mount_parse(fuse, &m) && !mount_is_writable_disk(&m));
    CHECK(mount_parse(tmpfs, &m) && !mount_is_writable_disk(&m));
    static const char *const broken[] = { "", "1 2 3", "1 2 8:1 / / rw", "1 2 8:1 / / rw shared:1", "1 2 x / / rw - a b c",
        "1 2 8:1 / / rw - ext4", "1 2 8:1 / / rw - ext4 /dev/sda" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char copy[64];
        strcpy(copy, broken[i]);
        CHECK(!mount_parse(copy, &m));
    }
    char escapes[] = "\\011\\1\\08\\x\\";
    unescape_octal(escapes);
    CHECK(strcmp(escapes, "\t\\1\\08\\x\\") == 0);
}

static void command_line_values_are_found(void)
{
    static const char line[] = "console=ttyS0 smolvm.ip=10.0.2.15/24 smolvm.ipx=no xsmolvm.gw=no smolvm.dns=1 smolvm.dns=2 flag smolvm.k=a=b==\n";
    char value[16], tiny[4];
    CHECK(cmdline_value(line, "smolvm.ip", value, sizeof value) && strcmp(value, "10.0.2.15/24") == 0);
    CHECK(cmdline_value(line, "smolvm.dns", value, sizeof value) && strcmp(value, "2") == 0);
    CHECK(cmdline_value(line, "smolvm.k", value, sizeof value) && strcmp(value, "a=b==") == 0);
    CHECK(!cmdline_value(line, "smolvm.gw", value, sizeof value) && !cmdline_value(line, "flag", value, sizeof value));
    CHECK(!cmdline_value(line, "smolvm.ip", tiny, sizeof tiny));
    CHECK(cmdline_says("quiet smolvm.poweroff=reset\n", "smolvm.poweroff", "reset"));
    CHECK(!cmdline_says("smolvm.poweroff=resets", "smolvm.poweroff", "reset"));
    CHECK(!cmdline_says("smolvm.poweroff", "smolvm.poweroff", "reset") && !cmdline_says("", "smolvm.poweroff", "reset"));

    char text[16];
    CHECK(base64_text("aGVsbG8=", text, sizeof text) && strcmp(text, "hello") == 0);
    CHECK(base64_text("aGVsbG8", text, sizeof text) && strcmp(text, "hello") == 0);
    CHECK(!base64_text("aGVs!G8=", text, sizeof text) && !base64_text("a", text, sizeof text) && !base64_text("", text, sizeof text));
    CHECK(!base64_text("AAAA", text, sizeof text) && !base64_text("aGVsbG8=", text, 5) && !base64_text("aG=V", text, sizeof text));
}

static void ext4_size_comes_from_its_superblock(void)
{
    uint8_t s[1024] = { [4] = 0x10, [7] = 0x80, [0x18] = 2, [0x38] = 0x53, [0x39] = 0xef, [0x150] = 1 };
    uint64_t count;
    uint32_t size;
    CHECK(ext4_blocks(s, &count, &size) && count == 0x80000010 && size == 4096);
    s[0x60] = 0x80;
    CHECK(ext4_blocks(s, &count, &size) && count == 0x180000010);
    s[0x18] = 7;
    CHECK(!ext4_blocks(s, &count, &size));
}

static void host_names_are_checked(void)
{
    CHECK(identity_name_is_valid("box-1.example") && identity_name_is_valid("A"));
    CHECK(!identity_name_is_valid("") && !identity_name_is_valid("-a") && !identity_name_is_valid("a b") && !identity_name_is_valid("a\n"));
    char text[66];
    memset(text, 'a', 65);
    text[65] = 0;
    CHECK(!identity_name_is_valid(text) && identity_name_is_valid(text + 1));
}

static void input_is_bounded_by_its_window(void)
{
    static struct input_ring ring;
    static uint8_t bytes[STDIN_WINDOW];
    ring_reset(&ring);
    CHECK(ring_add(&ring, bytes, STDIN_WINDOW) && !ring_add(&ring, bytes, 1));
    CHECK(ring_grant(&ring) == 0);
    ring_discard(&ring);
    CHECK(ring_grant(&ring) == STDIN_WINDOW && ring_grant(&ring) == 0);
    CHECK(ring_add(&ring, bytes, WINDOW_STEP - 1));
    ring_discard(&ring);
    CHECK(ring_grant(&ring) == 0);
}

static bool rejuvenation_with(uint8_t flags, int variables, size_t machine, struct rejuvenate_request *to)
{
    static uint8_t bytes[256];
    struct wire_writer w = { .start = bytes, .at = bytes, .end = bytes + sizeof bytes };
    wire_put_u64(&w, 1700000000);
    wire_put_u32(&w, 5);
    wire_put_short_string(&w, "host");
    wire_put_short_string(&w, "");
    wire_put_u8(&w, flags);
    wire_put_u16(&w, 2);
    wire_put_bytes(&w, "ab", 2);
    if (variables >= 0) {
        wire_put_u16(&w, (uint16_t) variables);
        wire_put_string(&w, "A=1");
        wire_put_string(&w, "B=two words");
    }
    wire_put_bytes(&w, "\x52\x54\x00\x01\x02\x03\x00\x00\x00\x40\x00\x00\x00\x00", machine);
    struct frame f = { .type = REJUVENATE, .payload = bytes, .length = (uint32_t) (w.at - bytes) };
    return decode_rejuvenate(&f, to);
}

static bool rejuvenation(uint8_t flags, int variables, struct rejuvenate_request *to)
{
    return rejuvenation_with(flags, variables, 0, to);
}

static void rejuvenations_may_bring_an_address_and_a_size(void)
{
    struct rejuvenate_request r;
    CHECK(rejuvenation(1, -1, &r) && !r.mac && r.root_bytes == 0);
    CHECK(rejuvenation_with(5, -1, 6, &r) && r.mac && r.mac[0] == 0x52 && r.mac[5] == 3 && r.root_bytes == 0);
    CHECK(rejuvenation_with(13, -1, 14, &r) && r.mac[5] == 3 && r.root_bytes == 1 << 30);
    CHECK(rejuvenation_with(7, 2, 6, &r) && r.mac && r.variables);
    rejuvenate_request_free(&r);
    CHECK(!rejuvenation_with(4, -1, 5, &r) && !rejuvenation_with(8, -1, 6, &r) && !rejuvenation_with(16, -1, 0, &r));
    CHECK(!rejuvenation_with(1, -1, 6, &r));
}

static void rejuvenations_may_bring_variables(void)
{
    struct rejuvenate_request r;
    CHECK(rejuvenation(1, -1, &r) && r.new_machine && !r.variables && r.entropy_size == 2);
    CHECK(rejuvenation(3, 2, &r) && r.new_machine && strcmp(r.variables[1], "B=two words") == 0 && !r.variables[2]);
    rejuvenate_request_free(&r);
    CHECK(!rejuvenation(1, 2, &r) && !rejuvenation(2, -1, &r) && !rejuvenation(4, -1, &r));
    CHECK(!rejuvenation(2, 1, &r) && !rejuvenation(2, 3, &r) && !rejuvenation(2, 0xffff, &r) && !r.variables);
}

static void variables_replace_those_of_the_same_name(void)
{
    static const char old[] = "INDEX=1\0INDEXES=many\0TEXT=two\nlines";
    size_t size;
    char *new[] = { "INDEX=2", "MORE=", NULL };
    char *merged = variables_merge(old, sizeof old, new, &size);
    static const char expected[] = "INDEXES=many\0TEXT=two\nlines\0INDEX=2\0MORE=";
    CHECK(merged && size == sizeof expected && memcmp(merged, expected, size) == 0);
    free(merged);
    CHECK(variable_is_valid("_a1=") && variable_is_valid("A=b=c"));
    CHECK(!variable_is_valid("=") && !variable_is_valid("A") && !variable_is_valid("1A=") && !variable_is_valid("A-B=c"));
    CHECK(!variables_merge("", 0, (char *[]) { "A B=c", NULL }, &size));
    static char large[VARIABLES_LIMIT];
    memset(large, 'x', sizeof large - 1);
    memcpy(large, "A=", 2);
    merged = variables_merge("", 0, (char *[]) { large, NULL }, &size);
    CHECK(merged && size == VARIABLES_LIMIT);
    CHECK(!variables_merge(merged, size, (char *[]) { "B=", NULL }, &size));
    free(merged);
    merged = variables_merge(large, sizeof large, (char *[]) { "A=", NULL }, &size);
    CHECK(merged && size == 3);
    free(merged);
}

static bool last_line_becomes(const char *path, const char *old, const char *text, enum text_safety safety)
{
    struct stat before, after;
    unlink(path);
    CHECK(text_append(path, old, 0444) && stat(path, &before) == 0);
    bool good = text_update_last_line(path, text, safety);
    char *found = text_read(path, 4096);
    CHECK(found && strcmp(found, good ? text : old) == 0);
    CHECK(stat(path, &after) == 0 && after.st_ino == before.st_ino && after.st_mode == before.st_mode);
    free(found);
    return good;
}

static void last_lines_are_rewritten_in_place(void)
{
    char directory[] = "/tmp/agent-test-XXXXXX", path[64], other[64], large[TEXT_SECTOR + 2];
    CHECK(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/file", directory);
    snprintf(other, sizeof other, "%s/other", directory);
    CHECK(last_line_becomes(path, "one\n", "two\n", TEXT_DURABLE));
    CHECK(last_line_becomes(path, "a\nlonger line\n", "a\nb\n", TEXT_SPOILABLE));
    CHECK(last_line_becomes(path, "a\nb\n", "a\nlonger line\n", TEXT_SPOILABLE));
    CHECK(last_line_becomes(path, "one", "two\n", TEXT_SPOILABLE));
    /* A power cut may leave the old length with the new text. */
    CHECK(!last_line_becomes(path, "one\n", "longer\n", TEXT_DURABLE));
    /* It may leave anything of a line that is not the last. */
    CHECK(!last_line_becomes(path, "a\nb\n", "c\nb\n", TEXT_SPOILABLE));
    CHECK(!last_line_becomes(path, "a\nb\nc\n", "a\nb\n", TEXT_SPOILABLE));
    CHECK(!last_line_becomes(path, "a\n", "a\nb\n", TEXT_SPOILABLE));
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    CHECK(!last_line_becomes(path, large, "y\n", TEXT_SPOILABLE));
    CHECK(!last_line_becomes(path, "y\n", large, TEXT_SPOILABLE));
    /* What else the file is, is not ours. */
    CHECK(text_replace(path, "one\n", 0644) && link(path, other) == 0);
    CHECK(!text_update_last_line(path, "two\n", TEXT_DURABLE));
    CHECK(unlink(path) == 0 && symlink(other, path) == 0);
    CHECK(!text_update_last_line(path, "two\n", TEXT_DURABLE));
    CHECK(unlink(path) == 0 && !text_update_last_line(path, "two\n", TEXT_DURABLE));
    CHECK(unlink(other) == 0 && rmdir(directory) == 0);
}

int main(void)
{
    last_lines_are_rewritten_in_place();
    rejuvenations_may_bring_variables();
    rejuvenations_may_bring_an_address_and_a_size();
    variables_replace_those_of_the_same_name();
    frames_are_cut_from_a_stream();
    malformed_frames_are_refused();
    hello_is_found_in_garbage();
    strings_move_over_their_length();
    exec_is_decoded_whole_or_not_at_all();
    counts_beyond_the_payload_allocate_nothing();
    accounts_are_found_by_name_and_number();
    mountinfo_is_parsed();
    command_line_values_are_found();
    ext4_size_comes_from_its_superblock();
    host_names_are_checked();
    input_is_bounded_by_its_window();
    printf("agent: %d checks, %d failed\n", checks, failures);
    return failures != 0;
}
