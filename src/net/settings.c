#include "net/settings.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/secret.h"

#define CLIENT(member) HR_AT(hr_http_settings, member)

/* ---- Values of several forms ---- */

/* "X-Name: value" as an object; a value may be a number, and null takes a default header away. */
static hr_status read_header(hr_doc *doc, yyjson_val *key, yyjson_val *val, hr_http_field *out,
                             hr_error *err)
{
    char number[32];

    out->name = yyjson_get_str(key);
    if (yyjson_is_null(val))
        return HR_OK;
    out->value = yyjson_get_str(val);
    if (yyjson_is_int(val)) {
        (void)snprintf(number, sizeof(number), "%lld", (long long)yyjson_get_sint(val));
        out->value = hr_arena_strndup(&doc->arena, hr_str_from(number));
        if (!out->value)
            return hr_nomem(err);
    }
    if (!out->value)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "headers: %s takes a text", out->name);
    if (strpbrk(out->value, "\r\n") || strpbrk(out->name, "\r\n: "))
        return hr_doc_fail(doc, val, err, HR_E_CONFIG,
                           "headers: \"%.60s\" cannot be sent: line breaks and names with ':' or "
                           "spaces are not allowed",
                           out->name);
    return hr_secret_is_sent(hr_str_from(out->name)) ? hr_secret_add(hr_str_from(out->value), err)
                                                     : HR_OK;
}

static hr_status read_headers(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                              hr_error *err)
{
    yyjson_val *key, *value;
    size_t i, n;

    if (yyjson_is_null(val))
        return HR_OK;
    if (!yyjson_is_obj(val))
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "%s takes an object", option->name);

    hr_http_field *const items =
        hr_arena_zalloc(&doc->arena, yyjson_obj_size(val) * sizeof(items[0]));

    if (!items)
        return hr_nomem(err);
    yyjson_obj_foreach(val, i, n, key, value) HR_TRY(read_header(doc, key, value, &items[i], err));
    *(hr_list *)field = (hr_list){items, yyjson_obj_size(val)};
    return HR_OK;
}

static const hr_option window_rows[] = {
    {"requests", HR_OPTION_INT, HR_AT(hr_rate_window, requests), .flags = HR_OPTION_REQUIRED,
     .least = 1, .most = 1000000, .help = "Most requests to one host ..."},
    {"per", HR_OPTION_DURATION, HR_AT(hr_rate_window, per), .flags = HR_OPTION_REQUIRED,
     .help = "... in any stretch of this length, such as 1s or 60s"},
    {0},
};
static const hr_option_table window_table = {
    .what = "rate_limit", .rows = window_rows, .size = sizeof(hr_rate_window)};

static hr_status read_windows(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                              hr_error *err)
{
    static const hr_option list = {"rate_limit", HR_OPTION_LIST, 0, .table = &window_table};

    if (yyjson_is_null(val)) {
        *(hr_list *)field = (hr_list){0};
        return HR_OK;
    }
    if (yyjson_is_arr(val))
        return hr_option_read(doc, val, option->table, &list, field, err);

    hr_rate_window *const one = hr_arena_zalloc(&doc->arena, sizeof(*one));

    if (!one)
        return hr_nomem(err);
    *(hr_list *)field = (hr_list){one, 1};
    return hr_options_read(doc, val, &window_table, one, err);
}

/* 429, or "5xx" for all from 500 on. */
static hr_status read_status(hr_doc *doc, yyjson_val *val, bool *on, hr_error *err)
{
    const char *const text = yyjson_get_str(val);
    int64_t first = yyjson_is_int(val) ? yyjson_get_sint(val) : 0;
    int64_t n = 1;

    if (text && strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' &&
        (strcmp(text + 1, "xx") == 0 || strcmp(text + 1, "XX") == 0)) {
        first = (int64_t)(text[0] - '0') * 100;
        n = 100;
    }
    if (first < 100 || first >= HR_STATUS_END)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG,
                           "retry: on takes statuses such as 429 or 5xx");
    for (int64_t i = first; i < first + n; i++)
        on[i] = true;
    return HR_OK;
}

