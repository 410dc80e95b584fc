#include "extract/cursor.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"
#include "value/number.h"
#include "json/json.h"

/* U+F026 and the two after it in UTF-8: dlt's marks of decimals, datetimes and dates. */
static const char mark_lead[] = "\xef\x80";
enum { MARK = 3, MARK_DECIMAL = 0xa6, MARK_DATETIME = 0xa7, MARK_DATE = 0xa8 };

static unsigned char mark_of(hr_str text)
{
    if (text.n < MARK || memcmp(text.p, mark_lead, MARK - 1) != 0)
        return 0;
    const unsigned char last = (unsigned char)text.p[MARK - 1];
    return last >= MARK_DECIMAL && last <= MARK_DATE ? last : 0;
}

/* ---- reading ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "2024-...": what else ISO 8601 allows is as likely to be a key made of digits. */
static bool looks_like_date(hr_str t)
{
    return t.n >= 8 && is_digit(t.p[0]) && is_digit(t.p[1]) && is_digit(t.p[2]) &&
           is_digit(t.p[3]) && t.p[4] == '-';
}

/* The fraction's digits from the seventh on, as 12 digits. */
static uint64_t finer_part(hr_str t)
{
    const char *dot = memchr(t.p, '.', t.n);
    uint64_t finer = 0;
    int n = 0;

    if (!dot)
        return 0;
    const char *end = t.p + t.n;
    for (const char *p = dot + 1; p < end && is_digit(*p); p++, n++) {
        if (n >= 6 && n < 18)
            finer = finer * 10 + (uint64_t)(*p - '0');
    }
    for (n = n < 6 ? 6 : n; finer && n < 18; n++)
        finer *= 10;
    return finer;
}

static bool read_instant(hr_str t, hr_cursor *out)
{
    hr_iso iso;
    const hr_iso_kind kind = hr_iso_parse(t, &iso);

    if (kind != HR_ISO_DATE && kind != HR_ISO_DATETIME)
        return false;
    out->kind = HR_CURSOR_INSTANT;
    out->micros = kind == HR_ISO_DATE ? (int64_t)iso.days * 86400 * 1000000 : iso.micros;
    out->finer = kind == HR_ISO_DATE ? 0 : finer_part(t);
    return true;
}

static bool read_number(hr_str t, hr_cursor *out)
{
    hr_number n;
    hr_buf scratch = {0};

    if (!hr_number_parse(t, &n))
        return false;
    const int scale =
        n.exponent == 0 && n.fraction.n < HR_DECIMAL_PRECISION ? (int)n.fraction.n : 0;
    out->scale = scale;
    out->kind = HR_CURSOR_EXACT;
    if (hr_number_to_decimal(&n, HR_DECIMAL_PRECISION, scale, &out->n))
        return true;
    out->kind = HR_CURSOR_REAL;
    const bool ok = hr_number_to_double(&n, &out->d, &scratch);
    hr_buf_release(&scratch);
    return ok;
}

bool hr_cursor_of_text(hr_str text, hr_cursor *out)
{
    const unsigned char mark = mark_of(text);
    const hr_str bare = {text.p + MARK, text.n - MARK};

    *out = (hr_cursor){.text = text};
    if (mark == MARK_DECIMAL && read_number(bare, out))
        return true;
    if (mark && mark != MARK_DECIMAL && read_instant(bare, out))
        return true;
    if (!mark && looks_like_date(text) && read_instant(text, out))
        return true;
    out->kind = HR_CURSOR_TEXT;
    return true;
}

static bool of_real(double d, hr_cursor *out)
{
    *out = (hr_cursor){.kind = HR_CURSOR_REAL, .d = d};
    return isfinite(d);
}

