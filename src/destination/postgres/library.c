#include "destination/postgres/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t loaded_once = PTHREAD_ONCE_INIT;
static pg_library library;
static hr_status loaded_status;
static hr_error loaded_error;

/* Where each function goes in a pg_library. */
typedef struct pg_slot {
    const char *name;
    size_t offset;
} pg_slot;

#define PG_SLOT(result, name, parameters) {"PQ" #name, offsetof(pg_library, name)},
static const pg_slot needed[] = {PG_FUNCTIONS(PG_SLOT)};
#undef PG_SLOT

static hr_status find_functions(void *handle, const char *file, hr_error *err)
{
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        /* dlsym hands functions out as void *, which ISO C cannot convert. */
        void *const found = dlsym(handle, needed[i].name);

        if (!found)
            return hr_fail(err, HR_E_CONFIG, "%s lacks the function %s", file, needed[i].name);
        memcpy((char *)&library + needed[i].offset, &found, sizeof(found));
    }
    return HR_OK;
}

static hr_status load(hr_error *err)
{
    const char *const own = getenv("HEADRACE_LIBPQ"); // NOLINT(concurrency-mt-unsafe)
    const char *const file = own && *own ? own : "libpq.so.5";
    void *const handle = dlopen(file, RTLD_LAZY | RTLD_LOCAL);

    if (!handle)
        return hr_fail(err, HR_E_CONFIG,
                       "PostgreSQL's client library was not found: install libpq5, or set "
                       "HEADRACE_LIBPQ to its file; %s",
                       dlerror()); // NOLINT(concurrency-mt-unsafe): glibc's is per thread

    const hr_status st = find_functions(handle, file, err);

    if (st != HR_OK)
        (void)dlclose(handle);
    return st;
}

static void load_once(void)
{
    loaded_status = load(&loaded_error);
}

hr_status pg_library_get(const pg_library **out, hr_error *err)
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
