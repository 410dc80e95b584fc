#include "normalize/items.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/mem.h"
#include "headrace/headrace.h"

/* What the text may go on with. */
enum state { AT_TOP, IN_ARRAY_FIRST, IN_ARRAY_NEXT, IN_ARRAY_VALUE };

enum { LARGE = 16 << 20 }; /* memory of items beyond this is given back after the page */

/* yyjson asks for one block an item and lets it grow. It is always the same block, which keeps the
 * size it once had. */
static void *pool_malloc(void *ctx, size_t size)
{
    hr_items *it = ctx;

    if (it->pool_used)
        return hr_malloc(size);
    if (size > it->pool_cap) {
        hr_free(it->pool);
        it->pool_cap = 0;
        it->pool = hr_malloc(size);
        if (!it->pool)
            return NULL;
        it->pool_cap = size;
    }
    it->pool_used = true;
    return it->pool;
}

static void *pool_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
    hr_items *it = ctx;

    (void)old_size;
    if (p != it->pool)
        return hr_realloc(p, size);
    if (size <= it->pool_cap)
        return p;
    void *moved = hr_realloc(p, size);
    if (moved) {
        it->pool = moved;
        it->pool_cap = size;
    }
    return moved;
}

static void pool_free(void *ctx, void *p)
{
    hr_items *it = ctx;

    if (p == it->pool)
        it->pool_used = false;
    else
        hr_free(p);
}

hr_status hr_items_begin(hr_items *it, const hr_page *page, hr_error *err)
{
    const size_t need = page->len + HR_PAGE_PADDING;

    yyjson_doc_free(it->doc);
    it->doc = NULL;
    it->page = page;
    it->pos = it->item_start = 0;
    it->n = 0;
    if (page->values)
        return HR_OK;
    if (need > it->text_cap) {
        hr_free(it->text);
        it->text_cap = 0;
        it->text = hr_malloc(need);
        if (!it->text)
            return hr_nomem(err);
        it->text_cap = need;
    }
    memcpy(it->text, page->data, page->len);
    memset(it->text + page->len, 0, HR_PAGE_PADDING);
    it->state = page->in_array ? IN_ARRAY_NEXT : AT_TOP;
    return HR_OK;
}

void hr_items_release(hr_items *it)
{
    yyjson_doc_free(it->doc);
    hr_free(it->pool);
    hr_free(it->text);
    *it = (hr_items){0};
}

uint64_t hr_page_line(const hr_page *page, size_t pos)
{
    uint64_t line = page->line;

    for (size_t i = 0; i < pos && i < page->len; i++)
        line += page->data[i] == '\n';
    return line;
}

static hr_status syntax_error(const hr_items *it, size_t pos, const char *what, hr_error *err)
{
    return hr_fail(err, HR_E_PARSE, "%s: line %" PRIu64 ", byte %" PRIu64 ": %s", it->page->input,
                   hr_page_line(it->page, pos), it->page->offset + pos, what);
}

static void skip_space(hr_items *it)
{
    const char *p = it->text;

    while (it->pos < it->page->len &&
           (p[it->pos] == ' ' || p[it->pos] == '\n' || p[it->pos] == '\r' || p[it->pos] == '\t'))
        it->pos++;
}

static hr_status parse(hr_items *it, yyjson_val **out, hr_error *err)
{
    const yyjson_alc alc = {pool_malloc, pool_realloc, pool_free, it};
    yyjson_read_err yerr;

    if (it->pos == it->page->len)
        return syntax_error(it, it->pos, "the text ends where a value should come", err);
    it->doc = yyjson_read_opts(
        it->text + it->pos, it->page->len - it->pos,
        YYJSON_READ_INSITU | YYJSON_READ_STOP_WHEN_DONE | YYJSON_READ_BIGNUM_AS_RAW, &alc, &yerr);
    if (!it->doc && yerr.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return hr_nomem(err);
    if (!it->doc)
        return syntax_error(it, it->pos + yerr.pos, yerr.msg, err);
    it->item_start = it->pos;
    it->pos += yyjson_doc_get_read_size(it->doc);
    /* Behind a number that stayed text yyjson put a NUL, over the byte that we go on with. */
    if (it->pos < it->page->len)
        it->text[it->pos] = it->page->data[it->pos];
    it->n++;
    *out = yyjson_doc_get_root(it->doc);
    return HR_OK;
}

/* Values may follow each other without white space where it is clear where one ends. In "1-2" and
 * "nulltrue" it is not: that is no JSON, but perhaps a date, or a word. */
static hr_status check_end(const hr_items *it, yyjson_val *value, hr_error *err)
{
    const bool open_ended = !yyjson_is_ctn(value) && !yyjson_is_str(value);
    const char c = it->pos < it->page->len ? it->text[it->pos] : ' ';

    if (open_ended && (isalnum((unsigned char)c) || c == '-' || c == '+' || c == '.' || c == '_'))
        return syntax_error(it, it->pos, "unexpected character behind a value", err);
    return HR_OK;
}

/* One step in state IN_ARRAY_*: moves on to the next element, or leaves the array. */
static hr_status step_in_array(hr_items *it, hr_error *err)
{
    const bool end = it->pos == it->page->len;
    const char c = end ? '\0' : it->text[it->pos];

    if (end)
        return syntax_error(it, it->pos, "the text ends inside an array", err);
    if (c == ']') {
        it->pos++;
        it->state = AT_TOP;
    } else if (it->state == IN_ARRAY_FIRST) {
        it->state = IN_ARRAY_VALUE;
    } else if (c == ',') {
        it->pos++;
        it->state = IN_ARRAY_VALUE;
    } else {
        return syntax_error(it, it->pos, "expected ',' or ']' after an element of an array", err);
    }
    return HR_OK;
}

hr_status hr_items_next(hr_items *it, yyjson_val **out, hr_error *err)
{
    *out = NULL;
    if (it->page->values) {
        if (it->n < it->page->n_values)
            *out = it->page->values[it->n++];
        return HR_OK;
    }
    yyjson_doc_free(it->doc);
    it->doc = NULL;
    for (;;) {
        skip_space(it);
        if (it->pos == it->page->len &&
            (it->state == AT_TOP || (it->state == IN_ARRAY_NEXT && !it->page->last_of_input)))
            break;
        if (it->state == IN_ARRAY_VALUE) {
            it->state = IN_ARRAY_NEXT;
            return parse(it, out, err);
        }
        if (it->state != AT_TOP) {
            HR_TRY(step_in_array(it, err));
        } else if (it->text[it->pos] == '[') {
            it->pos++;
            it->state = IN_ARRAY_FIRST;
        } else {
            HR_TRY(parse(it, out, err));
            return check_end(it, *out, err);
        }
    }
    if (it->pool_cap > LARGE) {
        hr_free(it->pool);
        it->pool = NULL;
        it->pool_cap = 0;
    }
    if (it->text_cap > LARGE && it->page->last_of_input) {
        hr_free(it->text);
        it->text = NULL;
        it->text_cap = 0;
    }
    return HR_OK;
}
