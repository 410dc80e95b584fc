#include "cli/cell_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- Format strings ---- */

typedef struct type_format {
    const char *text; /* whole, or the start of it when it ends in ':' */
    type_id id;
    unsigned char width;
    int64_t per_second;
    cli_look look;
} type_format;

#define MILLI 1000
#define MICRO 1000000
#define NANO 1000000000

static const type_format formats[] = {
    {"n", TYPE_NULL, 0, 0, LOOK_TEXT},
    {"b", TYPE_BOOL, 0, 0, LOOK_TEXT},
    {"c", TYPE_INT, 1, 0, LOOK_TEXT},
    {"C", TYPE_UINT, 1, 0, LOOK_TEXT},
    {"s", TYPE_INT, 2, 0, LOOK_TEXT},
    {"S", TYPE_UINT, 2, 0, LOOK_TEXT},
    {"i", TYPE_INT, 4, 0, LOOK_TEXT},
    {"I", TYPE_UINT, 4, 0, LOOK_TEXT},
    {"l", TYPE_INT, 8, 0, LOOK_TEXT},
    {"L", TYPE_UINT, 8, 0, LOOK_TEXT},
    {"f", TYPE_FLOAT, 4, 0, LOOK_TEXT},
    {"g", TYPE_FLOAT, 8, 0, LOOK_TEXT},
    {"d:", TYPE_DECIMAL, 16, 0, LOOK_TEXT},
    {"u", TYPE_TEXT, 4, 0, LOOK_TEXT},
    {"U", TYPE_TEXT, 8, 0, LOOK_TEXT},
    {"vu", TYPE_TEXT_VIEW, 16, 0, LOOK_TEXT},
    {"z", TYPE_TEXT, 4, 0, LOOK_HEX},
    {"Z", TYPE_TEXT, 8, 0, LOOK_HEX},
    {"vz", TYPE_TEXT_VIEW, 16, 0, LOOK_HEX},
    {"w:", TYPE_TEXT_FIXED, 0, 0, LOOK_HEX},
    {"tdD", TYPE_DATE, 4, 1, LOOK_TEXT},
    {"tdm", TYPE_DATE, 8, (int64_t)86400 * MILLI, LOOK_TEXT},
    {"tts", TYPE_TIME, 4, 1, LOOK_TEXT},
    {"ttm", TYPE_TIME, 4, MILLI, LOOK_TEXT},
    {"ttu", TYPE_TIME, 8, MICRO, LOOK_TEXT},
    {"ttn", TYPE_TIME, 8, NANO, LOOK_TEXT},
    {"tss:", TYPE_TIMESTAMP, 8, 1, LOOK_TEXT},
    {"tsm:", TYPE_TIMESTAMP, 8, MILLI, LOOK_TEXT},
    {"tsu:", TYPE_TIMESTAMP, 8, MICRO, LOOK_TEXT},
    {"tsn:", TYPE_TIMESTAMP, 8, NANO, LOOK_TEXT},
    {"tDs", TYPE_DURATION, 8, 1, LOOK_TEXT},
    {"tDm", TYPE_DURATION, 8, MILLI, LOOK_TEXT},
    {"tDu", TYPE_DURATION, 8, MICRO, LOOK_TEXT},
    {"tDn", TYPE_DURATION, 8, NANO, LOOK_TEXT},
    {"tiM", TYPE_INTERVAL_MONTHS, 4, 0, LOOK_TEXT},
    {"tiD", TYPE_INTERVAL_DAYS, 8, 0, LOOK_TEXT},
    {"tin", TYPE_INTERVAL_NANOS, 16, 0, LOOK_TEXT},
    {"+l", TYPE_LIST, 4, 0, LOOK_TEXT},
    {"+L", TYPE_LIST, 8, 0, LOOK_TEXT},
    {"+vl", TYPE_LIST_VIEW, 4, 0, LOOK_TEXT},
    {"+vL", TYPE_LIST_VIEW, 8, 0, LOOK_TEXT},
    {"+w:", TYPE_LIST_FIXED, 0, 0, LOOK_TEXT},
    {"+s", TYPE_STRUCT, 0, 0, LOOK_TEXT},
    {"+m", TYPE_MAP, 4, 0, LOOK_TEXT},
    {"+us:", TYPE_UNION_SPARSE, 0, 0, LOOK_TEXT},
    {"+ud:", TYPE_UNION_DENSE, 0, 0, LOOK_TEXT},
};