bool hr_cursor_of_json(yyjson_val *v, hr_cursor *out)
{
    if (yyjson_is_str(v))
        return hr_cursor_of_text((hr_str){yyjson_get_str(v), yyjson_get_len(v)}, out);
    if (yyjson_is_real(v))
        return of_real(yyjson_get_real(v), out);
    *out = (hr_cursor){.kind = HR_CURSOR_EXACT};
    if (yyjson_is_uint(v)) {
        out->n = (hr_int128)yyjson_get_uint(v);
        return true;
    }
    if (yyjson_is_sint(v)) {
        out->n = yyjson_get_sint(v);
        return true;
    }
    return yyjson_is_raw(v) && read_number((hr_str){yyjson_get_raw(v), yyjson_get_len(v)}, out);
}

bool hr_cursor_of_state(yyjson_mut_val *v, hr_cursor *out)
{
    if (yyjson_mut_is_str(v))
        return hr_cursor_of_text((hr_str){yyjson_mut_get_str(v), yyjson_mut_get_len(v)}, out);
    if (yyjson_mut_is_real(v))
        return of_real(yyjson_mut_get_real(v), out);
    *out = (hr_cursor){.kind = HR_CURSOR_EXACT};
    if (yyjson_mut_is_uint(v)) {
        out->n = (hr_int128)yyjson_mut_get_uint(v);
        return true;
    }
    if (yyjson_mut_is_sint(v)) {
        out->n = yyjson_mut_get_sint(v);
        return true;
    }
    if (!yyjson_mut_is_raw(v))
        return false;
    const hr_str raw = {yyjson_mut_get_raw(v), yyjson_mut_get_len(v)};
    if (!read_number(raw, out))
        return false;
    if (memchr(raw.p, '.', raw.n) || memchr(raw.p, 'e', raw.n) || memchr(raw.p, 'E', raw.n)) {
        hr_number n;
        hr_buf scratch = {0};

        /* In the state a number with a fraction is a double, as it was in the data. */
        const bool ok = hr_number_parse(raw, &n) && hr_number_to_double(&n, &out->d, &scratch);
        out->kind = HR_CURSOR_REAL;
        hr_buf_release(&scratch);
        return ok;
    }
    return true;
}

/* ---- comparing ---- */

static int order_of(hr_int128 a, hr_int128 b)
{
    return (a > b) - (a < b);
}

static double as_double(const hr_cursor *c)
{
    double d = (double)c->n;

    for (int i = 0; i < c->scale; i++)
        d /= 10;
    return d;
}

static int compare_exact(const hr_cursor *a, const hr_cursor *b)
{
    const int scale = a->scale > b->scale ? a->scale : b->scale;
    hr_int128 x, y;

    if (a->scale == b->scale)
        return order_of(a->n, b->n);
    if (hr_decimal_rescale(a->n, a->scale, HR_DECIMAL_PRECISION, scale, &x) &&
        hr_decimal_rescale(b->n, b->scale, HR_DECIMAL_PRECISION, scale, &y))
        return order_of(x, y);
    return (as_double(a) > as_double(b)) - (as_double(a) < as_double(b));
}

/* An integer against a double, without rounding the one to the other. */
static int compare_mixed(const hr_cursor *exact, double d)
{
    if (exact->scale > 0)
        return (as_double(exact) > d) - (as_double(exact) < d);
    if (fabs(d) >= 0x1p126)
        return d > 0 ? -1 : 1;
    const double whole = trunc(d);
    const int order = order_of(exact->n, (hr_int128)whole);
    return order ? order : (whole > d) - (whole < d);
}

