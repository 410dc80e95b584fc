#include "net/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

enum { OLDEST = 0x075800 }; /* 7.88.0 */

static pthread_once_t loaded_once = PTHREAD_ONCE_INIT;
static hr_curl library;
static hr_status loaded_status;
static hr_error loaded_error;

/* dlsym hands functions out as void *, which ISO C cannot convert. */
static bool find_symbol(void *handle, const char *name, void *slot)
{
    void *const found = dlsym(handle, name);

    memcpy(slot, &found, sizeof(found));
    return found != NULL;
}

static hr_status find_functions(void *handle, hr_error *err)
{
#define HR_CURL_FIND(result, name, parameters)                \
    if (!find_symbol(handle, "curl_" #name, &(library.name))) \
        return hr_fail(err, HR_E_CONFIG, "libcurl.so.4 lacks the function curl_" #name);
    HR_CURL_FUNCTIONS(HR_CURL_FIND)
#undef HR_CURL_FIND
    return HR_OK;
}

static hr_status load(hr_error *err)
{
    void *const handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return hr_fail(err, HR_E_CONFIG,
                       "libcurl was not found: install libcurl 7.88 or later (%s)", dlerror());
    HR_TRY(find_functions(handle, err));

    const CURLcode code = library.global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return hr_fail(err, HR_E_CONFIG, "libcurl does not start: %s", library.easy_strerror(code));

    const curl_version_info_data *const info = library.version_info(CURLVERSION_NOW);

    if (info->version_num < OLDEST)
        return hr_fail(err, HR_E_CONFIG, "libcurl is %s; 7.88 or later is needed", info->version);
    return HR_OK;
}

static void load_once(void)
{
    loaded_status = load(&loaded_error);
}

hr_status hr_curl_get(const hr_curl **out, hr_error *err)
{
    pthread_once(&loaded_once, load_once);
    if (loaded_status == HR_OK)
        *out = &library;
    else if (err)
        *err = loaded_error;
    return loaded_status;
}