/* The row for a format string, and what follows its ':' in *rest. */
static const type_format *find_format(const char *text, const char **rest)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const size_t n = strlen(formats[i].text);
        const bool open = formats[i].text[n - 1] == ':';

        if (strncmp(text, formats[i].text, n) == 0 && (open || text[n] == '\0')) {
            *rest = text + n;
            return &formats[i];
        }
    }
    return NULL;
}

/* A number at the front of *at, and the comma behind it. */
static bool next_number(const char **at, long *n)
{
    char *end;

    *n = strtol(*at, &end, 10);
    const bool ok = end != *at && (*end == '\0' || *end == ',');
    *at = *end == ',' ? end + 1 : end;
    return ok;
}

/* "precision,scale" or "precision,scale,bits" */
static bool read_decimal(cli_type *t, const char *rest)
{
    long precision = 0;
    long scale = 0;
    long bits = 128;

    if (!next_number(&rest, &precision) || !next_number(&rest, &scale))
        return false;
    if (*rest && !next_number(&rest, &bits))
        return false;
    if (bits < 8 || bits > 256 || bits % 8 || scale < -100 || scale > 100)
        return false;
    t->width = (size_t)bits / 8;
    t->n_items = scale;
    return true;
}

static bool read_length(const char *rest, int64_t *n)
{
    char *end;
    const long long v = strtoll(rest, &end, 10);

    *n = v;
    return end != rest && *end == '\0' && v >= 0 && v <= INT32_MAX;
}

/* "3,5": the type codes of the children in their order. */
static bool read_union(cli_type *t, const char *rest)
{
    for (unsigned char child = 0; *rest; child++) {
        long code;

        if (!next_number(&rest, &code) || code < 0 || code > 127)
            return false;
        t->union_child[code] = child;
    }
    return true;
}

static bool read_rest(cli_type *t, const char *rest)
{
    int64_t width;

    switch (t->id) {
    case TYPE_DECIMAL:
        return read_decimal(t, rest);
    case TYPE_TEXT_FIXED:
        if (!read_length(rest, &width))
            return false;
        t->width = (size_t)width;
        return true;
    case TYPE_LIST_FIXED:
        return read_length(rest, &t->n_items);
    case TYPE_TIMESTAMP:
        t->zoned = rest[0] != '\0';
        return true;
    case TYPE_UNION_SPARSE:
    case TYPE_UNION_DENSE:
        return read_union(t, rest);
    default:
        return true;
    }
}

/* ---- Extension types: a type in the metadata says more than the format ---- */

static const struct extension {
    const char *name;
    const char *detail; /* stands in the extension's metadata; NULL: anything does */
    type_id storage;
    size_t width; /* of the storage; 0: any */
    type_id id;   /* what it becomes */
    cli_look look;
    bool is_unsigned;
} extensions[] = {
    {"arrow.json", NULL, TYPE_TEXT, 0, TYPE_TEXT, LOOK_JSON, false},
    {"arrow.json", NULL, TYPE_TEXT_VIEW, 0, TYPE_TEXT_VIEW, LOOK_JSON, false},
    {"arrow.uuid", NULL, TYPE_TEXT_FIXED, 16, TYPE_TEXT_FIXED, LOOK_UUID, false},
    {"arrow.bool8", NULL, TYPE_INT, 1, TYPE_BOOL8, LOOK_TEXT, false},
    {"arrow.opaque", "\"hugeint\"", TYPE_TEXT_FIXED, 16, TYPE_DECIMAL, LOOK_TEXT, false},
    {"arrow.opaque", "\"uhugeint\"", TYPE_TEXT_FIXED, 16, TYPE_DECIMAL, LOOK_TEXT, true},
    {"arrow.opaque", "\"bit\"", TYPE_TEXT, 0, TYPE_TEXT, LOOK_BITS, false},
    {"arrow.opaque", "\"time_tz\"", TYPE_TEXT_FIXED, 8, TYPE_TEXT_FIXED, LOOK_CLOCK, false},
};

