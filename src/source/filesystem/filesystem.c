#include "source/filesystem/filesystem.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/filesystem/input.h"
#include "source/filesystem/paths.h"

typedef struct reader {
    hr_paths files; /* "-": standard input */
    size_t next_file;
    hr_pager pager;
    hr_input *input; /* NULL: none is open */
    hr_input_watch watch;
    uint64_t total; /* bytes on disk; 0: unknown */
} reader;

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static void close_reader(void *self)
{
    reader *r = self;
    if (r == NULL)
        return;
    hr_input_close(r->input);
    hr_pager_release(&r->pager);
    hr_paths_release(&r->files);
    hr_free(r);
}

static hr_status open_next_file(reader *r, hr_error *err)
{
    const char *path = r->files.items[r->next_file++];
    const char *name = is_stdin(path) ? "<stdin>" : path;
    HR_TRY(hr_input_open(&r->input, is_stdin(path) ? NULL : path, name, &r->watch, err));
    hr_pager_begin(&r->pager, hr_input_bytes(r->input), name);
    return HR_OK;
}

static hr_status next(void *self, hr_page *out, hr_error *err)
{
    reader *r = self;
    *out = (hr_page){0};
    for (;;) {
        if (atomic_load_explicit(&r->watch.cancelled, memory_order_relaxed))
            return hr_fail(err, HR_E_CANCELLED, "cancelled");
        if (r->input == NULL) {
            if (r->next_file == r->files.n)
                return HR_OK;
            HR_TRY(open_next_file(r, err));
        }
        HR_TRY(hr_pager_next(&r->pager, out, err));
        if (out->data != NULL)
            return HR_OK;
        hr_input_close(r->input);
        r->input = NULL;
    }
}

static void progress(void *self, uint64_t *done, uint64_t *total)
{
    const reader *r = self;
    *done = atomic_load_explicit(&r->watch.done, memory_order_relaxed);
    *total = r->total;
}

static void cancel(void *self)
{
    reader *r = self;
    atomic_store_explicit(&r->watch.cancelled, true, memory_order_relaxed);
}

static hr_status add_path(reader *r, const char *path, hr_error *err)
{
    if (!is_stdin(path))
        return hr_paths_add(&r->files, path, err);
    for (size_t i = 0; i < r->files.n; i++) {
        if (is_stdin(r->files.items[i]))
            return hr_fail(err, HR_E_CONFIG, "standard input (-) can be read only once");
    }
    return hr_paths_add_name(&r->files, path, err);
}

/* Adds up the sizes, and finds out whether all can be read again. */
static void measure(reader *r, bool *rereadable)
{
    bool known = true;
    *rereadable = true;
    for (size_t i = 0; i < r->files.n; i++) {
        const char *path = r->files.items[i];
        struct stat info;
        const int result = is_stdin(path) ? fstat(STDIN_FILENO, &info) : stat(path, &info);
        const bool plain = result == 0 && S_ISREG(info.st_mode);
        known = known && plain;
        *rereadable = *rereadable && plain && !is_stdin(path);
        r->total += plain ? (uint64_t)info.st_size : 0;
    }
    r->total = known ? r->total : 0;
}

hr_status hr_filesystem_open(hr_page_source *out, const char *const *paths, size_t n_paths,
                             size_t page_bytes, size_t item_limit, hr_error *err)
{
    reader *r = hr_calloc(1, sizeof(*r));
    if (r == NULL)
        return hr_nomem(err);
    hr_pager_init(&r->pager, page_bytes, item_limit);
    hr_status st = HR_OK;
    for (size_t i = 0; i < n_paths && st == HR_OK; i++)
        st = add_path(r, paths[i], err);
    if (st != HR_OK) {
        close_reader(r);
        return st;
    }
    *out = (hr_page_source){
        .self = r, .next = next, .close = close_reader, .progress = progress, .cancel = cancel};
    measure(r, &out->rereadable);
    return HR_OK;
}
