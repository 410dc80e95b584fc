#include "value/iso_time.h"

#include "base/time.h"

static const int64_t second_us = 1000000;
static const int64_t day_us = INT64_C(86400) * 1000000;
static const int32_t first_day = -719162; /* 0001-01-01 */
static const int32_t last_day = 2932896;  /* 9999-12-31 */

/* ---- the calendar ---- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const signed char days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == 2 && is_leap(year));
}

static bool date_exists(int year, int month, int day)
{
    return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/* Days since 1970-01-01 of a date that exists. Years are counted from March on, so that the
 * leap day is the last of its year and months before it have a fixed length. */
static int32_t days_of_date(int year, int month, int day)
{
    const int y = year - (month <= 2);
    const int month_from_march = month + (month > 2 ? -3 : 9);
    const int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

/* Monday is 0. The day may be before the epoch. */
static int weekday(int32_t days)
{
    return (days - first_day) % 7; /* 0001-01-01 was a Monday */
}

/* ---- what was read, and what it means ---- */

typedef struct fields {
    int hour, minute, second, micros;
    int offset;   /* in minutes */
    int32_t days; /* since 1970-01-01 */
    bool has_date, has_time, has_zone;
    bool extended; /* the date has dashes, or there is none and the time has a colon */
} fields;

bool hr_iso_in_range(int64_t micros)
{
    return micros >= first_day * day_us && micros < (last_day + INT64_C(1)) * day_us;
}

static hr_iso_kind finish(const fields *f, hr_iso *out)
{
    if (f->hour > 23 || f->minute > 59 || f->second > 59)
        return HR_ISO_NONE;
    if (f->offset <= -24 * 60 || f->offset >= 24 * 60)
        return HR_ISO_NONE;

    int64_t micros =
        ((f->hour * 60 + f->minute - f->offset) * INT64_C(60) + f->second) * second_us + f->micros;
    if (!f->has_date) {
        micros = (micros + day_us) % day_us;
        *out = (hr_iso){.micros = micros, .has_zone = f->has_zone};
        return HR_ISO_TIME;
    }
    if (!f->has_time) {
        *out = (hr_iso){.days = f->days};
        return HR_ISO_DATE;
    }
    micros += f->days * day_us;
    if (!hr_iso_in_range(micros))
        return HR_ISO_NONE;
    *out = (hr_iso){
        .micros = micros, .days = (int32_t)hr_floor_div(micros, day_us), .has_zone = f->has_zone};
    return HR_ISO_DATETIME;
}

/* ---- reading ---- */

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool at_end(const cursor *c)
{
    return c->p == c->end;
}

/* The next character; 0 at the end (and for a NUL, which nothing asks for). */
static char peek(const cursor *c)
{
    return at_end(c) ? '\0' : *c->p;
}

static bool skip(cursor *c, char want)
{
    if (peek(c) != want || at_end(c))
        return false;
    c->p++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly `n` digits. */
static bool read_digits(cursor *c, int n, int *out)
{
    int v = 0;

    for (; n > 0; n--) {
        if (!is_digit(peek(c)))
            return false;
        v = v * 10 + (*c->p++ - '0');
    }
    *out = v;
    return true;
}

/* The digits of a fraction as microseconds; those after the sixth are dropped. */
static bool read_fraction(cursor *c, int *micros, int *n_digits)
{
    int v = 0;
    int n = 0;

    for (; is_digit(peek(c)); n++, c->p++) {
        if (n < 6)
            v = v * 10 + (*c->p - '0');
        else if (n == 1000000) /* the count must not overflow; its size does not matter */
            n--;
    }
    for (int i = n; i < 6; i++)
        v *= 10;
    *micros = v;
    *n_digits = n;
    return n > 0;
}

/* ---- parser A ---- */

static bool ends_date(const cursor *c)
{
    return at_end(c) || peek(c) == ' ' || peek(c) == 'T';
}

static bool set_date(fields *f, int year, int month, int day)
{
    if (!date_exists(year, month, day))
        return false;
    f->days = days_of_date(year, month, day);
    return true;
}

static bool set_ordinal(fields *f, int year, int ordinal)
{
    if (year < 1 || ordinal < 1 || ordinal > 365 + is_leap(year))
        return false;
    f->days = days_of_date(year, 1, 1) + ordinal - 1;
    return true;
}

/* Week 0 and day 0 are the ones before 1, as in dlt. */
static bool set_week(fields *f, int year, int week, int day)
{
    if (year < 1 || week > 53 || day > 7)
        return false;

    const int32_t jan_4 = days_of_date(year, 1, 4); /* always in week 1 */
    const int32_t monday = jan_4 - weekday(jan_4);
    const int first = weekday(days_of_date(year, 1, 1)); /* a year of 53 weeks has 53 Thursdays */
    if (week == 53 && first != 3 && !(first == 2 && is_leap(year)))
        return false;
    f->days = monday + (week - 1) * 7 + day - 1;
    return f->days >= first_day && f->days <= last_day;
}

/* Behind "Www", with or without dashes. */
static bool read_week(cursor *c, int year, fields *f)
{
    int week, day = 1;

    c->p++;
    if (!read_digits(c, 2, &week))
        return false;
    if (!ends_date(c)) {
        if (f->extended && !skip(c, '-'))
            return false;
        if (!read_digits(c, 1, &day))
            return false;
    }
    return set_week(f, year, week, day);
}

/* Behind "YYYY-": MM, MM-DD, DDD or a week. */
static bool read_extended_date(cursor *c, int year, fields *f)
{
    int month, last;

    f->extended = true;
    if (peek(c) == 'W')
        return read_week(c, year, f);
    if (!read_digits(c, 2, &month))
        return false;
    if (ends_date(c))
        return set_date(f, year, month, 1);
    if (skip(c, '-'))
        return read_digits(c, 2, &last) && set_date(f, year, month, last);
    return read_digits(c, 1, &last) && set_ordinal(f, year, month * 10 + last);
}

/* Behind "YYYY": MMDD, DDD or a week. */
static bool read_basic_date(cursor *c, int year, fields *f)
{
    int month, tens, ones;

    if (peek(c) == 'W')
        return read_week(c, year, f);
    if (!read_digits(c, 2, &month) || !read_digits(c, 1, &tens))
        return false;
    if (ends_date(c))
        return set_ordinal(f, year, month * 10 + tens);
    return read_digits(c, 1, &ones) && set_date(f, year, month, tens * 10 + ones);
}

static bool ends_time(const cursor *c)
{
    return at_end(c) || peek(c) == 'Z' || peek(c) == '+' || peek(c) == '-';
}

static bool read_seconds(cursor *c, fields *f)
{
    int n_digits;

    if (!read_digits(c, 2, &f->second))
        return false;
    if (peek(c) != '.' && peek(c) != ',')
        return true;
    c->p++;
    return read_fraction(c, &f->micros, &n_digits);
}

/* Behind the hour. */
static bool read_minutes(cursor *c, fields *f)
{
    if (ends_time(c))
        return true;
    if (skip(c, ':')) {
        if (!read_digits(c, 2, &f->minute))
            return false;
        return ends_time(c) || (skip(c, ':') && read_seconds(c, f) && f->extended);
    }
    if (f->extended || !read_digits(c, 2, &f->minute))
        return false;
    return ends_time(c) || read_seconds(c, f);
}

static bool read_zone(cursor *c, fields *f)
{
    int hours, minutes = 0;

    if (at_end(c))
        return true;
    f->has_zone = true;
    if (skip(c, 'Z'))
        return true;

    const bool west = peek(c) == '-';
    if (!skip(c, '+') && !skip(c, '-'))
        return false;
    if (!read_digits(c, 2, &hours))
        return false;
    (void)skip(c, ':');
    if (!at_end(c) && !read_digits(c, 2, &minutes))
        return false;
    f->offset = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

static bool read_time(cursor *c, fields *f)
{
    f->has_time = true;
    return read_minutes(c, f) && read_zone(c, f) && at_end(c);
}

static bool read_strict(cursor c, fields *f)
{
    int century, year;

    if (skip(&c, 'T'))
        return read_digits(&c, 2, &f->hour) && read_time(&c, f);
    if (!read_digits(&c, 2, &century))
        return false;
    if (peek(&c) == ':') {
        f->hour = century;
        f->extended = true;
        return read_time(&c, f);
    }
    if (!read_digits(&c, 2, &year))
        return false;
    year += century * 100;
    f->has_date = true;
    if (!(skip(&c, '-') ? read_extended_date(&c, year, f) : read_basic_date(&c, year, f)))
        return false;
    if (at_end(&c))
        return true;
    return (skip(&c, 'T') || skip(&c, ' ')) && read_digits(&c, 2, &f->hour) && read_time(&c, f);
}

/* ---- parser B ---- */

/* One or two digits. */
static bool read_short(cursor *c, int *out)
{
    int next;

    if (!read_digits(c, 1, out))
        return false;
    if (is_digit(peek(c)) && read_digits(c, 1, &next))
        *out = *out * 10 + next;
    return true;
}

static bool read_lenient_time(cursor c, fields *f)
{
    int n_digits;

    f->has_time = true;
    (void)skip(&c, ' ');
    if (!read_short(&c, &f->hour) || !skip(&c, ':') || !read_short(&c, &f->minute))
        return false;
    if (skip(&c, ':') && !read_short(&c, &f->second))
        return false;
    if (skip(&c, '.') || skip(&c, ',') || skip(&c, '|')) {
        if (!read_fraction(&c, &f->micros, &n_digits) || n_digits > 9)
            return false;
    }
    return at_end(&c);
}

static void skip_separator(cursor *c)
{
    if (!skip(c, '/'))
        (void)skip(c, ':');
}

static bool read_month_and_day(cursor *c, int *month, int *day)
{
    cursor rest = *c;

    skip_separator(&rest);
    if (!read_digits(&rest, 2, month))
        return false;
    skip_separator(&rest);
    if (!read_digits(&rest, 2, day))
        return false;
    *c = rest;
    return true;
}

/* dlt matches a regular expression: a date as long as possible, and less of it when the rest
 * is no time then ("202401:30:15" is half past one in 2024). */
static bool read_lenient(cursor c, fields *f)
{
    const cursor start = c;
    int year, month, day;

    if (read_digits(&c, 4, &year)) {
        cursor behind = c;

        if (read_month_and_day(&behind, &month, &day)) {
            *f = (fields){.has_date = true};
            if (at_end(&behind) || read_lenient_time(behind, f))
                return set_date(f, year, month, day);
        }
        *f = (fields){.has_date = true};
        if (at_end(&c) || read_lenient_time(c, f))
            return set_date(f, year, 1, 1);
    }
    *f = (fields){0};
    return read_lenient_time(start, f);
}

/* ---- the usual shape ---- */

/* "ab?cd?ef" of digits with `sep` between them, to three numbers. Eight characters at a time. */
static bool read_triple(const char *p, char sep, int out[3])
{
    const uint64_t nibbles = UINT64_C(0xF0F0F0F0F0F0F0F0);
    const uint64_t separators = UINT64_C(0x0000FF0000FF0000);
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    const uint64_t want = (unsigned char)sep * UINT64_C(0x0000010000010000);
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    if ((v & separators) != want)
        return false;
    v = (v & ~separators) | (zeros & separators);
    if ((v & nibbles) != zeros || ((v + UINT64_C(0x0606060606060606)) & nibbles) != zeros)
        return false;
    v &= ~nibbles;
    v = v * 10 + (v >> 8); /* byte i: ten times digit i plus digit i + 1 */
    out[0] = (int)(v & 0xFF);
    out[1] = (int)(v >> 24 & 0xFF);
    out[2] = (int)(v >> 48 & 0xFF);
    return true;
}

/* "YYYY-MM-DDThh:mm:ss" and what may follow. False: look closer. */
static bool read_usual(hr_str s, fields *f)
{
    enum { SECONDS_END = 19 };
    int date[3], time[3];

    if (s.n < SECONDS_END || !is_digit(s.p[0]) || !is_digit(s.p[1]) ||
        (s.p[10] != 'T' && s.p[10] != ' '))
        return false;
    if (!read_triple(s.p + 2, '-', date) || !read_triple(s.p + 11, ':', time))
        return false;

    const int year = (s.p[0] - '0') * 1000 + (s.p[1] - '0') * 100 + date[0];
    if (!set_date(f, year, date[1], date[2]))
        return false;
    f->hour = time[0];
    f->minute = time[1];
    f->second = time[2];
    f->has_date = f->has_time = true;

    cursor c = {s.p + SECONDS_END, s.p + s.n};
    int n_digits;
    if (peek(&c) == '.' || peek(&c) == ',') {
        c.p++;
        if (!read_fraction(&c, &f->micros, &n_digits))
            return false;
    }
    return read_zone(&c, f) && at_end(&c);
}

hr_iso_kind hr_iso_parse(hr_str s, hr_iso *out)
{
    hr_iso_kind kind = HR_ISO_NONE;
    fields f = {0};

    if (s.n == 0)
        return HR_ISO_NONE;

    const cursor c = {s.p, s.p + s.n};
    if (read_usual(s, &f))
        return finish(&f, out);
    f = (fields){0};
    if (read_strict(c, &f))
        kind = finish(&f, out);
    if (kind == HR_ISO_NONE && read_lenient(c, &f))
        kind = finish(&f, out);
    return kind;
}
