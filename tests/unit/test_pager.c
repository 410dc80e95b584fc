/* Pages of JSON text, as a callback gets them: cut anywhere on the way in, only between items on
 * the way out. */
#include "support.h"

#include <stdlib.h>
#include <yyjson.h>

#include "base/buf.h"
#include "headrace/headrace.h"
#include "source/filesystem/filesystem.h"

enum { NO_LIMIT = 1 << 30 };

/* ---- A source that hands out a text in pieces ---- */

typedef struct pieces {
    hr_str text;
    size_t pos;
    size_t piece; /* at most; 0: all at once */
    uint64_t seed;
    size_t fail_at; /* 0: never */
    int closed;
    char *copy; /* the piece, in memory of its size */
} pieces;

static hr_status next_piece(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    pieces *p = ctx;
    p->seed = p->seed * UINT64_C(6364136223846793005) + 1;
    if (p->fail_at != 0 && p->pos >= p->fail_at)
        return hr_fail(err, HR_E_REMOTE, "the line is dead");
    *n = p->piece == 0 ? p->text.n : 1 + (size_t)(p->seed >> 40) % p->piece;
    if (*n > p->text.n - p->pos)
        *n = p->text.n - p->pos;
    free(p->copy);
    p->copy = malloc(*n + 1);
    assert_non_null(p->copy);
    memcpy(p->copy, p->text.p + p->pos, *n);
    p->pos += *n;
    *bytes = p->copy;
    return HR_OK;
}

static void close_pieces(void *ctx)
{
    pieces *p = ctx;
    free(p->copy);
    p->copy = NULL;
    p->closed++;
}

static hr_page_source open_pieces(pieces *p, size_t page_bytes, size_t item_limit)
{
    hr_error err;
    hr_page_source s;
    const hr_json_source source = {.ctx = p, .next = next_piece, .close = close_pieces};
    assert_hr_ok(hr_json_callback_open(&s, "pieces", &source, page_bytes, item_limit, &err), &err,
                 "open");
    return s;
}

/* ---- Reading pages as a parser would ---- */

typedef struct items {
    hr_buf text; /* each item minified, on a line of its own */
    bool in_array;
} items;

static size_t skip_separators(hr_str t, size_t i)
{
    while (i < t.n && strchr(" \t\r\n,", t.p[i]) != NULL)
        i++;
    return i;
}

/* Adds the item at t.p[i], which must be whole, and gives the place behind it. */
static size_t add_item(items *all, char *text, hr_str t, size_t i, const char *label)
{
    yyjson_read_err why;
    yyjson_doc *doc = yyjson_read_opts(text + i, t.n - i, YYJSON_READ_STOP_WHEN_DONE, NULL, &why);
    if (doc == NULL)
        fail_msg("%s: no whole item at %zu of %.*s: %s", label, i, (int)t.n, t.p, why.msg);
    const size_t n = yyjson_doc_get_read_size(doc);
    char *written = yyjson_write(doc, 0, NULL);
    hr_buf_addz(&all->text, written);
    hr_buf_addc(&all->text, '\n');
    free(written);
    yyjson_doc_free(doc);
    return i + n;
}

static void add_page_items(items *all, hr_page *page, const char *label)
{
    const hr_str t = {page->data, page->len};
    size_t i = 0;
    if (page->in_array != all->in_array)
        fail_msg("%s: in_array is wrong at %zu", label, (size_t)page->offset);
    if (page->in_array && t.n > 0 && t.p[0] != ',' && t.p[0] != ']')
        fail_msg("%s: goes on with %c", label, t.p[0]);
    while ((i = skip_separators(t, i)) < t.n) {
        if (all->in_array && t.p[i] == ']') {
            all->in_array = false;
            i++;
        } else if (!all->in_array && t.p[i] == '[') {
            all->in_array = true;
            i++;
        } else {
            i = add_item(all, page->data, t, i, label);
        }
    }
}

static uint64_t lines_before(hr_str text, size_t offset)
{
    uint64_t n = 1;
    for (size_t i = 0; i < offset; i++)
        n += text.p[i] == '\n';
    return n;
}