typedef struct piece {
    const char *p;
    size_t n;
} piece;

static piece next_piece(const char **at)
{
    int32_t n;

    memcpy(&n, *at, sizeof(n));
    const piece text = {.p = *at + sizeof(n), .n = (size_t)n};
    *at += sizeof(n) + text.n;
    return text;
}

/* Metadata is a count, then keys and values, each behind its length. */
static piece find_metadata(const char *metadata, const char *key)
{
    int32_t pairs = 0;

    if (metadata) {
        memcpy(&pairs, metadata, sizeof(pairs));
        metadata += sizeof(pairs);
    }
    for (int32_t i = 0; i < pairs; i++) {
        const piece k = next_piece(&metadata);
        const piece v = next_piece(&metadata);

        if (k.n == strlen(key) && memcmp(k.p, key, k.n) == 0)
            return v;
    }
    return (piece){.p = "", .n = 0};
}

static void apply_extension(cli_type *t, const char *metadata)
{
    const piece name = find_metadata(metadata, "ARROW:extension:name");
    const piece detail = find_metadata(metadata, "ARROW:extension:metadata");

    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        const struct extension *e = &extensions[i];

        if (strlen(e->name) != name.n || memcmp(e->name, name.p, name.n) != 0)
            continue;
        if (e->detail && !memmem(detail.p, detail.n, e->detail, strlen(e->detail)))
            continue;
        if (t->id != e->storage || (e->width && t->width != e->width))
            continue;
        t->id = e->id;
        t->look = e->look;
        t->is_unsigned = e->is_unsigned;
        return;
    }
}

/* ---- Types ---- */

static int64_t children_needed(type_id id)
{
    switch (id) {
    case TYPE_LIST:
    case TYPE_LIST_VIEW:
    case TYPE_LIST_FIXED:
    case TYPE_MAP:
        return 1;
    default:
        return 0;
    }
}

static hr_status add_children(cli_type *t, const struct ArrowSchema *schema, hr_error *err)
{
    t->children = cli_alloc((size_t)schema->n_children, sizeof(*t->children));
    for (int64_t i = 0; i < schema->n_children; i++) {
        HR_TRY(cli_type_new(&t->children[i], schema->children[i], err));
        t->n_children++;
    }
    if (schema->dictionary)
        HR_TRY(cli_type_new(&t->dictionary, schema->dictionary, err));
    return HR_OK;
}

hr_status cli_type_new(cli_type **out, const struct ArrowSchema *schema, hr_error *err)
{
    const char *name = schema->name ? schema->name : "";
    const char *rest = "";
    const type_format *f = find_format(schema->format, &rest);
    cli_type *t = cli_alloc(1, sizeof(*t));
    hr_status st;

    t->name = cli_copy(name, strlen(name));
    if (f) {
        t->id = f->id;
        t->width = f->width;
        t->per_second = f->per_second;
        t->look = f->look;
    }
    if (f && read_rest(t, rest) && schema->n_children >= children_needed(t->id)) {
        apply_extension(t, schema->metadata);
        st = add_children(t, schema, err);
    } else
        st = hr_fail(err, HR_E_UNSUPPORTED,
                     "column %s: values of the Arrow format \"%s\" cannot be shown; cast them to "
                     "text in the query",
                     name, schema->format);
    if (st != HR_OK) {
        cli_type_free(t);
        return st;
    }
    *out = t;
    return HR_OK;
}

void cli_type_free(cli_type *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_children; i++)
        cli_type_free(t->children[i]);
    cli_type_free(t->dictionary);
    free(t->children);
    free(t->name);
    free(t);
}

size_t cli_type_n_children(const cli_type *t)
{
    return t->n_children;
}

const cli_type *cli_type_child(const cli_type *t, size_t i)
{
    return t->children[i];
}

const char *cli_type_name(const cli_type *t)
{
    return t->name;
}

bool cli_type_is_number(const cli_type *t)
{
    return !t->dictionary && (t->id == TYPE_INT || t->id == TYPE_UINT || t->id == TYPE_FLOAT ||
                              t->id == TYPE_DECIMAL);
}
