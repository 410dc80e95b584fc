/* lag.h -- where to begin again, some way before where the last run stopped. */
#ifndef HR_EXTRACT_LAG_H
#define HR_EXTRACT_LAG_H

#include "extract/cursor.h"

/* *out is `last` moved back by `lag` (`sign` 1: earlier, -1: later), but not past `initial` (kind
 * NONE: none). Numbers move by `lag`, dates by days, instants by seconds; when `initial` is a
 * text, its form says whether `last` moves by days. A text keeps its form. HR_E_CONFIG: a text
 * that is no date. HR_E_NOMEM. */
hr_status hr_cursor_lag(const hr_cursor *last, const hr_cursor *initial, double lag, int sign,
                        hr_cursor_copy *out, hr_error *err);

#endif
