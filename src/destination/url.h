/* url.h -- what the URLs of all destinations have in common. No message shows the text that it is
 * about: it may be a password. */
#ifndef HR_DESTINATION_URL_H
#define HR_DESTINATION_URL_H

#include "base/arena.h"
#include "headrace/error.h"

/* %XX undone, in `arena`. HR_E_CONFIG: no digits follow a %, or it stands for a NUL. */
hr_status hr_url_decode(hr_str in, const char **out, hr_arena *arena, hr_error *err);

typedef hr_status hr_url_option(void *ctx, const char *name, const char *value, hr_error *err);

/* Calls `take` for each name=value of what follows '?', joined by '&', with escapes undone. */
hr_status hr_url_options(const char *query, hr_url_option *take, void *ctx, hr_arena *arena,
                         hr_error *err);

/* true, 1, yes, on; false, 0, no, off; in any case */
hr_status hr_url_bool(const char *name, const char *value, bool *out, hr_error *err);

#endif