/* Reads `text` and checks what a page says of itself. With `all`, the items are parsed. */
static size_t read_pages(hr_str text, size_t page_bytes, size_t piece, items *all,
                         const char *label)
{
    pieces p = {.text = text, .piece = piece, .seed = page_bytes};
    hr_page_source s = open_pieces(&p, page_bytes, NO_LIMIT);
    const size_t bom = hr_str_starts(text, HR_STR("\xEF\xBB\xBF")) ? 3 : 0;
    size_t at = bom;
    size_t pages = 0;
    bool last = false;
    hr_error err;
    hr_page page;
    for (;;) {
        assert_hr_ok(s.next(s.self, &page, &err), &err, label);
        if (page.data == NULL)
            break;
        assert_false(last);
        assert_int_equal(page.offset, at);
        assert_true(at + page.len <= text.n);
        assert_memory_equal(page.data, text.p + at, page.len);
        if (text.n < 100000)
            assert_int_equal(page.line, lines_before(text, at));
        assert_string_equal(page.input, "pieces");
        for (size_t i = 0; i < HR_PAGE_PADDING; i++)
            assert_int_equal(page.data[page.len + i], 0);
        if (all != NULL)
            add_page_items(all, &page, label);
        at += page.len;
        last = page.last_of_input;
        assert_true(last || page.len >= page_bytes);
        pages++;
        hr_free(page.data);
    }
    assert_true(last);
    assert_int_equal(at, text.n);
    uint64_t done;
    uint64_t total;
    s.progress(s.self, &done, &total);
    assert_int_equal(done, text.n);
    s.close(s.self);
    assert_int_equal(p.closed, 1);
    return pages;
}

/* ---- Tests ---- */

static const struct document {
    const char *label;
    const char *text;
    const char *items;
} documents[] = {
    {"empty", "", ""},
    {"white space", " \n\r\n\t ", ""},
    {"BOM only", "\xEF\xBB\xBF", ""},
    {"empty array", "[]", ""},
    {"one object", "{\"a\": {\"b\": [1, {\"c\": \"]}\"}]}}",
     "{\"a\":{\"b\":[1,{\"c\":\"]}\"}]}}\n"},
    {"BOM and lines", "\xEF\xBB\xBF{\"a\":1}\n\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}\n"},
    {"concatenated", "{}{\"x\":\"}{\"}[[1],[2]]3 4", "{}\n{\"x\":\"}{\"}\n[1]\n[2]\n3\n4\n"},
    {"array of objects", "[ {\"a\":\"x,y\"} ,\n {\"b\":[1,2,[3]]}\n, {\"c\":\"\\\"],[\\\\\"}\n]\n",
     "{\"a\":\"x,y\"}\n{\"b\":[1,2,[3]]}\n{\"c\":\"\\\"],[\\\\\"}\n"},
    {"array of scalars", "[1,2.5,true,null,\"a,b\",[],{}]",
     "1\n2.5\ntrue\nnull\n\"a,b\"\n[]\n{}\n"},
    {"things after an array", "[1,2]\n{\"a\":[1,2]}\n[[3,4],5]  \"s t\" [6]\n",
     "1\n2\n{\"a\":[1,2]}\n[3,4]\n5\n\"s t\"\n6\n"},
    {"scalars", "1 2\n\"a \\\" b\" true", "1\n2\n\"a \\\" b\"\ntrue\n"},
};

static void same_items_at_every_page_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(documents); i++) {
        const struct document *d = &documents[i];
        for (size_t page_bytes = 1; page_bytes <= 200; page_bytes++) {
            items all = {0};
            read_pages(hr_str_from(d->text), page_bytes, page_bytes % 9, &all, d->label);
            assert_str_equal(hr_buf_str(&all.text), hr_str_from(d->items), d->label);
            assert_false(all.in_array);
            hr_buf_release(&all.text);
        }
    }
}

static void random_objects(hr_buf *b, size_t n, bool pretty)
{
    static const char *const strings[] = {
        "", "a\\\"b", "}{][", "\\\\", "long text, with \\u00e9", "\xC3\xA9"};
    uint64_t seed = 5;
    for (size_t i = 0; i < n; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
        const unsigned r = (unsigned)(seed >> 40);
        hr_buf_addf(b, "%s{\"id\":%zu,%s\"s\":\"%s\",\"n\":{\"list\":[%u,[%u],{}],\"t\":true}}",
                    i > 0 && pretty ? "," : "", i, pretty ? "\n  " : " ",
                    strings[r % N_OF(strings)], r % 100, r % 7);
        hr_buf_addz(b, pretty || r % 3 > 0 ? "\n" : "");
    }
}

