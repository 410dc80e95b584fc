/* filesystem.h -- JSON from files, globs, folders and standard input. */
#ifndef HR_SOURCE_FILESYSTEM_H
#define HR_SOURCE_FILESYSTEM_H

#include "extract/page.h"
#include "headrace/pipeline.h"

/* Pages of about `page_bytes`; an item larger than that makes a larger page. An item larger than
 * `item_limit` (which is page_bytes at least) makes next() fail with HR_E_PARSE, which names the
 * limit and the place.
 *
 * Paths as in hr_pipeline_add_files; missing ones fail here (HR_E_IO), globs that match nothing
 * too. A folder gives its own *.json, *.jsonl, *.ndjson and their .gz and .zst, not those of
 * folders in it, nor hidden ones; none is fine. A pattern is glob(3)'s, so ** is no more than *;
 * it leaves folders out. A path that exists is never a pattern. Order: of `paths`, then of names
 * byte by byte, whatever the locale.
 *
 * gzip (all members) and zstd (all frames) are seen by their first bytes. A UTF-8 BOM is
 * skipped; UTF-16 and UTF-32 are refused by name. Pages of a pipe that falls silent for a quarter
 * of a second are handed out short. On success the caller owes out->close(). */
hr_status hr_filesystem_open(hr_page_source *out, const char *const *paths, size_t n_paths,
                             size_t page_bytes, size_t item_limit, hr_error *err);

/* The same cutting for bytes that a callback yields; `name` is copied. Takes `source` over,
 * whatever is returned. */
hr_status hr_json_callback_open(hr_page_source *out, const char *name, const hr_json_source *source,
                                size_t page_bytes, size_t item_limit, hr_error *err);

#endif
