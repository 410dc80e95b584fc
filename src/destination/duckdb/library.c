#include "destination/duckdb/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "destination/duckdb/scan.h"

/* Folders, separated by colons, in which the build and `make install` put libduckdb.so. */
#ifndef HR_LIBDUCKDB_DIRS
#define HR_LIBDUCKDB_DIRS ""
#endif

enum { MAX_PATH = 4096 };

static pthread_once_t loaded_once = PTHREAD_ONCE_INIT;
static dk_library library;
static hr_status loaded_status;
static hr_error loaded_error;

/* 1.4 to 2.x. Versions look like "v2.0.0", builds in between like "v1.5.0-dev12". */
static bool version_fits(const char *version)
{
    int major = 0, minor = 0;

    if (!dk_scan_word(&version, "v") || !dk_scan_int(&version, &major) ||
        !dk_scan_word(&version, ".") || !dk_scan_int(&version, &minor))
        return false;
    return major == 2 || (major == 1 && minor >= 4);
}

/* dlsym hands functions out as void *, which ISO C cannot convert. */
static bool find_symbol(void *handle, const char *name, void *slot)
{
    void *const found = dlsym(handle, name);

    memcpy(slot, &found, sizeof(found));
    return found != NULL;
}

/* Where each function goes in a dk_library. */
typedef struct dk_slot_of {
    const char *name;
    size_t offset;
} dk_slot_of;

#define DK_SLOT(result, name, parameters) {"duckdb_" #name, offsetof(dk_library, name)},
static const dk_slot_of needed[] = {DK_FUNCTIONS(DK_SLOT)};
static const dk_slot_of optional[] = {DK_OPTIONAL_FUNCTIONS(DK_SLOT)};
#undef DK_SLOT

static hr_status find_functions(void *handle, const char *file, dk_library *lib, hr_error *err)
{
    char *const slots = (char *)lib;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (!find_symbol(handle, needed[i].name, slots + needed[i].offset))
            return hr_fail(err, HR_E_CONFIG, "%s lacks the function %s", file, needed[i].name);
    }
    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
        (void)find_symbol(handle, optional[i].name, slots + optional[i].offset);
    return HR_OK;
}

static hr_status check(void *handle, const char *file, dk_library *lib, hr_error *err)
{
    const char *(*version)(void) = NULL;

    if (!find_symbol(handle, "duckdb_library_version", &version))
        return hr_fail(err, HR_E_CONFIG, "%s is not DuckDB's library", file);
    if (!version_fits(version()))
        return hr_fail(err, HR_E_CONFIG, "%s is DuckDB %s; 1.4 to 2.x are supported", file,
                       version());
    return find_functions(handle, file, lib, err);
}

/* Loads one file. Functions are bound when first called: that makes loading faster. */
static hr_status load_file(const char *file, dk_library *lib, hr_error *err)
{
    void *const handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL);

    if (!handle)
        return hr_fail(err, HR_E_CONFIG, "%s", dlerror());

    const hr_status st = check(handle, file, lib, err);

    if (st != HR_OK)
        dlclose(handle);
    return st;
}

/* Adds the reason for one place to the message that the user gets if no place has it. */
static void add_reason(char *reasons, size_t size, const hr_error *why)
{
    const size_t n = strlen(reasons);

    if (n + 1 < size)
        (void)snprintf(reasons + n, size - n, "; %s", why->msg);
}

static bool load_from_dirs(const char *dirs, dk_library *lib, char *reasons, size_t size)
{
    while (*dirs) {
        const size_t n = strcspn(dirs, ":");
        char file[MAX_PATH];
        hr_error why;

        (void)snprintf(file, sizeof(file), "%.*s/libduckdb.so", (int)n, dirs);
        if (n && load_file(file, lib, &why) == HR_OK)
            return true;
        if (n)
            add_reason(reasons, size, &why);
        dirs += n + (dirs[n] == ':');
    }
    return false;
}

static hr_status load_any(dk_library *lib, hr_error *err)
{
    const char *const own = getenv("HEADRACE_LIBDUCKDB");
    char reasons[768] = "";
    hr_error why;

    if (own && *own) {
        const hr_status st = load_file(own, lib, err);

        return st == HR_OK ? HR_OK : hr_fail_in(err, st, "HEADRACE_LIBDUCKDB");
    }
    if (load_file("libduckdb.so", lib, &why) == HR_OK)
        return HR_OK;
    add_reason(reasons, sizeof(reasons), &why);
    if (load_from_dirs(HR_LIBDUCKDB_DIRS, lib, reasons, sizeof(reasons)))
        return HR_OK;
    return hr_fail(err, HR_E_CONFIG,
                   "DuckDB's library was not found: install libduckdb 1.4 or later, or set "
                   "HEADRACE_LIBDUCKDB to its file%s",
                   reasons);
}

static void load_once(void)
{
    loaded_status = load_any(&library, &loaded_error);
}

hr_status dk_library_get(const dk_library **out, hr_error *err)
{
    pthread_once(&loaded_once, load_once);
    if (loaded_status != HR_OK) {
        if (err)
            *err = loaded_error;
        return loaded_status;
    }
    *out = &library;
    return HR_OK;
}
