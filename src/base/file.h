/* file.h -- small things done with files and folders. Paths in messages are as given. */
#ifndef HR_BASE_FILE_H
#define HR_BASE_FILE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "headrace/error.h"

/* Writes all of it, whatever it takes; HR_OK or HR_E_IO naming `path`. */
hr_status hr_write_all(int fd, const void *p, size_t n, const char *path, hr_error *err);

/* Reads exactly n bytes at `offset`; a file that ends before is an error. */
hr_status hr_read_at(int fd, void *p, size_t n, uint64_t offset, const char *path, hr_error *err);

/* Appends the whole file to `out`. A missing file: HR_E_IO with os_errno ENOENT. */
hr_status hr_read_file(const char *path, hr_buf *out, hr_error *err);

/* Replaces a file in one step: readers see the old or the new text. `sync` makes it durable. */
hr_status hr_replace_file(const char *path, hr_str text, bool sync, hr_error *err);

/* Creates a folder and those above it; being there already is fine. */
hr_status hr_make_folders(const char *path, hr_error *err);

/* Removes a folder with the files in it (and folders, to any depth); absent is fine. */
hr_status hr_remove_tree(const char *path, hr_error *err);

/* Flushes a file's or a folder's contents to the disk. */
hr_status hr_sync_path(const char *path, hr_error *err);

/* "a/b", owned by the caller (hr_free); NULL: out of memory. */
char *hr_path_join(const char *a, const char *b);

bool hr_path_exists(const char *path);

#endif
