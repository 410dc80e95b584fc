/* Any bytes as JSON text: all implementations cut alike, pages put together are the input, and
 * where the input is JSON a page holds whole items only. */
#include <stdlib.h>
#include <yyjson.h>

#include "extract/splitter.h"
#include "headrace/headrace.h"
#include "source/filesystem/filesystem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void variants_agree(hr_str text, size_t min)
{
    hr_splitter states[4] = {{0}};
    for (size_t base = 0, step = 0; base < text.n; base += step) {
        size_t first = 0;
        const bool cut =
            hr_splitter_variant(0)(&states[0], text.p + base, &first, text.n - base, min);
        for (size_t i = 1; hr_splitter_variant(i) != NULL; i++) {
            size_t pos = 0;
            check(hr_splitter_variant(i)(&states[i], text.p + base, &pos, text.n - base, min) ==
                  cut);
            check(pos == first && states[i].depth == states[0].depth);
            check(states[i].lines == states[0].lines && states[i].in_array == states[0].in_array);
        }
        step = first;
    }
}

typedef struct feed {
    hr_str text;
    size_t pos;
    size_t piece;
} feed;

static hr_status next_piece(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    (void)err;
    feed *f = ctx;
    *n = f->piece < f->text.n - f->pos ? f->piece : f->text.n - f->pos;
    *bytes = f->text.p + f->pos;
    f->pos += *n;
    return HR_OK;
}

static bool is_json(char *text, size_t n)
{
    yyjson_doc *doc = yyjson_read_opts(text, n, YYJSON_READ_NOFLAG, NULL, NULL);
    yyjson_doc_free(doc);
    return doc != NULL;
}

static bool is_white(const hr_page *p)
{
    size_t i = 0;
    while (i < p->len && (p->data[i] == ' ' || (p->data[i] >= '\t' && p->data[i] <= '\r')))
        i++;
    return i == p->len;
}

/* Makes an array of a page out of a top-level array, as a parser might, in a copy. */
static bool is_whole_part(const hr_page *p)
{
    char *copy = malloc(p->len + 2);
    check(copy != NULL);
    memcpy(copy, p->data, p->len);
    if (p->in_array)
        copy[0] = p->data[0] == ',' ? '[' : ' ';
    size_t n = p->len;
    if (!p->last_of_input && (p->in_array || p->data[0] == '['))
        copy[n++] = ']';
    const bool whole = is_json(copy, n) || (p->in_array && p->len > 0 && p->data[0] == ']');
    free(copy);
    return whole;
}

static void pages_make_the_input(hr_str text, size_t page_bytes, size_t piece)
{
    feed f = {.text = text, .piece = piece};
    const hr_json_source source = {.ctx = &f, .next = next_piece};
    hr_page_source s;
    hr_page page;
    char *input = malloc(text.n + 1);
    check(input != NULL);
    memcpy(input, text.p, text.n);
    /* One top-level array, tight at both ends: each page is then easy to judge. */
    const bool array =
        text.n > 1 && text.p[0] == '[' && text.p[text.n - 1] == ']' && is_json(input, text.n);
    free(input);
    size_t at = hr_str_starts(text, HR_STR("\xEF\xBB\xBF")) ? 3 : 0;
    check(hr_json_callback_open(&s, "fuzz", &source, page_bytes, 1 << 20, NULL) == HR_OK);
    while (s.next(s.self, &page, NULL) == HR_OK && page.data != NULL) {
        check(page.offset == at && at + page.len <= text.n);
        check(memcmp(page.data, text.p + at, page.len) == 0);
        check(!array || is_white(&page) || is_whole_part(&page));
        at += page.len;
        check(!page.last_of_input || at == text.n);
        hr_free(page.data);
    }
    s.close(s.self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t min = size > 0 ? data[0] : 1;
    const size_t piece = size > 1 ? 1U + data[1] : 1;
    const hr_str text = {(const char *)data + (size > 2 ? 2 : size), size > 2 ? size - 2 : 0};
    variants_agree(text, min);
    pages_make_the_input(text, min, piece);
    return 0;
}
