#include "source/filesystem/paths.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"
#include "headrace/headrace.h"

void hr_paths_release(hr_paths *files)
{
    for (size_t i = 0; i < files->n; i++)
        hr_free(files->items[i]);
    hr_free(files->items);
    *files = (hr_paths){0};
}

hr_status hr_paths_add_name(hr_paths *files, const char *path, hr_error *err)
{
    if (files->n == files->cap) {
        const size_t cap = files->cap > 0 ? 2 * files->cap : 16;
        char **items = hr_realloc(files->items, cap * sizeof(*items));
        if (items == NULL)
            return hr_nomem(err);
        files->items = items;
        files->cap = cap;
    }
    char *copy = hr_strdup(path);
    if (copy == NULL)
        return hr_nomem(err);
    files->items[files->n++] = copy;
    return HR_OK;
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

/* The same order in every locale. */
static void sort_from(hr_paths *files, size_t first)
{
    if (files->n > first)
        qsort(files->items + first, files->n - first, sizeof(*files->items), by_bytes);
}

static bool ends_with(hr_str s, hr_str end)
{
    return s.n > end.n && memcmp(s.p + s.n - end.n, end.p, end.n) == 0;
}

static bool is_json_name(const char *name)
{
    static const hr_str packed[] = {HR_STR_INIT(".gz"), HR_STR_INIT(".zst")};
    static const hr_str json[] = {HR_STR_INIT(".json"), HR_STR_INIT(".jsonl"),
                                  HR_STR_INIT(".ndjson")};
    hr_str s = hr_str_from(name);
    if (s.n == 0 || s.p[0] == '.')
        return false;
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
        if (ends_with(s, packed[i])) {
            s.n -= packed[i].n;
            break;
        }
    }
    for (size_t i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
        if (ends_with(s, json[i]))
            return true;
    }
    return false;
}

/* Adds <folder>/<name> when it is a file. */
static hr_status add_entry(hr_paths *files, const char *folder, const char *name, hr_error *err)
{
    hr_buf path = {0};
    hr_buf_addz(&path, folder);
    if (path.len > 0 && path.data[path.len - 1] != '/')
        hr_buf_addc(&path, '/');
    hr_buf_addz(&path, name);
    hr_status st = hr_buf_status(&path, err);
    struct stat info;
    if (st == HR_OK) {
        if (stat(path.data, &info) != 0)
            st = hr_fail_errno(err, errno, "cannot open %s", path.data);
        else if (!S_ISDIR(info.st_mode))
            st = hr_paths_add_name(files, path.data, err);
    }
    hr_buf_release(&path);
    return st;
}

static hr_status add_folder(hr_paths *files, const char *folder, hr_error *err)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return hr_fail_errno(err, errno, "cannot read the folder %s", folder);
    const size_t first = files->n;
    hr_status st = HR_OK;
    while (st == HR_OK) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            if (errno != 0)
                st = hr_fail_errno(err, errno, "cannot read the folder %s", folder);
            break;
        }
        if (is_json_name(entry->d_name))
            st = add_entry(files, folder, entry->d_name, err);
    }
    (void)closedir(dir);
    sort_from(files, first);
    return st;
}

/* A folder that may not be read must not go unnoticed; one that is gone, or is none, may. */
static int stop_glob(const char *path, int os_errno)
{
    (void)path;
    errno = os_errno;
    return os_errno != ENOENT && os_errno != ENOTDIR;
}

static hr_status add_matches(hr_paths *files, const glob_t *found, const char *pattern,
                             hr_error *err)
{
    const size_t first = files->n;
    for (size_t i = 0; i < found->gl_pathc; i++) {
        struct stat info;
        if (stat(found->gl_pathv[i], &info) == 0 && S_ISDIR(info.st_mode))
            continue;
        HR_TRY(hr_paths_add_name(files, found->gl_pathv[i], err));
    }
    sort_from(files, first);
    if (files->n == first)
        return hr_fail(err, HR_E_IO, "%s matches folders only: give one of them, or add /*",
                       pattern);
    return HR_OK;
}

static hr_status add_glob(hr_paths *files, const char *pattern, hr_error *err)
{
    glob_t found = {0};
    /* Its one unsafe part, expanding ~, is off. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const int result = glob(pattern, GLOB_NOSORT, stop_glob, &found);
    const int os_errno = errno;
    hr_status st;
    if (result == 0)
        st = add_matches(files, &found, pattern, err);
    else if (result == GLOB_NOMATCH)
        st = hr_fail(err, HR_E_IO, "no file matches %s", pattern);
    else if (result == GLOB_NOSPACE)
        st = hr_nomem(err);
    else
        st = hr_fail_errno(err, os_errno, "cannot read all folders of %s", pattern);
    globfree(&found);
    return st;
}

hr_status hr_paths_add(hr_paths *files, const char *path, hr_error *err)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return S_ISDIR(info.st_mode) ? add_folder(files, path, err)
                                     : hr_paths_add_name(files, path, err);
    const int os_errno = errno;
    if (strpbrk(path, "*?[") != NULL)
        return add_glob(files, path, err);
    return hr_fail_errno(err, os_errno, "cannot open %s", path);
}
