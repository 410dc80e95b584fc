/* packed.h -- documents in a database column, as dlt stores them: base64 of zlib of the text. */
#ifndef HR_BASE_PACKED_H
#define HR_BASE_PACKED_H

#include "base/buf.h"
#include "headrace/error.h"

/* More than this is refused when unpacking: what grows from a column is bounded. */
enum { HR_UNPACKED_MAX = 256 << 20 };

/* Appends base64 of zlib, level 9. */
hr_status hr_pack(hr_str json, hr_buf *out, hr_error *err);

/* The other way. *packed false: not base64, so the text is what it is; nothing appended. */
hr_status hr_unpack(hr_str stored, bool *packed, hr_buf *out, hr_error *err);

#endif
