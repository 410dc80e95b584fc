#include "base/fault.h"

#ifdef HR_FAULTS

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void meet(const char *name, const char *wanted, atomic_long *passed, int number)
{
    const size_t n = strlen(name);

    if (!wanted || strncmp(wanted, name, n) != 0 || (wanted[n] != '\0' && wanted[n] != ':'))
        return;

    const long times = wanted[n] == ':' ? strtol(wanted + n + 1, NULL, 10) : 1;

    if (atomic_fetch_add(passed, 1) + 1 == times)
        (void)kill(getpid(), number);
}

static void note(const char *name, const char *path)
{
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

    if (fd < 0)
        return;
    (void)dprintf(fd, "%s\n", name);
    (void)close(fd);
}

void hr_fault_point(const char *name)
{
    static atomic_long passed_to_kill, passed_to_stop;

    note(name, getenv("HR_NOTE_POINTS"));                       // NOLINT(concurrency-mt-unsafe)
    meet(name, getenv("HR_KILL_AT"), &passed_to_kill, SIGKILL); // NOLINT(concurrency-mt-unsafe)
    meet(name, getenv("HR_STOP_AT"), &passed_to_stop, SIGSTOP); // NOLINT(concurrency-mt-unsafe)
}

#else

/* Not empty, as ISO C wants it. */
typedef int hr_no_fault_points;

#endif
