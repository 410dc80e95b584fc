/* filesystem.h -- JSON from files, globs, folders and standard input. */
#ifndef HR_SOURCE_FILESYSTEM_H
#define HR_SOURCE_FILESYSTEM_H

#include "extract/page.h"
#include "headrace/pipeline.h"

/* Pages of about `page_bytes`; an item larger than that makes a larger page, up to `item_limit`
 * bytes, beyond which next() fails and names the limit. Paths as in hr_pipeline_add_files;
 * missing ones fail here (HR_E_IO), globs that match nothing too. A folder gives *.json,
 * *.jsonl, *.ndjson and their .gz and .zst, in name order; an empty folder gives no pages.
 * gzip (all members) and zstd (all frames) are seen by their first bytes. A UTF-8 BOM is
 * skipped; UTF-16 and UTF-32 are refused by name. On success the caller owes out->close(). */
hr_status hr_filesystem_open(hr_page_source *out, const char *const *paths, size_t n_paths,
                             size_t page_bytes, size_t item_limit, hr_error *err);

/* The same cutting for bytes that a callback yields. Takes `source` over, whatever is returned. */
hr_status hr_json_callback_open(hr_page_source *out, const char *name, const hr_json_source *source,
                                size_t page_bytes, size_t item_limit, hr_error *err);

#endif
