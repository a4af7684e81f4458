#include "boot.h"

#include "clock.h"
#include "kernel_abi.h"
#include "log.h"
#include "mount.h"
#include "root_size.h"
#include "shutdown.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE_LIST "/modules.list"
#define VIRTIO_BUS "/sys/bus/virtio/devices"
#define NEW_ROOT "/newroot"

enum { ROOT_WAIT_MS = 10000 };

static noreturn void give_up(const char *what)
{
    log_line("cannot boot: %s: %s", what, strerror(errno));
    sync();
    sleep_ms(200); /* for the serial console */
    power_off();
}

static void mount_at(const char *type, const char *directory, unsigned long flags, const char *options)
{
    mkdir(directory, 0755);
    if (mount(type, directory, type, flags, options) < 0 && errno != EBUSY)
        log_line("cannot mount %s: %s", directory, strerror(errno));
}

static void open_console(void)
{
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0)
        fd = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        if (fd >= 0 && fd != i)
            dup2(fd, i);
    if (fd > 2)
        close(fd);
}

/* Bit N: a virtio device of type N is on the bus. */
static uint32_t virtio_devices(void)
{
    uint32_t present = 0;
    DIR *dir = opendir(VIRTIO_BUS);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, VIRTIO_BUS "/%s/device", e->d_name);
        char *type = e->d_name[0] == '.' ? NULL : text_read(path, 16);
        unsigned long number = type ? strtoul(type, NULL, 16) : 32;
        free(type);
        if (number < 32)
            present |= 1u << number;
    }
    if (dir)
        closedir(dir);
    return present;
}

/* A driver without its device does no harm, but loading one takes an emulated CPU tens of milliseconds. Buses come
 * first in the list. */
static bool is_useful(const char *module)
{
    enum { NET = 1, CONSOLE = 3, RNG = 4, BALLOON = 5, VSOCK = 19 };
    static const struct { const char *module; int type; } drivers[] = {
        { "virtio_console", CONSOLE }, { "failover", NET }, { "net_failover", NET }, { "virtio_net", NET },
        { "virtio-rng", RNG }, { "virtio_balloon", BALLOON }, { "vsock", VSOCK },
        { "vmw_vsock_virtio_transport_common", VSOCK }, { "vmw_vsock_virtio_transport", VSOCK },
    };
    if (strcmp(module, "virtio_mmio") == 0)
        return !virtio_devices();
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (strcmp(module, drivers[i].module) == 0)
            return virtio_devices() >> drivers[i].type & 1;
    return true;
}

static void load_module(const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/lib/modules/%s.ko", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* built into this kernel */
    bool loaded = syscall(SYS_finit_module, fd, "", 0) == 0;
    /* A module whose hardware is not in this machine is no news. */
    if (!loaded && errno != EEXIST && errno != ENODEV && errno != EOPNOTSUPP)
        log_line("cannot load module %s: %s", name, strerror(errno));
    close(fd);
}

static void load_modules(void)
{
    char *list = text_read(MODULE_LIST, 65536), *rest = list, *line;
    while ((line = strsep(&rest, "\n"))) {
        line += strspn(line, " \t");
        line[strcspn(line, " \t#")] = 0;
        if (*line && !strchr(line, '/') && is_useful(line))
            load_module(line);
    }
    free(list);
}

static void find_root(char *device, size_t size)
{
    int64_t until = monotonic_ms() + ROOT_WAIT_MS;
    while (!disk_by_serial("root", device, size)) {
        snprintf(device, size, "/dev/vda");
        if (access(device, F_OK) == 0)
            return;
        if (monotonic_ms() >= until) {
            errno = ENODEV;
            give_up("no root disk");
        }
        sleep_ms(5);
    }
    while (access(device, F_OK) < 0 && monotonic_ms() < until)
        sleep_ms(1);
}

/* The initramfs stays mounted below the root: its files are memory that nobody can reach any more. */
static void remove_tree(int parent, const char *name, dev_t device)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != device)
        return;
    if (!S_ISDIR(st.st_mode)) {
        unlinkat(parent, name, 0);
        return;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_tree(fd, e->d_name, device);
    if (dir)
        closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void move_mount(const char *from)
{
    char to[64];
    snprintf(to, sizeof to, NEW_ROOT "%s", from);
    mkdir(to, 0755);
    if (mount(from, to, NULL, MS_MOVE, NULL) < 0)
        log_line("cannot move %s: %s", from, strerror(errno));
}

static void switch_root(void)
{
    struct stat st;
    if (chdir(NEW_ROOT) < 0)
        give_up("root directory");
    if (stat("/", &st) == 0)
        remove_tree(AT_FDCWD, "/", st.st_dev);
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
        give_up("switch root");
}

static void mount_rest(void)
{
    mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
    mkdir("/run/smolvm", 0700);
    mkdir("/run/lock", 01777);
    chmod("/run/lock", 01777);
    mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
    mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
    mount_at("cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    static const char *const links[][2] = {
        { "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
        { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
            log_line("cannot make %s: %s", links[i][1], strerror(errno));
}

void boot_into_root(void)
{
    char device[PATH_MAX];
    mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=755");
    open_console();
    mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    shutdown_configure();
    load_modules();
    find_root(device, sizeof device);
    mkdir(NEW_ROOT, 0755);
    if (!mount_disk(device, NEW_ROOT, "ext4", MS_NOATIME) && !mount_disk(device, NEW_ROOT, "", MS_NOATIME))
        give_up("mount root disk");
    move_mount("/dev");
    move_mount("/proc");
    move_mount("/sys");
    switch_root();
    mount_rest();
    root_grow(device);
}
