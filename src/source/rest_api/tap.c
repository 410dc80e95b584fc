#include "source/rest_api/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "headrace/headrace.h"
#include "json/json.h"

typedef struct page_rows {
    uint64_t page, offset;
    size_t len;
} page_rows;

struct hr_tap {
    const hr_rest_resource *resource;
    int fd;
    pthread_mutex_t lock; /* of what follows, while workers run */
    uint64_t size;
    page_rows *pages;
    size_t n_pages, cap_pages;
};

static int open_unnamed(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    const int n = snprintf(path, sizeof(path), "%s/rows.XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

hr_status hr_tap_new(hr_tap **out, const hr_rest_resource *r, const char *folder, hr_error *err)
{
    hr_tap *t = hr_calloc(1, sizeof(*t));

    if (!t)
        return hr_nomem(err);
    t->resource = r;
    t->fd = open_unnamed(folder);
    if (t->fd < 0) {
        hr_free(t);
        return hr_fail_errno(err, errno, "cannot make a file in %s", folder);
    }
    pthread_mutex_init(&t->lock, NULL);
    *out = t;
    return HR_OK;
}

void hr_tap_free(hr_tap *t)
{
    if (!t)
        return;
    (void)close(t->fd);
    pthread_mutex_destroy(&t->lock);
    hr_free(t->pages);
    hr_free(t);
}

/* ---- noting ---- */

typedef struct worker {
    hr_tap *tap;
    uint64_t page;
    hr_buf rows;
} worker;

static hr_status open_worker(void *self, void **instance, hr_error *err)
{
    worker *w = hr_calloc(1, sizeof(*w));

    if (!w)
        return hr_nomem(err);
    w->tap = self;
    *instance = w;
    return HR_OK;
}

static hr_status begin_page(void *instance, uint64_t page, uint64_t parent, hr_error *err)
{
    worker *w = instance;

    (void)parent;
    (void)err;
    w->page = page;
    hr_buf_reset(&w->rows);
    return HR_OK;
}

static hr_status no_such_field(const hr_rest_resource *r, hr_str field, yyjson_val *row,
                               hr_error *err)
{
    yyjson_obj_iter it = yyjson_obj_iter_with(row);
    hr_buf names = {0};

    for (yyjson_val *key; (key = yyjson_obj_iter_next(&it)) && names.len < 400;)
        hr_buf_addf(&names, "%s%s", names.len ? ", " : "", yyjson_get_str(key));
    const hr_status st =
        hr_fail(err, HR_E_SCHEMA,
                "a row of %s has no " HR_STR_FMT ", which other resources refer to; it has %s",
                r->name, HR_STR_ARG(field), names.len && !names.failed ? names.data : "no keys");
    hr_buf_release(&names);
    return st;
}

static bool add_value(hr_buf *out, yyjson_val *v)
{
    size_t n = 0;
    char *text = hr_json_text(v, &n);
    const bool ok = text && hr_buf_add(out, (hr_str){text, n});

    hr_free(text);
    return ok;
}

static hr_status take_item(void *instance, yyjson_val **item, hr_error *err)
{
    worker *w = instance;
    const hr_rest_resource *r = w->tap->resource;

    for (size_t i = 0; i < r->n_taps; i++) {
        yyjson_val *v = hr_jsonpath_first(r->taps[i].path, *item);

        if (!v)
            return no_such_field(r, r->taps[i].text, *item, err);
        hr_buf_addc(&w->rows, i ? ',' : '[');
        if (!add_value(&w->rows, v))
            return hr_nomem(err);
    }
    hr_buf_addz(&w->rows, "]\n");
    if (!r->wanted)
        *item = NULL;
    return hr_buf_status(&w->rows, err);
}

static hr_status keep_page(void *instance, hr_error *err)
{
    worker *w = instance;
    hr_tap *t = w->tap;
    const size_t n = w->rows.len;
    hr_status st = HR_OK;

    if (!n)
        return HR_OK;
    pthread_mutex_lock(&t->lock);
    const page_rows kept = {w->page, t->size, n};
    if (HR_PUSH(t->pages, t->n_pages, t->cap_pages, kept))
        st = hr_write_all(t->fd, w->rows.data, n, "the rows that children need", err);
    else
        st = hr_nomem(err);
    t->size += n;
    pthread_mutex_unlock(&t->lock);
    return st;
}

static hr_status close_worker(void *instance, bool failed, hr_error *err)
{
    worker *w = instance;

    (void)failed;
    (void)err;
    hr_buf_release(&w->rows);
    hr_free(w);
    return HR_OK;
}

hr_step hr_tap_step(hr_tap *t)
{
    return (hr_step){.self = t,
                     .open = open_worker,
                     .begin_page = begin_page,
                     .item = take_item,
                     .keep_page = keep_page,
                     .close = close_worker};
}

/* ---- reading ---- */

static int by_page(const void *a, const void *b)
{
    const page_rows *x = a;
    const page_rows *y = b;

    return (x->page > y->page) - (x->page < y->page);
}

void hr_tap_read(hr_tap_reader *r, const hr_tap *t)
{
    if (t->n_pages)
        qsort(t->pages, t->n_pages, sizeof(*t->pages), by_page);
    *r = (hr_tap_reader){.tap = t};
}

static hr_status load_page(hr_tap_reader *r, hr_error *err)
{
    const page_rows *p = &r->tap->pages[r->page++];

    if (p->len > r->cap) {
        hr_free(r->text);
        r->cap = 0;
        r->text = hr_malloc(p->len);
        if (!r->text)
            return hr_nomem(err);
        r->cap = p->len;
    }
    r->len = p->len;
    r->pos = 0;
    return hr_read_at(r->tap->fd, r->text, p->len, p->offset, "the rows that children need", err);
}

hr_status hr_tap_next(hr_tap_reader *r, yyjson_doc **out, hr_error *err)
{
    *out = NULL;
    while (r->pos == r->len) {
        if (r->page == r->tap->n_pages)
            return HR_OK;
        HR_TRY(load_page(r, err));
    }
    const char *line = r->text + r->pos;
    const char *end = memchr(line, '\n', r->len - r->pos);
    const size_t n = (size_t)(end - line);
    r->pos += n + 1;
    *out = hr_json_read((hr_str){line, n}, YYJSON_READ_BIGNUM_AS_RAW, NULL);
    return *out ? HR_OK : hr_nomem(err);
}

void hr_tap_reader_release(hr_tap_reader *r)
{
    hr_free(r->text);
    *r = (hr_tap_reader){0};
}
