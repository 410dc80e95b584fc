#include "extract/pager.h"

#include <inttypes.h>

#include "base/mem.h"
#include "headrace/headrace.h"

enum {
    READ_BYTES = 256 * 1024, /* fits the processor's cache, so that the scan finds it there */
    TAIL_BYTES = 16 * 1024,  /* read beyond page_bytes at once, in the hope to find a place */
    SILENCE_MS = 250,
};

void hr_pager_init(hr_pager *p, size_t page_bytes, size_t item_limit)
{
    *p = (hr_pager){.page_bytes = page_bytes > 0 ? page_bytes : 1};
    p->item_limit = item_limit > p->page_bytes ? item_limit : p->page_bytes;
}

void hr_pager_begin(hr_pager *p, hr_byte_source source, const char *input)
{
    p->source = source;
    p->input = input;
    p->len = p->pos = 0;
    p->cut = p->begun = p->eof = p->starts_in_array = false;
    p->splitter = (hr_splitter){0};
    p->offset = 0;
    p->line = 1;
}

void hr_pager_release(hr_pager *p)
{
    hr_free(p->buf);
    *p = (hr_pager){0};
}

static hr_status grow(hr_pager *p, size_t cap, hr_error *err)
{
    if (cap <= p->cap)
        return HR_OK;
    char *bigger = hr_realloc(p->buf, cap);
    if (bigger == NULL)
        return hr_nomem(err);
    p->buf = bigger;
    p->cap = cap;
    return HR_OK;
}

static hr_status read_more(hr_pager *p, hr_error *err)
{
    size_t want = p->len < p->page_bytes ? p->page_bytes - p->len + TAIL_BYTES : TAIL_BYTES;
    if (want > READ_BYTES || p->len > 2 * p->page_bytes)
        want = READ_BYTES;
    if (p->cap < p->len + want + HR_PAGE_PADDING) {
        const size_t first = p->page_bytes + TAIL_BYTES + HR_PAGE_PADDING;
        const size_t twice = 2 * p->cap + want;
        HR_TRY(grow(p, p->cap == 0 && first > want ? first : twice + HR_PAGE_PADDING, err));
    }
    size_t n = 0;
    HR_TRY(p->source.read(p->source.self, p->buf + p->len, want, &n, err));
    p->len += n;
    p->eof = n == 0;
    return HR_OK;
}

/* The encoding that the first bytes of JSON text give away; NULL: UTF-8, or no JSON. */
static const char *foreign_encoding(const unsigned char *t, size_t n)
{
    const bool four = n >= 4;
    if (n < 2)
        return NULL;
    if (t[0] == 0xFF && t[1] == 0xFE)
        return four && t[2] == 0 && t[3] == 0 ? "UTF-32LE" : "UTF-16LE";
    if (t[0] == 0xFE && t[1] == 0xFF)
        return "UTF-16BE";
    if (four && t[0] == 0 && t[1] == 0)
        return (t[2] == 0xFE && t[3] == 0xFF) || (t[2] == 0 && t[3] != 0) ? "UTF-32BE" : NULL;
    if (t[0] == 0 && t[1] != 0)
        return "UTF-16BE";
    if (t[0] != 0 && t[1] == 0)
        return four && t[2] == 0 && t[3] == 0 ? "UTF-32LE" : "UTF-16LE";
    return NULL;
}

static hr_status begin_text(hr_pager *p, hr_error *err)
{
    while (p->len < 4 && !p->eof)
        HR_TRY(read_more(p, err));
    const char *encoding = foreign_encoding((const unsigned char *)p->buf, p->len);
    if (encoding != NULL)
        return hr_fail(err, HR_E_PARSE, "%s is %s text: only UTF-8 can be read; convert it first",
                       p->input, encoding);
    const hr_str bom = HR_STR("\xEF\xBB\xBF");
    if (hr_str_starts((hr_str){.p = p->buf, .n = p->len}, bom)) {
        p->len -= bom.n;
        memmove(p->buf, p->buf + bom.n, p->len);
        p->offset = bom.n;
    }
    p->begun = true;
    return HR_OK;
}

static hr_splitter splitter_at_start(const hr_pager *p)
{
    return (hr_splitter){.depth = p->starts_in_array, .in_array = p->starts_in_array};
}

