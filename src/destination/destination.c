#include "destination/destination.h"

#include <string.h>

static const hr_destination_ops *const destinations[] = {&hr_destination_duckdb,
                                                         &hr_destination_postgres};

enum { N_DESTINATIONS = sizeof(destinations) / sizeof(destinations[0]) };

static bool speaks(const hr_destination_ops *ops, hr_str scheme)
{
    for (const char *const *s = ops->schemes; *s; s++) {
        if (hr_str_eq(hr_str_from(*s), scheme))
            return true;
    }
    return false;
}

static void list_schemes(hr_buf *out)
{
    for (size_t i = 0; i < N_DESTINATIONS; i++) {
        for (const char *const *s = destinations[i]->schemes; *s; s++)
            hr_buf_addf(out, "%s%s", out->len ? ", " : "", *s);
    }
}

hr_status hr_destination_find(const char *url, const hr_destination_ops **out, hr_error *err)
{
    const char *const colon = strstr(url, "://");
    const hr_str scheme = {url, colon ? (size_t)(colon - url) : 0};
    hr_buf known = {0};

    *out = NULL;
    for (size_t i = 0; i < N_DESTINATIONS; i++) {
        if (speaks(destinations[i], scheme)) {
            *out = destinations[i];
            return HR_OK;
        }
    }
    list_schemes(&known);
    /* Not the URL itself: it may hold a password. */
    hr_fail(err, HR_E_CONFIG, "no destination for \"" HR_STR_FMT "://\" URLs; there are: %s",
            HR_STR_ARG(scheme), known.data ? known.data : "");
    hr_buf_release(&known);
    return HR_E_CONFIG;
}
