#include "base/fault.h"

#ifdef HR_FAULTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void hr_fault_point(const char *name)
{
    static atomic_long passed;
    const char *const wanted = getenv("HR_KILL_AT");
    const size_t n = strlen(name);

    if (!wanted || strncmp(wanted, name, n) != 0 || (wanted[n] != '\0' && wanted[n] != ':'))
        return;

    const long times = wanted[n] == ':' ? strtol(wanted + n + 1, NULL, 10) : 1;

    if (atomic_fetch_add(&passed, 1) + 1 == times)
        raise(SIGKILL);
}

#else

/* Not empty, as ISO C wants it. */
typedef int hr_no_fault_points;

#endif