/* The last cut place in text[0..n]; 0: none. *at is the splitter's state there. */
static size_t last_place(const hr_pager *p, size_t n, hr_splitter *at)
{
    hr_splitter s = splitter_at_start(p);
    size_t pos = 0;
    size_t last = 0;
    *at = s;
    while (hr_splitter_scan(&s, p->buf, &pos, n, pos + 1)) {
        last = pos;
        *at = s;
    }
    return last;
}

/* Fails when the item that ends or goes on at pos is larger than the limit. */
static hr_status check_item(const hr_pager *p, hr_error *err)
{
    if (p->pos <= p->item_limit)
        return HR_OK;
    hr_splitter at;
    size_t start = last_place(p, p->pos - 1, &at);
    for (; start < p->pos && strchr(" ,\n\r\t", p->buf[start]) && p->buf[start]; start++)
        at.lines += p->buf[start] == '\n';
    if (p->pos - start <= p->item_limit)
        return HR_OK;
    return hr_fail(err, HR_E_PARSE,
                   "%s, line %" PRIu64 ", byte %" PRIu64
                   ": this item is larger than %zu bytes, what "
                   "the memory limit (--mem) has for one; raise it, unless a quote or bracket is "
                   "never closed",
                   p->input, p->line + at.lines, p->offset + start, p->item_limit);
}

/* Whether the source has fallen silent with whole items waiting; then pos is behind them. */
static bool cut_in_silence(hr_pager *p)
{
    if (p->len == 0 || p->source.ready == NULL || p->source.ready(p->source.self, SILENCE_MS))
        return false;
    if (p->cut)
        return true;
    hr_splitter at;
    const size_t last = last_place(p, p->len, &at);
    if (last == 0)
        return false;
    p->splitter = at;
    p->pos = last;
    p->cut = true;
    return true;
}

/* Hands out buf[0..pos) and keeps the rest for the next page. */
static hr_status take(hr_pager *p, bool last, hr_page *out, hr_error *err)
{
    const size_t rest = p->len - p->pos;
    char *data = p->buf;
    size_t cap = 0;
    p->buf = NULL;
    if (!last) {
        cap = (rest > p->page_bytes ? rest : p->page_bytes) + TAIL_BYTES + HR_PAGE_PADDING;
        p->buf = hr_malloc(cap);
        if (p->buf == NULL) {
            p->buf = data;
            return hr_nomem(err);
        }
        memcpy(p->buf, data + p->pos, rest);
    }
    memset(data + p->pos, 0, HR_PAGE_PADDING);
    if (p->pos + HR_PAGE_PADDING < p->cap / 2) { /* many small files must not cost many pages */
        char *less = hr_realloc(data, p->pos + HR_PAGE_PADDING);
        data = less != NULL ? less : data;
    }
    *out = (hr_page){.data = data,
                     .len = p->pos,
                     .in_array = p->starts_in_array,
                     .last_of_input = last,
                     .offset = p->offset,
                     .line = p->line,
                     .input = p->input};
    p->offset += p->pos;
    p->line += p->splitter.lines;
    p->splitter.lines = 0;
    p->starts_in_array = p->splitter.in_array;
    p->len = rest;
    p->cap = cap;
    p->pos = 0;
    p->cut = false;
    return HR_OK;
}

hr_status hr_pager_next(hr_pager *p, hr_page *out, hr_error *err)
{
    *out = (hr_page){0};
    if (p->input == NULL)
        return HR_OK;
    if (!p->begun)
        HR_TRY(begin_text(p, err));
    for (;;) {
        if (!p->cut)
            p->cut = hr_splitter_scan(&p->splitter, p->buf, &p->pos, p->len, p->page_bytes);
        HR_TRY(check_item(p, err));
        /* A place at the very end waits for what comes: it may be the end of the input. */
        if (p->eof || (p->cut && p->pos < p->len) || cut_in_silence(p))
            break;
        HR_TRY(read_more(p, err));
    }
    const bool last = p->eof && p->pos == p->len;
    HR_TRY(take(p, last, out, err));
    if (last)
        p->input = NULL;
    return HR_OK;
}