static hr_status read_statuses(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                               hr_error *err)
{
    yyjson_val *item;
    size_t i, n;

    (void)option;
    memset(field, 0, HR_STATUS_END * sizeof(bool));
    if (!yyjson_is_arr(val))
        return yyjson_is_null(val) ? HR_OK : read_status(doc, val, field, err);
    yyjson_arr_foreach(val, i, n, item) HR_TRY(read_status(doc, item, field, err));
    return HR_OK;
}

/* As of Python's requests: one number for both, or [connect, read]. */
static hr_status read_timeouts(hr_doc *doc, yyjson_val *val, const hr_option *option, void *field,
                               hr_error *err)
{
    hr_timeout_settings *const t = field;
    yyjson_val *const connect = yyjson_is_arr(val) ? yyjson_arr_get(val, 0) : val;
    yyjson_val *const read = yyjson_is_arr(val) ? yyjson_arr_get(val, 1) : val;

    if (yyjson_is_null(val))
        return HR_OK;
    if (!yyjson_is_num(connect) || !yyjson_is_num(read) || yyjson_get_num(connect) < 0 ||
        yyjson_get_num(read) < 0)
        return hr_doc_fail(doc, val, err, HR_E_CONFIG, "%s takes seconds, or [connect, read]",
                           option->name);
    t->connect = yyjson_get_num(connect);
    t->read = yyjson_get_num(read);
    return HR_OK;
}

/* ---- Tables ---- */

static const hr_option timeout_rows[] = {
    {"connect", HR_OPTION_DURATION, HR_AT(hr_timeout_settings, connect), .by_default = "30",
     .help = "Longest time to reach the host; 0: no limit"},
    {"read", HR_OPTION_DURATION, HR_AT(hr_timeout_settings, read), .by_default = "60",
     .help = "Longest time without data; 0: no limit"},
    {"total", HR_OPTION_DURATION, HR_AT(hr_timeout_settings, total), .by_default = "30m",
     .help = "Longest time of one try as a whole; 0: no limit"},
    {0},
};
static const hr_option_table timeout_table = {.what = "timeout",
                                              .rows = timeout_rows,
                                              .size = sizeof(hr_timeout_settings),
                                              .shorthand = "read"};

static const hr_option retry_rows[] = {
    {"max_attempts", HR_OPTION_INT, HR_AT(hr_retry_settings, max_attempts), .by_default = "5",
     .least = 0, .most = 1000, .help = "Tries in all; 0 and 1: no second one"},
    {"backoff_factor", HR_OPTION_REAL, HR_AT(hr_retry_settings, backoff_factor), .by_default = "1",
     .least = 0, .most = 3600, .help = "Seconds before the second try; each later wait is doubled"},
    {"max_delay", HR_OPTION_DURATION, HR_AT(hr_retry_settings, max_delay), .by_default = "300",
     .help = "Longest of these waits; what the API asks for may be longer"},
    {"deadline", HR_OPTION_DURATION, HR_AT(hr_retry_settings, deadline), .by_default = "1h",
     .help = "No try begins later than this after the first; 0: no limit"},
    {"on", HR_OPTION_CUSTOM, HR_AT(hr_retry_settings, on), .read = read_statuses,
     .by_default = "[408, 425, 429, 5xx]", .help = "Statuses that are tried again",
     .schema = "{\"type\":\"array\",\"items\":{\"type\":[\"integer\",\"string\"]}}"},
    {"methods", HR_OPTION_TEXTS, HR_AT(hr_retry_settings, methods),
     .help = "Methods that are tried again; GET, HEAD, OPTIONS, TRACE, PUT and DELETE, if not "
             "said"},
    {0},
};
static const hr_option_table retry_table = {
    .what = "retry", .rows = retry_rows, .size = sizeof(hr_retry_settings)};

