#include "support/package_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "value/convert.h"

typedef struct rows {
    hr_arena arena;
    hr_map names; /* of rows, by their ids */
    char **lines;
    size_t n, cap;
    hr_buf line;
} rows;

/* ---- values ---- */

static void bytes_value(hr_str text, hr_buf *out)
{
    hr_buf_addc(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < 0x20)
            hr_buf_addf(out, "\\%02x", (unsigned)text.p[i]);
        else
            hr_buf_addc(out, text.p[i]);
    }
    hr_buf_addc(out, '\'');
}

static hr_str bytes_at(const struct ArrowArray *a, int64_t row)
{
    const int32_t *offsets = a->buffers[1];

    return (hr_str){(const char *)a->buffers[2] + offsets[row],
                    (size_t)(offsets[row + 1] - offsets[row])};
}

static void fixed_value(const char *format, const unsigned char *data, int64_t row, hr_buf *out)
{
    int64_t i = 0;
    int32_t day = 0;
    double d = 0;
    hr_int128 dec = 0;

    if (format[0] == 'b') {
        hr_buf_addz(out, data[row >> 3] >> (row & 7) & 1 ? "true" : "false");
    } else if (format[0] == 'g') {
        memcpy(&d, data + row * 8, sizeof(d));
        hr_text_of_double(d, out);
    } else if (format[0] == 'd') {
        memcpy(&dec, data + row * 16, sizeof(dec));
        hr_text_of_decimal(dec, (int)strtol(strchr(format, ',') + 1, NULL, 10), out);
    } else if (strcmp(format, "tdD") == 0) {
        memcpy(&day, data + row * 4, sizeof(day));
        hr_buf_addf(out, "day %" PRId32, day);
    } else {
        memcpy(&i, data + row * 8, sizeof(i));
        hr_buf_addf(out, "%s%" PRId64, format[0] == 't' ? "@" : "", i);
    }
}

bool test_arrow_value(const struct ArrowSchema *field, const struct ArrowArray *column, int64_t row,
                      hr_buf *out)
{
    const uint8_t *validity = column->buffers[0];

    if (column->null_count == column->length ||
        (validity && !(validity[row >> 3] >> (row & 7) & 1)))
        return false;
    if (field->format[0] == 'u' || field->format[0] == 'z')
        bytes_value(bytes_at(column, row), out);
    else
        fixed_value(field->format, column->buffers[1], row, out);
    return true;
}

/* ---- rows ---- */

static int column_named(const struct ArrowSchema *s, const char *name)
{
    for (int64_t i = 0; i < s->n_children; i++) {
        if (strcmp(s->children[i]->name, name) == 0)
            return (int)i;
    }
    return -1;
}

static void add_name(rows *r, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t row)
{
    const int parent = column_named(s, "_dlt_parent_id");
    const int key = column_named(s, parent < 0 ? "id" : "_dlt_list_idx");

    if (parent >= 0) {
        const char *above = hr_map_get(&r->names, bytes_at(a->children[parent], row));

        hr_buf_addf(&r->line, "%s/", above ? above : "NO SUCH PARENT");
    }
    if (key >= 0)
        (void)test_arrow_value(s->children[key], a->children[key], row, &r->line);
}

/* Remembers the row's name under its id. */
static void note_id(rows *r, const struct ArrowSchema *s, const struct ArrowArray *a, int64_t row,
                    hr_str name)
{
    const int at = column_named(s, "_dlt_id");

    if (at < 0)
        return;
    const hr_str id = hr_arena_str(&r->arena, bytes_at(a->children[at], row));
    if (id.n != 14 || hr_map_get(&r->names, id))
        hr_buf_addf(&r->line, " BAD OR REPEATED ID " HR_STR_FMT, HR_STR_ARG(id));
    else if (!hr_map_put(&r->names, id, (void *)(uintptr_t)hr_arena_strndup(&r->arena, name)))
        abort();
}

static void add_row(rows *r, const char *table, const struct ArrowSchema *s,
                    const struct ArrowArray *a, int64_t row)
{
    hr_buf_reset(&r->line);
    hr_buf_addf(&r->line, "%s ", table);
    const size_t start = r->line.len;
    add_name(r, s, a, row);
    const hr_str name =
        hr_arena_str(&r->arena, (hr_str){r->line.data + start, r->line.len - start});
    hr_buf_addc(&r->line, ':');
    note_id(r, s, a, row, name);
    for (int64_t i = 0; i < s->n_children; i++) {
        const size_t before = r->line.len;

        if (strncmp(s->children[i]->name, "_dlt_", 5) == 0)
            continue;
        hr_buf_addf(&r->line, " %s=", s->children[i]->name);
        if (!test_arrow_value(s->children[i], a->children[i], row, &r->line))
            r->line.len = before;
    }
    hr_buf_addc(&r->line, '\n');
    char *line = hr_strndup(hr_buf_str(&r->line));
    if (!line || !HR_PUSH(r->lines, r->n, r->cap, line))
        abort();
}

static hr_status add_batches(rows *r, const char *table, const hr_batches *batches, hr_error *err)
{
    for (;;) {
        struct ArrowArray a = {0};

        HR_TRY(batches->next(batches->self, &a, err));
        if (!a.release)
            return HR_OK;
        if (a.n_children != batches->schema->n_children || a.offset != 0)
            return hr_fail(err, HR_E_USAGE, "a batch is not of the schema");
        for (int64_t row = 0; row < a.length; row++)
            add_row(r, table, batches->schema, &a, row);
        a.release(&a);
    }
}

static hr_status add_table(rows *r, const hr_package *p, const hr_table *t, hr_error *err)
{
    hr_package_reader *reader = NULL;

    if (!hr_package_rows(p, hr_str_from(t->name)))
        return HR_OK;
    HR_TRY(hr_package_reader_new(&reader, p, t, err));
    const hr_status st = add_batches(r, t->name, hr_package_reader_batches(reader), err);
    hr_package_reader_free(reader);
    return st;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

hr_status test_package_rows(const hr_package *p, const hr_schema *schema, hr_buf *out,
                            hr_error *err)
{
    rows r = {0};
    hr_status st = HR_OK;

    for (size_t i = 0; i < schema->n_tables && st == HR_OK; i++)
        st = add_table(&r, p, schema->tables[i], err);
    if (r.n)
        qsort(r.lines, r.n, sizeof(*r.lines), by_text);
    for (size_t i = 0; i < r.n; i++) {
        hr_buf_addz(out, r.lines[i]);
        hr_free(r.lines[i]);
    }
    hr_free(r.lines);
    hr_buf_release(&r.line);
    hr_map_release(&r.names);
    hr_arena_release(&r.arena);
    return st;
}
