/* redact.h -- which headers and parameters hold credentials, by their names. Values that are known
 * to be secret are base/secret.h's. Any thread. */
#ifndef HR_NET_REDACT_H
#define HR_NET_REDACT_H

#include "base/buf.h"

/* Whether a header or parameter of this name holds a credential: Authorization, X-Api-Key,
 * access_token, ... but not page_token and its like. */
bool hr_secret_name(hr_str name);

/* Appends the URL with the password of its user info and the values of secret parameters as ***. */
void hr_redact_url(hr_str url, hr_buf *out);

/* Appends the text with the strings that follow "name": as ***, if the name is that of a secret.
 * The text need not be JSON, nor whole. */
void hr_redact_json(hr_str text, hr_buf *out);

#endif
