/* json_int.h -- what the two writers share: how orjson spells a double. */
#ifndef HR_JSON_JSON_INT_H
#define HR_JSON_JSON_INT_H

#include "base/buf.h"

/* `text`: any decimal form of the double with as few digits as tell it from others. */
void hr_json_put_real(hr_buf *out, const char *text);

#endif
