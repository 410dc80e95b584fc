/* stream.h -- Arrow streams that others made. */
#ifndef HR_ARROW_STREAM_H
#define HR_ARROW_STREAM_H

#include "headrace/arrow.h"
#include "headrace/error.h"

/* After get_schema or get_next failed: HR_E_REMOTE with the stream's own words. */
hr_status hr_stream_failed(struct ArrowArrayStream *s, hr_error *err);

#endif
