/* paths.h -- what the paths that a user gives stand for. */
#ifndef HR_SOURCE_FILESYSTEM_PATHS_H
#define HR_SOURCE_FILESYSTEM_PATHS_H

#include "headrace/error.h"

/* Files to read, in order. All-zero: none. */
typedef struct hr_paths {
    char **items;
    size_t n;
    size_t cap;
} hr_paths;

/* Appends the files that `path` stands for, by the rules in filesystem.h. */
hr_status hr_paths_add(hr_paths *files, const char *path, hr_error *err);
/* Appends `path` as it is. */
hr_status hr_paths_add_name(hr_paths *files, const char *path, hr_error *err);
void hr_paths_release(hr_paths *files);

#endif