static const hr_option tls_rows[] = {
    {"ca", HR_OPTION_TEXT, HR_AT(hr_tls_settings, ca),
     .help = "File of the certificates to trust, PEM; the system's, if not said"},
    {"cert", HR_OPTION_TEXT, HR_AT(hr_tls_settings, cert),
     .help = "File of our certificate, PEM, for hosts that ask for one"},
    {"key", HR_OPTION_TEXT, HR_AT(hr_tls_settings, key),
     .help = "File of its key, if not in the same file"},
    {"key_password", HR_OPTION_SECRET, HR_AT(hr_tls_settings, key_password),
     .help = "Password of the key"},
    {"verify", HR_OPTION_BOOL, HR_AT(hr_tls_settings, verify), .by_default = "true",
     .help = "false: believe any host to be the one that it says it is"},
    {0},
};
static const hr_option_table tls_table = {
    .what = "tls", .rows = tls_rows, .size = sizeof(hr_tls_settings)};

static const hr_option client_rows[] = {
    {"base_url", HR_OPTION_TEXT, CLIENT(base_url), .example = "https://api.example.com/v1/",
     .help = "URL that paths are appended to; credentials go to its host only"},
    {"headers", HR_OPTION_CUSTOM, CLIENT(headers), .read = read_headers,
     .schema = "{\"type\":\"object\"}", .help = "Headers of every request"},
    {"auth", HR_OPTION_VARIANT, CLIENT(auth), .variants = &hr_auth_variants,
     .help = "How requests prove who sends them"},
    {"concurrency", HR_OPTION_INT, CLIENT(concurrency), .by_default = "10", .least = 1,
     .most = 1000, .help = "Requests under way at once"},
    {"rate_limit", HR_OPTION_CUSTOM, CLIENT(rate_limit), .read = read_windows,
     .table = &window_table, .schema = "{\"type\":[\"object\",\"array\"]}",
     .help = "Most requests to one host: {requests: 100, per: 60s}, or a list of such"},
    {"timeout", HR_OPTION_TABLE, CLIENT(timeout), .table = &timeout_table,
     .help = "When to give a try up; a number is the read timeout"},
    {"retry", HR_OPTION_TABLE, CLIENT(retry), .table = &retry_table, .help = "When to try again"},
    {"max_response", HR_OPTION_SIZE, CLIENT(max_response), .by_default = "128MiB", .least = 1,
     .most = INT64_MAX, .flags = HR_OPTION_ADVANCED, .help = "Largest body, decoded"},
    {"max_redirects", HR_OPTION_INT, CLIENT(max_redirects), .by_default = "10", .least = 0,
     .most = 100, .flags = HR_OPTION_ADVANCED, .help = "Redirects that a request follows"},
    {"proxy", HR_OPTION_TEXT, CLIENT(proxy), .flags = HR_OPTION_ADVANCED,
     .help = "URL of a proxy; \"\": none. HTTPS_PROXY and its like, if not said"},
    {"tls", HR_OPTION_TABLE, CLIENT(tls), .table = &tls_table, .flags = HR_OPTION_ADVANCED,
     .help = "Certificates"},
    {0},
};
const hr_option_table hr_http_table = {
    .what = "client", .rows = client_rows, .size = sizeof(hr_http_settings)};

static const hr_option runtime_rows[] = {
    {"request_timeout", HR_OPTION_CUSTOM, CLIENT(timeout), .read = read_timeouts,
     .schema = "{\"type\":[\"number\",\"array\"]}",
     .help = "Seconds to connect, and without data; or [connect, read]"},
    {"request_max_attempts", HR_OPTION_INT, CLIENT(retry.max_attempts), .least = 0, .most = 1000,
     .help = "Tries in all"},
    {"request_backoff_factor", HR_OPTION_REAL, CLIENT(retry.backoff_factor), .least = 0,
     .most = 3600, .help = "Seconds before the second try"},
    {"request_max_retry_delay", HR_OPTION_DURATION, CLIENT(retry.max_delay),
     .help = "Longest wait before a try"},
    {0},
};
const hr_option_table hr_http_runtime_table = {
    .what = "runtime", .rows = runtime_rows, .size = sizeof(hr_http_settings), .open = true};

hr_status hr_http_settings_init(hr_doc *doc, hr_http_settings *s, hr_error *err)
{
    *s = (hr_http_settings){0};
    return hr_options_defaults(doc, &hr_http_table, s, err);
}
