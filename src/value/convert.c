#include "value/convert.h"

#include <math.h>
#include <yyjson.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "value/iso_time.h"
#include "value/number.h"
#include "json/json.h"

static const int64_t second_us = 1000000;
static const int64_t day_us = INT64_C(86400) * 1000000;

static bool is_integer(double d)
{
    return isfinite(d) && d >= trunc(d) && d <= trunc(d);
}

static bool is_minus_zero(double d)
{
    return fpclassify(d) == FP_ZERO && signbit(d);
}

/* ---- to text ---- */

static bool set_text(hr_value *out, hr_str text)
{
    out->text = text;
    return text.p != NULL;
}

static bool set_scratch(hr_value *out, const hr_buf *scratch)
{
    out->text = hr_buf_str(scratch);
    return !scratch->failed;
}

static void add_base64(hr_str bytes, hr_buf *out)
{
    if (hr_buf_reserve(out, 4 * ((bytes.n + 2) / 3) + 1))
        out->len += hr_base64(bytes.p, bytes.n, out->data + out->len);
}

static void add_time_text(const hr_value *in, hr_buf *out)
{
    char text[HR_ISO_TEXT_MAX];
    size_t n;

    if (in->type == HR_TYPE_DATE)
        n = hr_iso_date_text((int32_t)in->i, text);
    else if (in->type == HR_TYPE_TIME)
        n = hr_iso_time_text(in->i, text);
    else
        n = hr_iso_datetime_text(in->i, text);
    (void)hr_buf_add(out, (hr_str){text, n});
}

static bool to_text(const hr_value *in, hr_value *out, hr_buf *scratch)
{
    switch (in->type) {
    case HR_TYPE_BIGINT:
        hr_text_of_decimal(in->i, 0, scratch);
        break;
    case HR_TYPE_DOUBLE:
        hr_text_of_double(in->d, scratch);
        break;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        hr_text_of_decimal(in->dec, in->scale, scratch);
        break;
    case HR_TYPE_BOOL:
        return set_text(out, in->b ? HR_STR("True") : HR_STR("False"));
    case HR_TYPE_JSON:
        return set_text(out, in->text);
    case HR_TYPE_BINARY:
        add_base64(in->text, scratch);
        break;
    case HR_TYPE_TIMESTAMP:
    case HR_TYPE_DATE:
    case HR_TYPE_TIME:
        add_time_text(in, scratch);
        break;
    default:
        return false;
    }
    return set_scratch(out, scratch);
}

/* ---- numbers in text ---- */

/* "0x" and digits, after trimming. */
static bool hex_of_text(hr_str text, hr_int128 *out)
{
    return hr_str_starts(text, HR_STR("0x")) && hr_hex_parse((hr_str){text.p + 2, text.n - 2}, out);
}

/* ---- to bigint ---- */

static bool int_of_int128(hr_int128 v, int64_t *out)
{
    *out = (int64_t)v;
    return v >= INT64_MIN && v <= INT64_MAX;
}

static bool int_of_double(double d, int64_t *out)
{
    if (!is_integer(d) || is_minus_zero(d) || d < -0x1p63 || d >= 0x1p63)
        return false;
    *out = (int64_t)d;
    return true;
}

static bool int_of_text(hr_str text, int64_t *out)
{
    const hr_str trimmed = hr_utf8_trim(text);
    hr_number n;
    hr_int128 v;

    if (!hex_of_text(trimmed, &v)) {
        if (!hr_number_parse(trimmed, &n) || !n.integral)
            return false;
        if (!hr_number_to_decimal(&n, HR_DECIMAL_PRECISION, 0, &v))
            return false;
    }
    return int_of_int128(v, out);
}

static bool to_bigint(const hr_value *in, int64_t *out)
{
    hr_int128 v;

    switch (in->type) {
    case HR_TYPE_TEXT:
        return int_of_text(in->text, out);
    case HR_TYPE_DOUBLE:
        return int_of_double(in->d, out);
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return hr_decimal_rescale(in->dec, in->scale, HR_DECIMAL_PRECISION, 0, &v) &&
               int_of_int128(v, out);
    default:
        return false;
    }
}

/* ---- to double ---- */

static bool double_of_int128(hr_int128 v, double *out)
{
    *out = (double)v;
    return *out < 0x1p127 && (hr_int128)*out == v;
}

/* Whole numbers have to be held exactly; a fraction becomes the nearest double. */
static bool double_of_number(const hr_number *n, double *out, hr_buf *scratch)
{
    double exact;
    hr_int128 v;

    if (n->integral &&
        (!hr_number_to_decimal(n, HR_DECIMAL_PRECISION, 0, &v) || !double_of_int128(v, &exact)))
        return false;
    return hr_number_to_double(n, out, scratch);
}

static bool double_of_text(hr_str text, double *out, hr_buf *scratch)
{
    const hr_str trimmed = hr_utf8_trim(text);
    hr_number n;
    hr_int128 v;

    if (hex_of_text(trimmed, &v))
        return double_of_int128(v, out);
    return hr_number_parse(trimmed, &n) && double_of_number(&n, out, scratch);
}

