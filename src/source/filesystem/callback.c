#include <stdatomic.h>

#include "base/mem.h"
#include "extract/pager.h"
#include "headrace/headrace.h"
#include "source/filesystem/filesystem.h"

typedef struct reader {
    hr_json_source source;
    char *name;
    hr_pager pager;
    hr_str piece; /* the source's; what the pager has not taken yet */
    bool ended;
    atomic_bool cancelled;
    atomic_uint_fast64_t done;
} reader;

static void close_source(const hr_json_source *source)
{
    if (source->close != NULL)
        source->close(source->ctx);
}

static void close_reader(void *self)
{
    reader *r = self;
    if (r == NULL)
        return;
    close_source(&r->source);
    hr_pager_release(&r->pager);
    hr_free(r->name);
    hr_free(r);
}

/* The callback is the user's: it may fail with a status that is none, or without a reason. */
static hr_status failed(const reader *r, hr_status st, hr_error *said, hr_error *err)
{
    const hr_status known = st > HR_OK && st <= HR_E_UNSUPPORTED ? st : HR_E_REMOTE;
    said->status = known;
    if (said->msg[0] == '\0')
        (void)hr_fail(said, known, "the source of %s failed and gave no reason", r->name);
    if (err != NULL)
        *err = *said;
    return known;
}

static hr_status next_piece(reader *r, hr_error *err)
{
    const void *bytes = NULL;
    size_t n = 0;
    hr_error said = {0};
    const hr_status st = r->source.next(r->source.ctx, &bytes, &n, &said);
    if (st != HR_OK)
        return failed(r, st, &said, err);
    if (n > 0 && bytes == NULL)
        return hr_fail(err, HR_E_USAGE, "the source of %s gave %zu bytes at NULL", r->name, n);
    r->piece = (hr_str){.p = bytes, .n = n};
    r->ended = n == 0;
    atomic_fetch_add_explicit(&r->done, n, memory_order_relaxed);
    return HR_OK;
}

static hr_status read_piece(void *self, char *buf, size_t cap, size_t *n, hr_error *err)
{
    reader *r = self;
    if (r->piece.n == 0 && !r->ended)
        HR_TRY(next_piece(r, err));
    *n = r->piece.n < cap ? r->piece.n : cap;
    if (*n > 0) {
        memcpy(buf, r->piece.p, *n);
        r->piece.p += *n;
        r->piece.n -= *n;
    }
    return HR_OK;
}

static hr_status next(void *self, hr_page *out, hr_error *err)
{
    reader *r = self;
    *out = (hr_page){0};
    if (atomic_load_explicit(&r->cancelled, memory_order_relaxed))
        return hr_fail(err, HR_E_CANCELLED, "cancelled");
    return hr_pager_next(&r->pager, out, err);
}

static void progress(void *self, uint64_t *done, uint64_t *total)
{
    const reader *r = self;
    *done = atomic_load_explicit(&r->done, memory_order_relaxed);
    *total = 0;
}

static void cancel(void *self)
{
    reader *r = self;
    atomic_store_explicit(&r->cancelled, true, memory_order_relaxed);
}

hr_status hr_json_callback_open(hr_page_source *out, const char *name, const hr_json_source *source,
                                size_t page_bytes, size_t item_limit, hr_error *err)
{
    reader *r = hr_calloc(1, sizeof(*r));
    char *copy = hr_strdup(name);
    if (r == NULL || copy == NULL) {
        hr_free(r);
        hr_free(copy);
        close_source(source);
        return hr_nomem(err);
    }
    r->source = *source;
    r->name = copy;
    hr_pager_init(&r->pager, page_bytes, item_limit);
    hr_pager_begin(&r->pager, (hr_byte_source){.self = r, .read = read_piece}, r->name);
    *out = (hr_page_source){.self = r,
                            .next = next,
                            .close = close_reader,
                            .progress = progress,
                            .cancel = cancel,
                            .rereadable = source->rereadable};
    return HR_OK;
}
