/* redact.h -- URLs and bodies without what their names say is secret. Values that are known to be
 * secret are base/secret.h's. Any thread. */
#ifndef HR_NET_REDACT_H
#define HR_NET_REDACT_H

#include "base/buf.h"

/* Appends the URL with the password of its user info and the values of secret parameters as ***. */
void hr_redact_url(hr_str url, hr_buf *out);

/* Appends the text with the strings that follow "name": as ***, if the name is that of a secret.
 * The text need not be JSON, nor whole. */
void hr_redact_json(hr_str text, hr_buf *out);

#endif
