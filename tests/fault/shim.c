/* A library for LD_PRELOAD that stands between a program, all its libraries included, and the C
 * library's calls into the system, and disturbs one of them.
 *
 *   HR_SHIM=CLASS:N:ACTION    the N-th call of the class meets the action; with N+ that one and
 *                             all after it, as a full disk stays full
 *   HR_SHIM_COUNT=FILE        when the program exits: how many calls of each class there were
 *
 * Classes: read, write, stdout (a write to the standard streams), sync, rename (and link), open
 * (for writing), unlink (and rmdir), truncate (and allocate), mkdir, lock, connect, send and
 * receive (on sockets), and malloc: allocations that the program's own code makes, libraries that
 * are linked into it included.
 *
 * Actions: kill (SIGKILL before the call), killafter (after it), eio, enospc, eintr, short (half
 * of the bytes), and null for malloc.
 *
 * Calls that the C library makes of itself are not seen, such as those of stdio. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#undef open /* with large files some are macros */
#undef openat
#undef fcntl
#undef pread
#undef pwrite
#undef ftruncate

enum call_class {
    C_READ,
    C_WRITE,
    C_STDOUT,
    C_SYNC,
    C_RENAME,
    C_OPEN,
    C_UNLINK,
    C_TRUNCATE,
    C_MKDIR,
    C_LOCK,
    C_CONNECT,
    C_SEND,
    C_RECEIVE,
    C_MALLOC,
    N_CLASSES
};

static const char *const class_names[N_CLASSES] = {
    "read",     "write", "stdout", "sync",    "rename", "open",    "unlink",
    "truncate", "mkdir", "lock",   "connect", "send",   "receive", "malloc"};

enum action { NONE, KILL, KILL_AFTER, SHORT, FAIL };

static const struct {
    const char *name;
    enum action action;
    int error;
} actions[] = {
    {"kill", KILL, 0},      {"killafter", KILL_AFTER, 0}, {"short", SHORT, 0},
    {"eio", FAIL, EIO},     {"enospc", FAIL, ENOSPC},     {"eintr", FAIL, EINTR},
    {"null", FAIL, ENOMEM},
};

static atomic_long counts[N_CLASSES];
static int planned_class = -1;
static long planned_n;
static bool planned_rest;
static enum action planned_action;
static int planned_error;
static uintptr_t program_from, program_to; /* its code */

static void die(const char *why)
{
    (void)!write(2, why, strlen(why));
    _exit(97);
}

static void read_plan(const char *plan)
{
    const char *const n = strchr(plan, ':');
    char *end = NULL;

    if (!n)
        die("HR_SHIM: no class\n");
    for (int i = 0; i < N_CLASSES; i++) {
        if (strlen(class_names[i]) == (size_t)(n - plan) &&
            memcmp(class_names[i], plan, (size_t)(n - plan)) == 0)
            planned_class = i;
    }
    planned_n = strtol(n + 1, &end, 10);
    planned_rest = *end == '+';
    end += planned_rest;
    for (size_t i = 0; *end == ':' && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(end + 1, actions[i].name) == 0) {
            planned_action = actions[i].action;
            planned_error = actions[i].error;
        }
    }
    if (planned_class < 0 || planned_n <= 0 || planned_action == NONE)
        die("HR_SHIM: not a plan\n");
}

/* The program itself comes first. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const h = &info->dlpi_phdr[i];

        if (h->p_type == PT_LOAD && (h->p_flags & PF_X)) {
            program_from = info->dlpi_addr + h->p_vaddr;
            program_to = program_from + h->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *const plan = getenv("HR_SHIM");

    (void)dl_iterate_phdr(find_program, NULL);
    if (plan)
        read_plan(plan);
}

__attribute__((destructor)) static void end(void)
{
    const char *const path = getenv("HR_SHIM_COUNT");
    FILE *const f = path ? fopen(path, "w") : NULL;

    if (!f)
        return;
    for (int i = 0; i < N_CLASSES; i++)
        fprintf(f, "%s %ld\n", class_names[i], atomic_load(&counts[i]));
    fclose(f);
}

static void kill_self(void)
{
    (void)syscall(SYS_kill, getpid(), SIGKILL);
}

/* What this call is to meet. FAIL: errno is set. */
static enum action meet(enum call_class c)
{
    const long n = atomic_fetch_add(&counts[c], 1) + 1;

    if ((int)c != planned_class || n < planned_n || (n > planned_n && !planned_rest))
        return NONE;
    if (planned_action == KILL)
        kill_self();
    if (planned_action == FAIL)
        errno = planned_error;
    return planned_action;
}

static long after(enum action a, long result)
{
    const int why = errno;

    if (a == KILL_AFTER)
        kill_self();
    errno = why;
    return result;
}

/* A call without anything that could be done by half. */
#define WHOLE(c, type, ...)                                               \
    do {                                                                  \
        const enum action a_ = meet(c);                                   \
        return (type)(a_ == FAIL ? -1 : after(a_, syscall(__VA_ARGS__))); \
    } while (0)

static size_t part(enum action a, size_t n)
{
    return a == SHORT && n > 1 ? n / 2 : n;
}

static enum call_class write_class(int fd)
{
    return fd == 1 || fd == 2 ? C_STDOUT : C_WRITE;
}

/* ---- bytes ---- */