static bool double_of_decimal(const hr_value *in, double *out, hr_buf *scratch)
{
    hr_buf text = {0};
    hr_number n;
    hr_int128 whole;
    bool ok;

    if (hr_decimal_rescale(in->dec, in->scale, HR_DECIMAL_PRECISION, 0, &whole))
        return double_of_int128(whole, out);
    hr_text_of_decimal(in->dec, in->scale, &text);
    scratch->failed |= text.failed;
    ok = !text.failed && hr_number_parse(hr_buf_str(&text), &n) &&
         hr_number_to_double(&n, out, scratch);
    hr_buf_release(&text);
    return ok;
}

static bool to_double(const hr_value *in, double *out, hr_buf *scratch)
{
    switch (in->type) {
    case HR_TYPE_TEXT:
        return double_of_text(in->text, out, scratch);
    case HR_TYPE_BIGINT:
        *out = (double)in->i;
        return hr_int_fits_double(in->i);
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return double_of_decimal(in, out, scratch);
    default:
        return false;
    }
}

/* ---- to decimal and wei ---- */

static bool decimal_of_text(hr_str text, int precision, int scale, hr_int128 *out)
{
    const hr_str trimmed = hr_utf8_trim(text);
    hr_number n;
    hr_int128 v;

    if (hex_of_text(trimmed, &v))
        return hr_decimal_rescale(v, 0, precision, scale, out);
    return hr_number_parse(trimmed, &n) && hr_number_to_decimal(&n, precision, scale, out);
}

static bool to_decimal(const hr_value *in, hr_target target, hr_value *out, hr_buf *scratch)
{
    const bool wei = target.type == HR_TYPE_WEI;
    const int precision = target.precision >= 0 ? target.precision : HR_DECIMAL_PRECISION;
    const int scale = target.scale >= 0 ? target.scale : wei ? 0 : HR_DECIMAL_SCALE;

    out->scale = scale;
    switch (in->type) {
    case HR_TYPE_TEXT:
        return decimal_of_text(in->text, precision, scale, &out->dec);
    case HR_TYPE_DOUBLE:
        if (!isfinite(in->d) || is_minus_zero(in->d))
            return false;
        hr_text_of_double(in->d, scratch);
        return !scratch->failed &&
               decimal_of_text(hr_buf_str(scratch), precision, scale, &out->dec);
    case HR_TYPE_BIGINT:
        return hr_decimal_rescale(in->i, 0, precision, scale, &out->dec);
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return hr_decimal_rescale(in->dec, in->scale, precision, scale, &out->dec);
    default:
        return false;
    }
}

/* ---- to bool ---- */

static bool is_word(hr_str text, const char *lower)
{
    size_t i = 0;

    for (; i < text.n && lower[i]; i++) {
        const char c = text.p[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != lower[i])
            return false;
    }
    return i == text.n && !lower[i];
}

static bool bool_of_text(hr_str text, bool *out)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"f", "t"}, {"n", "y"}, {"0", "1"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (int b = 0; b < 2; b++) {
            if (is_word(text, words[i][b])) {
                *out = b;
                return true;
            }
        }
    }
    return false;
}

static bool to_bool(const hr_value *in, bool *out)
{
    int64_t i;

    if (in->type == HR_TYPE_TEXT)
        return bool_of_text(in->text, out);
    if (in->type == HR_TYPE_BIGINT)
        i = in->i;
    else if (!to_bigint(in, &i))
        return false;
    *out = i == 1;
    return i == 0 || i == 1;
}

/* ---- to timestamp, date, time ---- */

static bool micros_of_seconds(int64_t seconds, int64_t *out)
{
    return !__builtin_mul_overflow(seconds, second_us, out) && hr_iso_in_range(*out);
}

/* Rounds as Python: halves of a microsecond to even. */
static bool micros_of_double(double seconds, int64_t *out)
{
    double whole;
    const double fraction = modf(seconds, &whole);
    int64_t micros;

    if (!(fabs(whole) < 0x1p40))
        return false;
    micros = (int64_t)whole * second_us + (int64_t)nearbyint(fraction * 1e6);
    *out = micros;
    return hr_iso_in_range(micros);
}

static bool micros_of_text(hr_str text, int64_t *out, hr_buf *scratch)
{
    hr_iso iso;
    hr_number n;
    double seconds;

    switch (hr_iso_parse(text, &iso)) {
    case HR_ISO_DATETIME:
        *out = iso.micros;
        return true;
    case HR_ISO_DATE:
        *out = iso.days * day_us;
        return true;
    case HR_ISO_TIME:
        return false;
    default:
        break;
    }
    return hr_number_parse(hr_utf8_trim(text), &n) && hr_number_to_double(&n, &seconds, scratch) &&
           micros_of_double(seconds, out);
}

