/* state_int.h -- the packing of the column form. */
#ifndef HR_STATE_STATE_INT_H
#define HR_STATE_STATE_INT_H

#include "base/buf.h"

/* More than this is refused when unpacking: what grows from a column is bounded. */
enum { HR_STATE_MAX = 256 << 20 };

/* Appends base64 of zlib, level 9. */
hr_status hr_state_pack(hr_str json, hr_buf *out, hr_error *err);

/* The other way. *packed false: not base64, so the text is what it is; nothing appended. */
hr_status hr_state_unpack(hr_str stored, bool *packed, hr_buf *out, hr_error *err);

#endif