ssize_t write(int fd, const void *p, size_t n)
{
    const enum action a = meet(write_class(fd));
    return a == FAIL ? -1 : after(a, syscall(SYS_write, fd, p, part(a, n)));
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    const enum action a = meet(C_WRITE);
    return a == FAIL ? -1 : after(a, syscall(SYS_pwrite64, fd, p, part(a, n), at));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return pwrite64(fd, p, n, at);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    const enum action a = meet(write_class(fd));
    return a == FAIL ? -1 : after(a, syscall(SYS_writev, fd, v, a == SHORT ? 1 : n));
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
    const enum action a = meet(C_WRITE);
    return a == FAIL ? -1 : after(a, syscall(SYS_pwritev, fd, v, a == SHORT ? 1 : n, at, 0));
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
    return pwritev64(fd, v, n, at);
}

/* Files of the kernel's own do not fail, and how often they are read depends on the machine. */
static enum action meet_read(int fd)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) == 0 &&
        (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
         fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC))
        return NONE;
    return meet(C_READ);
}

ssize_t read(int fd, void *p, size_t n)
{
    const enum action a = meet_read(fd);
    return a == FAIL ? -1 : after(a, syscall(SYS_read, fd, p, part(a, n)));
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at)
{
    const enum action a = meet_read(fd);
    return a == FAIL ? -1 : after(a, syscall(SYS_pread64, fd, p, part(a, n), at));
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    return pread64(fd, p, n, at);
}

ssize_t readv(int fd, const struct iovec *v, int n)
{
    const enum action a = meet_read(fd);
    return a == FAIL ? -1 : after(a, syscall(SYS_readv, fd, v, a == SHORT ? 1 : n));
}

int fsync(int fd)
{
    WHOLE(C_SYNC, int, SYS_fsync, fd);
}

int fdatasync(int fd)
{
    WHOLE(C_SYNC, int, SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t n)
{
    WHOLE(C_TRUNCATE, int, SYS_ftruncate, fd, n);
}

int ftruncate(int fd, off_t n)
{
    return ftruncate64(fd, n);
}

int fallocate64(int fd, int mode, off64_t at, off64_t n)
{
    WHOLE(C_TRUNCATE, int, SYS_fallocate, fd, mode, at, n);
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
    return fallocate64(fd, mode, at, n);
}

/* ---- names ---- */

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    const enum action a = writes ? meet(C_OPEN) : NONE;

    if (a == FAIL)
        return -1;
    return (int)after(a, syscall(SYS_openat, folder, path, flags, mode));
}

static mode_t mode_of(int flags, va_list ap)
{
    return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? va_arg(ap, mode_t) : 0;
}

#define OPENED(folder)                      \
    va_list ap;                             \
    va_start(ap, flags);                    \
    const mode_t mode = mode_of(flags, ap); \
    va_end(ap);                             \
    return opened(folder, path, flags, mode)

int open(const char *path, int flags, ...)
{
    OPENED(AT_FDCWD);
}

int open64(const char *path, int flags, ...)
{
    OPENED(AT_FDCWD);
}

int openat(int folder, const char *path, int flags, ...)
{
    OPENED(folder);
}

int openat64(int folder, const char *path, int flags, ...)
{
    OPENED(folder);
}

int rename(const char *from, const char *to)
{
    WHOLE(C_RENAME, int, SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int a, const char *from, int b, const char *to)
{
    WHOLE(C_RENAME, int, SYS_renameat2, a, from, b, to, 0);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    WHOLE(C_RENAME, int, SYS_renameat2, a, from, b, to, flags);
}

int link(const char *from, const char *to)
{
    WHOLE(C_RENAME, int, SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    WHOLE(C_UNLINK, int, SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    WHOLE(C_UNLINK, int, SYS_unlinkat, folder, path, flags);
}

int rmdir(const char *path)
{
    WHOLE(C_UNLINK, int, SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return rmdir(path);
    return unlink(path);
}

int mkdir(const char *path, mode_t mode)
{
    WHOLE(C_MKDIR, int, SYS_mkdirat, AT_FDCWD, path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    WHOLE(C_MKDIR, int, SYS_mkdirat, folder, path, mode);
}

/* ---- locks, sockets ---- */

int flock(int fd, int operation)
{
    WHOLE(C_LOCK, int, SYS_flock, fd, operation);
}

static int controlled(int fd, int command, void *arg)
{
    const bool locks = command == F_SETLK || command == F_SETLKW;
    const enum action a = locks ? meet(C_LOCK) : NONE;

    return a == FAIL ? -1 : (int)after(a, syscall(SYS_fcntl, fd, command, arg));
}

#define CONTROLLED                        \
    va_list ap;                           \
    va_start(ap, command);                \
    void *const arg = va_arg(ap, void *); \
    va_end(ap);                           \
    return controlled(fd, command, arg)

int fcntl(int fd, int command, ...)
{
    CONTROLLED;
}

int fcntl64(int fd, int command, ...)
{
    CONTROLLED;
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
    WHOLE(C_CONNECT, int, SYS_connect, fd, to, n);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    const enum action a = meet(C_SEND);
    return a == FAIL ? -1 : after(a, syscall(SYS_sendto, fd, p, part(a, n), flags, NULL, 0));
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
    const enum action a = meet(C_RECEIVE);
    return a == FAIL ? -1 : after(a, syscall(SYS_recvfrom, fd, p, part(a, n), flags, NULL, NULL));
}

/* ---- memory ---- */

void *__libc_malloc(size_t n);           // NOLINT: glibc's names
void *__libc_calloc(size_t n, size_t m); // NOLINT
void *__libc_realloc(void *p, size_t n); // NOLINT

static bool denied(void *caller)
{
    const uintptr_t at = (uintptr_t)caller;
    return at >= program_from && at < program_to && meet(C_MALLOC) == FAIL;
}

void *malloc(size_t n)
{
    return denied(__builtin_return_address(0)) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
    return denied(__builtin_return_address(0)) ? NULL : __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
    return denied(__builtin_return_address(0)) ? NULL : __libc_realloc(p, n);
}
