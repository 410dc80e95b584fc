/* curl.h -- libcurl, opened when the first client is made, since its libraries would cost every
 * start of the program some milliseconds. Functions are called as curl->easy_perform(...). */
#ifndef HR_NET_CURL_H
#define HR_NET_CURL_H

#include <curl/curl.h>

#include "headrace/error.h"

/* X(result, name without "curl_", parameters) */
#define HR_CURL_FUNCTIONS(X)                                                            \
    X(CURLcode, global_init, (long))                                                    \
    X(curl_version_info_data *, version_info, (CURLversion))                            \
    X(void, free, (void *))                                                             \
    X(CURL *, easy_init, (void))                                                        \
    X(void, easy_cleanup, (CURL *))                                                     \
    X(CURLcode, easy_setopt, (CURL *, CURLoption, ...))                                 \
    X(CURLcode, easy_getinfo, (CURL *, CURLINFO, ...))                                  \
    X(CURLcode, easy_pause, (CURL *, int))                                              \
    X(const char *, easy_strerror, (CURLcode))                                          \
    X(CURLM *, multi_init, (void))                                                      \
    X(CURLMcode, multi_cleanup, (CURLM *))                                              \
    X(CURLMcode, multi_setopt, (CURLM *, CURLMoption, ...))                             \
    X(CURLMcode, multi_add_handle, (CURLM *, CURL *))                                   \
    X(CURLMcode, multi_remove_handle, (CURLM *, CURL *))                                \
    X(CURLMcode, multi_perform, (CURLM *, int *))                                       \
    X(CURLMcode, multi_poll, (CURLM *, struct curl_waitfd *, unsigned int, int, int *)) \
    X(CURLMcode, multi_wakeup, (CURLM *))                                               \
    X(CURLMsg *, multi_info_read, (CURLM *, int *))                                     \
    X(const char *, multi_strerror, (CURLMcode))                                        \
    X(CURLSH *, share_init, (void))                                                     \
    X(CURLSHcode, share_cleanup, (CURLSH *))                                            \
    X(CURLSHcode, share_setopt, (CURLSH *, CURLSHoption, ...))                          \
    X(CURLU *, url, (void))                                                             \
    X(void, url_cleanup, (CURLU *))                                                     \
    X(CURLUcode, url_set, (CURLU *, CURLUPart, const char *, unsigned int))             \
    X(CURLUcode, url_get, (const CURLU *, CURLUPart, char **, unsigned int))            \
    X(const char *, url_strerror, (CURLUcode))

#define HR_CURL_SLOT(result, name, parameters) result(*name) parameters;
typedef struct hr_curl {
    HR_CURL_FUNCTIONS(HR_CURL_SLOT)
} hr_curl;
#undef HR_CURL_SLOT

/* The table, initialized; the same for every call. Any thread. HR_E_CONFIG: no libcurl 7.88 or
 * later is on the machine. */
HR_NODISCARD hr_status hr_curl_get(const hr_curl **out, hr_error *err);

#endif
