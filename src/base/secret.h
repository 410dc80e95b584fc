/* secret.h -- the values that must never be shown, and how they are kept out of what is.
 *
 * Whoever learns a password, token or key tells it here once; hr_fail and everything that shows
 * or writes a text for people blanks all that were told, as "***": as they are, percent-encoded,
 * in base64 (standard and URL-safe, also inside of a longer text, as in Basic authentication), and
 * escaped as JSON does. Of a value with several lines, long lines count too. Values of one or two
 * bytes cannot be told from other text and are not blanked; those of up to five only where
 * they stand as a word.
 *
 * One register for the process, safe from several threads. It keeps the latest HR_SECRETS_KEPT
 * values, since tokens that are renewed all the time would fill the memory. */
#ifndef HR_BASE_SECRET_H
#define HR_BASE_SECRET_H

#include "base/buf.h"

enum { HR_SECRETS_KEPT = 4096 };

/* The value is copied. Telling one again is fine. */
HR_NODISCARD hr_status hr_secret_add(hr_str value, hr_error *err);

/* The passwords of a URL: the one of its user, and parameters with names as below. A reference
 * without scheme and host, as "items?token=abc", has but parameters; other text has neither. */
HR_NODISCARD hr_status hr_secret_add_url(hr_str url, hr_error *err);

/* Whether what has this name is a secret: Authorization, X-API-Key, access_token, DB_PASSWORD, sig,
 * client-secret; but not page_token and its like. Case, '-' and '_' do not matter. */
bool hr_secret_is_name(hr_str name);

/* The same of a header or parameter that goes over the network, or a member of an answer: also
 * X-Shop-Key and key, which in a configuration are names of columns. */
bool hr_secret_is_sent(hr_str name);

/* Blanks `text` of n bytes where it stands and returns its new length, never larger. `cut`: the
 * text was cut off at its end, so the beginning of a secret there counts too. */
size_t hr_secret_blank(char *text, size_t n, bool cut);

/* The same for a whole buffer. */
void hr_secret_blank_buf(hr_buf *text);

/* Whether a text holds a secret in any form. */
bool hr_secret_in(hr_str text);

/* Whether a text is a part of a secret. */
bool hr_secret_has(hr_str text);

#endif
