#include "extract/lag.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "value/iso_time.h"

static const int64_t second = 1000000;
static const int64_t day = 86400 * 1000000LL;

/* ---- how a text writes its instant ---- */

/* "2024-01-31", "T", "10:30:00", ".250", "+02:00": what of it there is. */
typedef struct form {
    hr_str mark;     /* dlt's, of a typed value */
    char separator;  /* 0: a date */
    size_t time;     /* characters of the time: 2, 5 or 8 */
    size_t fraction; /* digits; 0: no point */
    hr_str zone;
    int64_t offset; /* of the zone, microseconds */
} form;

static size_t digits(const char *p, const char *end)
{
    size_t n = 0;

    while (p + n < end && p[n] >= '0' && p[n] <= '9')
        n++;
    return n;
}

static int64_t zone_offset(hr_str zone)
{
    int hours = 0;
    int minutes = 0;

    if (zone.n < 3)
        return 0;
    hours = (zone.p[1] - '0') * 10 + (zone.p[2] - '0');
    if (zone.n >= 5)
        minutes = (zone.p[zone.n - 2] - '0') * 10 + (zone.p[zone.n - 1] - '0');
    return (zone.p[0] == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes) * 60 * second;
}

/* False: a form that is not written back here, such as a week date. */
static bool read_form(hr_str t, form *f)
{
    const char *end = t.p + t.n;

    *f = (form){0};
    if (t.n >= 3 && (unsigned char)t.p[0] == 0xef)
        f->mark = (hr_str){t.p, 3};
    const char *p = t.p + f->mark.n;
    if (end - p < 10 || digits(p, end) != 4 || digits(p + 5, end) != 2 || p[4] != '-' ||
        p[7] != '-' || digits(p + 8, end) != 2)
        return false;
    p += 10;
    if (p == end)
        return true;
    f->separator = *p++;
    const char *time = p;
    while (p < end && ((*p >= '0' && *p <= '9') || *p == ':'))
        p++;
    f->time = (size_t)(p - time);
    if (p < end && *p == '.') {
        f->fraction = digits(p + 1, end);
        p += 1 + f->fraction;
    }
    f->zone = (hr_str){p, (size_t)(end - p)};
    f->offset = zone_offset(f->zone);
    return f->time == 2 || f->time == 5 || f->time == 8;
}

static bool write_form(const form *f, int64_t micros, hr_buf *out)
{
    char text[HR_ISO_TEXT_MAX];
    const int64_t wall = micros + f->offset;
    int64_t days = wall / day;
    int64_t rest = wall % day;

    if (rest < 0) {
        rest += day;
        days--;
    }
    if (!hr_iso_in_range(wall))
        return false;
    hr_buf_add(out, f->mark);
    hr_buf_add(out, (hr_str){text, hr_iso_date_text((int32_t)days, text)});
    if (!f->separator)
        return true;
    hr_buf_addc(out, f->separator);
    const int64_t s = rest / second;
    (void)snprintf(text, sizeof(text), "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60),
                   (int)(s % 60));
    hr_buf_add(out, (hr_str){text, f->time});
    if (f->fraction) {
        (void)snprintf(text, sizeof(text), "%06d000000000000", (int)(rest % second));
        hr_buf_addc(out, '.');
        hr_buf_add(out, (hr_str){text, f->fraction < 18 ? f->fraction : 18});
    }
    hr_buf_add(out, f->zone);
    return true;
}

/* ---- lag ---- */

static bool is_date(const hr_cursor *c)
{
    form f;

    return c->kind == HR_CURSOR_INSTANT && read_form(c->text, &f) && !f.separator;
}

/* A day's lag of an instant begins, or ends, with the whole day. */
static int64_t move(const hr_cursor *last, double lag, int sign, bool by_days, bool date)
{
    if (!by_days)
        return last->micros - (int64_t)(sign * lag * (double)second);
    int64_t days = last->micros / day - (last->micros % day < 0);
    days -= (int64_t)(sign * lag);
    return days * day + (sign < 0 && !date ? day - 1 : 0);
}

static hr_status lag_instant(const hr_cursor *last, double lag, int sign, bool by_days,
                             hr_cursor_copy *out, hr_error *err)
{
    form f;
    hr_buf text = {0};
    hr_cursor moved;

    if (!read_form(last->text, &f) ||
        !write_form(&f, move(last, lag, sign, by_days, !f.separator), &text)) {
        hr_buf_release(&text);
        return hr_fail(err, HR_E_CONFIG, "lag cannot move the date " HR_STR_FMT,
                       HR_STR_ARG(last->text));
    }
    const bool ok =
        !text.failed && hr_cursor_of_text(hr_buf_str(&text), &moved) && hr_cursor_keep(out, &moved);
    hr_buf_release(&text);
    return ok ? HR_OK : hr_nomem(err);
}

static hr_status move_back(const hr_cursor *last, bool by_days, double lag, int sign,
                           hr_cursor_copy *out, hr_error *err)
{
    hr_cursor v = *last;

    switch (last->kind) {
    case HR_CURSOR_REAL:
        v.d -= sign * lag;
        return hr_cursor_keep(out, &v) ? HR_OK : hr_nomem(err);
    case HR_CURSOR_EXACT:
        if (v.scale == 0 && fabs(lag) < 0x1p53 && lag == trunc(lag)) {
            v.n -= (hr_int128)(sign * lag);
        } else { /* as dlt: whole numbers stay whole, cut towards zero */
            v = (hr_cursor){.kind = HR_CURSOR_EXACT,
                            .n = (hr_int128)((double)v.n / pow(10, v.scale) - sign * lag)};
        }
        v.text = (hr_str){0};
        return hr_cursor_keep(out, &v) ? HR_OK : hr_nomem(err);
    case HR_CURSOR_INSTANT:
        return lag_instant(last, lag, sign, by_days, out, err);
    default:
        return hr_fail(
            err, HR_E_CONFIG,
            "lag needs a cursor of numbers, dates or instants, not the text \"" HR_STR_FMT "\"",
            HR_STR_ARG(last->text));
    }
}

hr_status hr_cursor_lag(const hr_cursor *last, const hr_cursor *initial, double lag, int sign,
                        hr_cursor_copy *out, hr_error *err)
{
    const bool by_days = initial->kind == HR_CURSOR_INSTANT ? is_date(initial) : is_date(last);
    int order = 0;

    HR_TRY(move_back(last, by_days, lag, sign, out, err));
    if (initial->kind != HR_CURSOR_NONE && hr_cursor_compare(initial, &out->v, &order) &&
        order * sign >= 0)
        return hr_cursor_keep(out, initial) ? HR_OK : hr_nomem(err);
    return HR_OK;
}
