#include "destination/duckdb/holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words of a command line up to the first that may hold a secret: an option, a setting or a
 * URL. */
static size_t harmless(const char *args, size_t n, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i += strlen(args + i) + 1) {
        const char *const word = args + i;

        if (i > 0 && (word[0] == '-' || strchr(word, '=') || strstr(word, "://")))
            break;

        const int wrote = snprintf(out + used, size - used, "%s%s", used ? " " : "", word);

        if (wrote < 0 || used + (size_t)wrote >= size)
            break;
        used += (size_t)wrote;
    }
    out[used] = '\0';
    return used;
}

static bool command_of(long pid, char *out, size_t size)
{
    char path[64], args[512];

    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", pid);

    FILE *const f = fopen(path, "re");

    if (!f)
        return false;

    const size_t n = fread(args, 1, sizeof(args) - 1, f);

    (void)fclose(f);
    args[n] = '\0';
    return harmless(args, n, out, size) > 0;
}

hr_status dk_name_holder(hr_status st, hr_error *err)
{
    const char *const file = err ? strstr(err->msg, "Could not set lock on file \"") : NULL;
    char path[512] = "", command[256], who[320];

    if (!file)
        return st;
    (void)sscanf(file, "Could not set lock on file \"%511[^\"]", path);

    const char *const pid_text = strstr(file, "(PID ");
    const long pid = pid_text ? strtol(pid_text + 5, NULL, 10) : 0;

    if (pid <= 0)
        (void)snprintf(who, sizeof(who), "another process");
    else if (command_of(pid, command, sizeof(command)))
        (void)snprintf(who, sizeof(who), "process %ld (%s)", pid, command);
    else
        (void)snprintf(who, sizeof(who), "process %ld", pid);
    st = hr_fail(err, HR_E_BUSY,
                 "the database file %s is in use by %s: close it there, then run this again", path,
                 who);
    err->retryable = true;
    return st;
}