static int compare_texts(hr_str a, hr_str b)
{
    const int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_number(const hr_cursor *c)
{
    return c->kind == HR_CURSOR_EXACT || c->kind == HR_CURSOR_REAL;
}

static int compare_numbers(const hr_cursor *a, const hr_cursor *b)
{
    if (a->kind == HR_CURSOR_EXACT)
        return b->kind == HR_CURSOR_EXACT ? compare_exact(a, b) : compare_mixed(a, b->d);
    return b->kind == HR_CURSOR_EXACT ? -compare_mixed(b, a->d) : (a->d > b->d) - (a->d < b->d);
}

static int compare_instants(const hr_cursor *a, const hr_cursor *b)
{
    if (a->micros != b->micros)
        return a->micros > b->micros ? 1 : -1;
    return (a->finer > b->finer) - (a->finer < b->finer);
}

bool hr_cursor_compare(const hr_cursor *a, const hr_cursor *b, int *order)
{
    if (is_number(a) != is_number(b))
        return false;
    if (is_number(a))
        *order = compare_numbers(a, b);
    else if (a->kind != b->kind)
        *order = a->kind == HR_CURSOR_INSTANT ? -1 : 1;
    else if (a->kind == HR_CURSOR_INSTANT)
        *order = compare_instants(a, b);
    else
        *order = compare_texts(a->text, b->text);
    return true;
}

bool hr_cursors_differ(const hr_cursor *a, const hr_cursor *b)
{
    int order = 1;

    if (a->kind == HR_CURSOR_NONE || b->kind == HR_CURSOR_NONE)
        return a->kind != b->kind;
    return !hr_cursor_compare(a, b, &order) || order != 0;
}

const char *hr_cursor_kind_name(const hr_cursor *c)
{
    static const char *const names[] = {[HR_CURSOR_NONE] = "nothing",
                                        [HR_CURSOR_EXACT] = "number",
                                        [HR_CURSOR_REAL] = "number",
                                        [HR_CURSOR_INSTANT] = "instant",
                                        [HR_CURSOR_TEXT] = "text"};

    return names[c->kind];
}

/* ---- writing ---- */

static void show_number(const hr_cursor *c, hr_buf *out)
{
    if (c->kind == HR_CURSOR_REAL)
        hr_text_of_double(c->d, out);
    else
        hr_text_of_decimal(c->n, c->scale, out);
}

void hr_cursor_show(const hr_cursor *c, hr_buf *out)
{
    const size_t skip = c->text.p && mark_of(c->text) ? MARK : 0;

    if (c->kind == HR_CURSOR_NONE)
        hr_buf_addz(out, "nothing");
    else if (c->text.p)
        hr_buf_addf(out, "\"" HR_STR_FMT "\"", (int)(c->text.n - skip), c->text.p + skip);
    else
        show_number(c, out);
}

yyjson_mut_val *hr_cursor_to_doc(const hr_cursor *c, yyjson_mut_doc *doc)
{
    hr_buf text = {0};

    if (c->kind == HR_CURSOR_NONE)
        return yyjson_mut_null(doc);
    if (c->text.p)
        return yyjson_mut_strncpy(doc, c->text.p, c->text.n);
    if (c->kind == HR_CURSOR_REAL)
        return yyjson_mut_real(doc, c->d);
    show_number(c, &text);
    yyjson_mut_val *v = text.failed ? NULL : yyjson_mut_rawncpy(doc, text.data, text.len);
    hr_buf_release(&text);
    return v;
}

hr_status hr_cursor_write(const hr_cursor *c, hr_buf *out, hr_error *err)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(&hr_json_alc);
    const yyjson_mut_val *val = doc ? hr_cursor_to_doc(c, doc) : NULL;
    const hr_status st = val ? hr_json_write(val, false, NULL, out, err) : hr_nomem(err);

    yyjson_mut_doc_free(doc);
    return st;
}

bool hr_cursor_keep(hr_cursor_copy *into, const hr_cursor *v)
{
    hr_str text = {0};

    if (v->text.p) {
        hr_buf_reset(&into->text);
        hr_buf_reserve(&into->text, 1); /* an empty text is a text, too */
        hr_buf_add(&into->text, v->text);
        if (into->text.failed)
            return false;
        text = hr_buf_str(&into->text);
    }
    into->v = *v;
    into->v.text = text;
    return true;
}

void hr_cursor_copy_release(hr_cursor_copy *c)
{
    hr_buf_release(&c->text);
    *c = (hr_cursor_copy){0};
}