static void same_items_in_pieces_of_every_size(void **state)
{
    (void)state;
    for (int array = 0; array < 2; array++) {
        hr_buf text = {0};
        hr_buf_addz(&text, array ? "[" : "");
        random_objects(&text, 300, array);
        hr_buf_addz(&text, array ? "]" : "");
        items whole = {0};
        assert_int_equal(read_pages(hr_buf_str(&text), NO_LIMIT / 64, 0, &whole, "whole"), 1);
        for (size_t piece = 1; piece < 400; piece += piece < 70 ? 1 : 33) {
            items all = {0};
            assert_true(read_pages(hr_buf_str(&text), 100 + piece * 7, piece, &all, "pieces") > 1);
            assert_str_equal(hr_buf_str(&all.text), hr_buf_str(&whole.text), "pieces");
            hr_buf_release(&all.text);
        }
        hr_buf_release(&whole.text);
        hr_buf_release(&text);
    }
}

/* {"k":"<n x's>"} */
static hr_buf huge_string(size_t n)
{
    hr_buf b = {0};
    hr_buf_addz(&b, "{\"k\":\"");
    assert_true(hr_buf_reserve(&b, n));
    memset(b.data + b.len, 'x', n);
    b.len += n;
    hr_buf_addz(&b, "\"}");
    return b;
}

static void takes_huge_strings_and_documents(void **state)
{
    (void)state;
    hr_buf b = huge_string(10 * 1024 * 1024);
    hr_buf_addz(&b, "{\"a\":1}\n{\"a\":2}\n");
    assert_int_equal(read_pages(hr_buf_str(&b), 65536, 100000, NULL, "10 MB string"), 2);
    hr_buf_reset(&b);
    hr_buf_addz(&b, "{\"list\":[");
    while (b.len < 50U * 1024 * 1024)
        hr_buf_addz(&b, "{\"a\":[1,2,{\"b\":\"some text, some more\"}],\"c\":\"]\"},\n");
    hr_buf_addz(&b, "0]}");
    assert_int_equal(read_pages(hr_buf_str(&b), 1 << 20, 0, NULL, "50 MB document"), 1);
    hr_buf_release(&b);
}

static void takes_deep_nesting(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    hr_buf b = {0};
    for (size_t i = 0; i < DEPTH; i++)
        hr_buf_addc(&b, '[');
    assert_int_equal(read_pages(hr_buf_str(&b), 100, 1000, NULL, "never closed"), 1);
    for (size_t i = 0; i < DEPTH; i++)
        hr_buf_addc(&b, ']');
    hr_buf_addz(&b, "{}");
    assert_int_equal(read_pages(hr_buf_str(&b), 100, 1000, NULL, "closed"), 2);
    hr_buf_release(&b);
}

static void passes_what_is_no_json(void **state)
{
    (void)state;
    static const char *const texts[] = {"{\"a\": \"never ends {} [] ",
                                        "]]]]}}}}",
                                        "{]{]{]",
                                        "\\\\\\\"",
                                        "\"\\",
                                        ",,,,",
                                        "[,,,,]",
                                        "not JSON at all"};
    for (size_t i = 0; i < N_OF(texts); i++) {
        for (size_t page_bytes = 1; page_bytes < 20; page_bytes++)
            read_pages(hr_str_from(texts[i]), page_bytes, 1 + i, NULL, texts[i]);
    }
}

/* Reads until an error, whose message must name all of `words`. */
static void assert_fails(pieces *p, size_t page_bytes, size_t item_limit, hr_status want,
                         const char *const *words, const char *label)
{
    hr_page_source s = open_pieces(p, page_bytes, item_limit);
    hr_error err = {0};
    hr_page page;
    hr_status st;
    while ((st = s.next(s.self, &page, &err)) == HR_OK && page.data != NULL)
        hr_free(page.data);
    assert_int_equal(st, want);
    for (; *words != NULL; words++) {
        if (strstr(err.msg, *words) == NULL)
            fail_msg("%s: no \"%s\" in: %s", label, *words, err.msg);
    }
    s.close(s.self);
    assert_int_equal(p->closed, 1);
}