static bool to_timestamp(const hr_value *in, int64_t *out, hr_buf *scratch)
{
    switch (in->type) {
    case HR_TYPE_TEXT:
        return micros_of_text(in->text, out, scratch);
    case HR_TYPE_BIGINT:
        return micros_of_seconds(in->i, out);
    case HR_TYPE_DOUBLE:
        return micros_of_double(in->d, out);
    case HR_TYPE_DATE:
        return !__builtin_mul_overflow(in->i, day_us, out) && hr_iso_in_range(*out);
    default:
        return false;
    }
}

/* A time of day would be lost, so it has to be midnight. */
static bool to_date(const hr_value *in, int64_t *out, hr_buf *scratch)
{
    int64_t micros = in->i;

    if (in->type != HR_TYPE_TIMESTAMP && !to_timestamp(in, &micros, scratch))
        return false;
    *out = micros / day_us;
    return micros % day_us == 0;
}

static bool to_time(const hr_value *in, int64_t *out)
{
    hr_iso iso;

    if (in->type != HR_TYPE_TEXT || hr_iso_parse(in->text, &iso) != HR_ISO_TIME)
        return false;
    *out = iso.micros;
    return true;
}

/* ---- to binary and json ---- */

static bool add_hex(hr_str digits, hr_buf *out)
{
    if (digits.n % 2 != 0)
        return false;
    for (size_t i = 0; i < digits.n; i += 2) {
        hr_int128 byte;

        if (!hr_hex_parse((hr_str){digits.p + i, 2}, &byte))
            return false;
        (void)hr_buf_addc(out, (char)byte);
    }
    return true;
}

static bool to_binary(const hr_value *in, hr_value *out, hr_buf *scratch)
{
    bool ok;

    if (in->type == HR_TYPE_BIGINT) {
        ok = in->i >= 0;
        for (uint64_t rest = (uint64_t)in->i; ok && rest > 0; rest >>= 8)
            (void)hr_buf_addc(scratch, (char)rest);
    } else if (in->type != HR_TYPE_TEXT) {
        ok = false;
    } else if (hr_str_starts(in->text, HR_STR("0x"))) {
        ok = add_hex((hr_str){in->text.p + 2, in->text.n - 2}, scratch);
    } else {
        ok = hr_base64_decode(in->text, scratch);
    }
    return ok && set_scratch(out, scratch);
}

/* Objects and arrays only: a scalar in JSON would come out without its quotes when it is read
 * back, or as another type. Numbers keep their digits. */
static bool to_json(const hr_value *in, hr_value *out, hr_buf *scratch)
{
    yyjson_mut_doc *doc = NULL;
    hr_status st;

    if (in->type != HR_TYPE_TEXT)
        return false;
    st = hr_json_parse(in->text, &doc, NULL);
    if (st == HR_OK && !yyjson_mut_is_ctn(doc->root))
        st = HR_E_SCHEMA;
    if (st == HR_OK)
        st = hr_json_write(doc->root, false, NULL, scratch, NULL);
    yyjson_mut_doc_free(doc);
    scratch->failed |= st == HR_E_NOMEM;
    return st == HR_OK && set_scratch(out, scratch);
}

/* ---- the matrix ---- */

static bool to_other_type(const hr_value *in, hr_target target, hr_value *out, hr_buf *scratch)
{
    switch (target.type) {
    case HR_TYPE_TEXT:
        return to_text(in, out, scratch);
    case HR_TYPE_BIGINT:
        return to_bigint(in, &out->i);
    case HR_TYPE_DOUBLE:
        return to_double(in, &out->d, scratch);
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        return to_decimal(in, target, out, scratch);
    case HR_TYPE_BOOL:
        return to_bool(in, &out->b);
    case HR_TYPE_TIMESTAMP:
        return to_timestamp(in, &out->i, scratch);
    case HR_TYPE_DATE:
        return to_date(in, &out->i, scratch);
    case HR_TYPE_TIME:
        return to_time(in, &out->i);
    case HR_TYPE_BINARY:
        return to_binary(in, out, scratch);
    case HR_TYPE_JSON:
        return to_json(in, out, scratch);
    default:
        return false;
    }
}

bool hr_convert(const hr_value *in, hr_target target, hr_value *out, hr_buf *scratch)
{
    hr_value v = {.type = target.type};

    if (in->type == target.type && in->type != HR_TYPE_DECIMAL && in->type != HR_TYPE_WEI) {
        *out = *in;
        return true;
    }
    hr_buf_reset(scratch);
    if (!to_other_type(in, target, &v, scratch))
        return false;
    *out = v;
    return true;
}

hr_value hr_value_of_raw_number(hr_str literal)
{
    hr_value v = {.type = HR_TYPE_DECIMAL};
    hr_number n;

    if (hr_number_parse(literal, &n) && n.integral &&
        hr_number_to_decimal(&n, HR_DECIMAL_PRECISION, 0, &v.dec))
        return v;
    return (hr_value){.type = HR_TYPE_TEXT, .text = literal};
}
