/* ids.h -- row ids as dlt makes them: 10 bytes in base64 without padding, 14 characters. */
#ifndef HR_BASE_IDS_H
#define HR_BASE_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "headrace/error.h"

enum { HR_ROW_ID = 14, HR_ROW_ID_BYTES = 10 };

/* Writes n ids that nobody else has, one after another, without separators: as numbers they follow
 * one another from a random one of 80 bits, so that an index over them grows in one place, and not
 * in as many of its pages as there are rows. Ids of two calls are the same with a probability of
 * (n of one + n of the other) / 2^80. Any thread. HR_E_IO: the system gives no random bytes. */
hr_status hr_new_row_ids(char *out, size_t n, hr_error *err);

/* Ids of child rows: SHAKE-128 of "<parent id>_<table>_<list index>". parent_ids holds n ids of
 * HR_ROW_ID characters; list_idx their indexes. Writes n ids to `out`. Computes several digests
 * side by side, so give it many at a time. */
void hr_child_row_ids(const char *parent_ids, const int64_t *list_idx, size_t n, hr_str table,
                      char *out);

/* The id that is the hash of a text: the first bytes of its SHAKE-128. */
void hr_text_row_id(hr_str text, char out[HR_ROW_ID]);

/* A load id: Unix time in seconds with 7 decimals at most, later than any made before in
 * this process. Writes at most 24 bytes with the NUL. */
void hr_load_id(char out[24]);

/* Load ids to come are later than this one, too, whatever the clock says. What is none is ignored.
 */
void hr_load_ids_after(const char *id);

#endif