static void limits_items_exactly(void **state)
{
    (void)state;
    hr_buf b = {0};
    hr_buf_addz(&b, "{\"a\":1}\n{\"a\":2}\n");
    const size_t small = b.len;
    hr_buf big = huge_string(5000);
    hr_buf_add(&b, hr_buf_str(&big));
    hr_buf_addz(&b, "\n{}\n");
    for (size_t page_bytes = 1; page_bytes < big.len; page_bytes += 211) {
        pieces p = {.text = hr_buf_str(&b), .piece = page_bytes};
        hr_page_source s = open_pieces(&p, page_bytes, big.len);
        hr_page page;
        do {
            assert_int_equal(s.next(s.self, &page, NULL), HR_OK);
            hr_free(page.data);
        } while (page.data != NULL);
        s.close(s.self);
        pieces again = {.text = hr_buf_str(&b), .piece = page_bytes};
        char place[32];
        (void)snprintf(place, sizeof(place), "line 3, byte %zu", small);
        const char *const words[] = {"pieces", place, "5007", NULL};
        assert_fails(&again, page_bytes, big.len - 1, HR_E_PARSE, words, "limit");
    }
    hr_buf_release(&big);
    hr_buf_release(&b);
}

static void limits_what_never_ends(void **state)
{
    (void)state;
    hr_buf b = huge_string(3 * 1024 * 1024);
    b.len -= 2;
    const char *const words[] = {"line 1, byte 0", "65536 bytes", NULL};
    pieces p = {.text = hr_buf_str(&b), .piece = 10000};
    assert_fails(&p, 1000, 65536, HR_E_PARSE, words, "unterminated");
    assert_true(p.pos < 1024 * 1024); /* it did not read on in vain */
    hr_buf_release(&b);
}

#define UTF16LE "{\0\"\0a\0\"\0:\0001\0}\0"
#define UTF16BE "\0{\0\"\0a\0\"\0:\0001\0}"
static const struct encoding_case {
    hr_str text;
    const char *name;
} encoding_cases[] = {
    {HR_STR_INIT("\xFF\xFE" UTF16LE), "UTF-16LE"},
    {HR_STR_INIT("\xFE\xFF" UTF16BE), "UTF-16BE"},
    {HR_STR_INIT("\xFF\xFE\0\0{\0\0\0}\0\0\0"), "UTF-32LE"},
    {HR_STR_INIT("\0\0\xFE\xFF\0\0\0{\0\0\0}"), "UTF-32BE"},
    {HR_STR_INIT(UTF16LE), "UTF-16LE"},
    {HR_STR_INIT(UTF16BE), "UTF-16BE"},
    {HR_STR_INIT("{\0\0\0}\0\0\0"), "UTF-32LE"},
    {HR_STR_INIT("\0\0\0{\0\0\0}"), "UTF-32BE"},
    {HR_STR_INIT("\xFF\xFE"), "UTF-16LE"},
    {HR_STR_INIT("1\0"), "UTF-16LE"},
};

static void refuses_other_encodings_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(encoding_cases); i++) {
        for (size_t piece = 0; piece < 3; piece++) {
            const char *const words[] = {"pieces", encoding_cases[i].name, "UTF-8", NULL};
            pieces p = {.text = encoding_cases[i].text, .piece = piece};
            assert_fails(&p, 100, 1000, HR_E_PARSE, words, encoding_cases[i].name);
        }
    }
}

static void passes_the_callback_s_error_on(void **state)
{
    (void)state;
    const char *const words[] = {"the line is dead", NULL};
    pieces p = {.text = HR_STR("{\"a\":1}{\"a\":2}"), .piece = 3, .fail_at = 9};
    assert_fails(&p, 4, 1000, HR_E_REMOTE, words, "callback");
}

static void stops_when_cancelled(void **state)
{
    (void)state;
    pieces p = {.text = HR_STR("{}{}")};
    hr_page_source s = open_pieces(&p, 1, 1000);
    hr_page page;
    assert_int_equal(s.next(s.self, &page, NULL), HR_OK);
    hr_free(page.data);
    s.cancel(s.self);
    assert_int_equal(s.next(s.self, &page, NULL), HR_E_CANCELLED);
    assert_null(page.data);
    s.close(s.self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_items_at_every_page_size),
        cmocka_unit_test(same_items_in_pieces_of_every_size),
        cmocka_unit_test(takes_huge_strings_and_documents),
        cmocka_unit_test(takes_deep_nesting),
        cmocka_unit_test(passes_what_is_no_json),
        cmocka_unit_test(limits_items_exactly),
        cmocka_unit_test(limits_what_never_ends),
        cmocka_unit_test(refuses_other_encodings_by_name),
        cmocka_unit_test(passes_the_callback_s_error_on),
        cmocka_unit_test(stops_when_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
