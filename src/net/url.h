/* url.h -- URLs as libcurl reads them, so that what is checked is what is connected to. Only http
 * and https. Messages show URLs with their secrets blanked. Any thread. */
#ifndef HR_NET_URL_H
#define HR_NET_URL_H

#include "base/buf.h"
#include "headrace/http.h"
#include "net/curl.h"

/* The caller owes curl->url_cleanup. HR_E_CONFIG: not a URL. */
HR_NODISCARD hr_status hr_url_parse(const hr_curl *curl, const char *url, CURLU **out,
                                    hr_error *err);

/* Appends "https://host:port", the host in lower case: two URLs with the same one may share
 * credentials, and a rate budget. */
HR_NODISCARD hr_status hr_url_origin(const hr_curl *curl, const CURLU *url, hr_buf *out,
                                     hr_error *err);

/* Puts a path after a base URL as dlt does: an absolute path replaces it; an empty one is the
 * base; else there is exactly one '/' between them. The caller frees *out. */
HR_NODISCARD hr_status hr_url_join(const char *base, const char *path, char **out, hr_error *err);

/* What a reference, relative or not, means where `base` was read (RFC 3986). The caller frees
 * *out. */
HR_NODISCARD hr_status hr_url_resolve(const char *base, const char *reference, char **out,
                                      hr_error *err);

/* Appends "name=value&name=value", encoded as forms are: what is not a letter, digit or one of
 * "_.-~" as %XX, a space as '+'. A NULL value is left out. */
void hr_url_encode_fields(const hr_http_field *fields, size_t n, hr_buf *out);
void hr_url_encode(hr_str s, hr_buf *out);

/* The URL with the fields added to its query and without its fragment. The caller frees *out. */
HR_NODISCARD hr_status hr_url_with_params(const char *url, const hr_http_field *fields, size_t n,
                                          char **out, hr_error *err);

#endif
