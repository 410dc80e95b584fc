#include "support/shred.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"

hr_page test_page(hr_str json)
{
    char *data = hr_calloc(1, json.n + HR_PAGE_PADDING);

    if (!data)
        abort();
    if (json.n)
        memcpy(data, json.p, json.n);
    return (hr_page){.data = data, .len = json.n, .last_of_input = true, .line = 1, .input = "in"};
}

void test_shred_init(test_shred *s, const hr_shred_options *options, size_t max_identifier)
{
    const hr_shred_options plain = {.max_nesting = HR_MAX_NESTING};

    *s = (test_shred){0};
    hr_shredder_init(&s->shredder, &(hr_naming){.max_length = max_identifier},
                     options ? options : &plain, NULL);
}

void test_shred_release(test_shred *s)
{
    hr_items_release(&s->items);
    hr_shredder_release(&s->shredder);
}

static hr_status shred(test_shred *s, const hr_page *page)
{
    yyjson_val *item = NULL;

    HR_TRY(hr_items_begin(&s->items, page, &s->err));
    if (!s->root)
        HR_TRY(hr_tables_get(&s->shredder.tables, NULL, HR_STR("t"), &s->root, &s->err));
    for (;;) {
        HR_TRY(hr_items_next(&s->items, &item, &s->err));
        if (!item)
            return HR_OK;
        HR_TRY(hr_shred_item(&s->shredder, s->root, item, &s->err));
    }
}

bool test_shred_add(test_shred *s, hr_str json)
{
    hr_page page = test_page(json);

    hr_tables_begin_page(&s->shredder.tables, 0);
    s->status = shred(s, &page);
    hr_free(page.data);
    return s->status == HR_OK;
}

/* ---- columns ---- */

static void column(const hr_column_spec *c, hr_buf *out)
{
    hr_buf_add(out, c->name);
    hr_buf_addf(out, " %s", hr_type_name(c->type));
    if (c->has_precision || c->has_scale)
        hr_buf_addf(out, "(%d,%d)", c->precision, c->scale);
    hr_buf_addz(out, c->not_null ? "!" : "");
    hr_buf_addz(out, c->variant ? "~" : "");
}

static void table_columns(const hr_changes *delta, const hr_change *table, hr_buf *out)
{
    const char *comma = "";

    hr_buf_add(out, table->table);
    if (table->parent.p)
        hr_buf_addf(out, " < " HR_STR_FMT, HR_STR_ARG(table->parent));
    hr_buf_addc(out, '(');
    for (size_t i = 0; i < delta->n; i++) {
        const hr_change *c = &delta->items[i];

        if (c->kind != HR_CHANGE_COLUMN || !hr_str_eq(c->table, table->table))
            continue;
        hr_buf_addz(out, comma);
        column(&c->column, out);
        comma = ", ";
    }
    hr_buf_addz(out, ")\n");
}

void test_shred_columns(const test_shred *s, hr_buf *out)
{
    const hr_changes *delta = &s->shredder.tables.delta;

    for (size_t i = 0; i < delta->n; i++) {
        if (delta->items[i].kind == HR_CHANGE_TABLE)
            table_columns(delta, &delta->items[i], out);
    }
}

/* ---- rows ---- */

static void text_value(hr_str text, char quote, hr_buf *out)
{
    hr_buf_addc(out, quote);
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < 0x20)
            hr_buf_addf(out, "\\%02x", (unsigned)text.p[i]);
        else
            hr_buf_addc(out, text.p[i]);
    }
    hr_buf_addc(out, quote);
}

static void value(const hr_ncolumn *c, int64_t row, hr_buf *out)
{
    const hr_builder *b = &c->builder;
    const uint8_t *at = b->values + row * b->width;
    int64_t i = 0;
    double d = 0;
    hr_int128 dec = 0;

    switch (b->type) {
    case HR_TYPE_DOUBLE:
        memcpy(&d, at, sizeof(d));
        hr_text_of_double(d, out);
        break;
    case HR_TYPE_BOOL:
        hr_buf_addz(out, b->values[row >> 3] >> (row & 7) & 1 ? "true" : "false");
        break;
    case HR_TYPE_DECIMAL:
    case HR_TYPE_WEI:
        memcpy(&dec, at, sizeof(dec));
        hr_text_of_decimal(dec, c->spec.scale, out);
        break;
    case HR_TYPE_TEXT:
    case HR_TYPE_JSON:
        text_value((hr_str){(const char *)b->values + b->offsets[row],
                            (size_t)(b->offsets[row + 1] - b->offsets[row])},
                   b->type == HR_TYPE_TEXT ? '\'' : '`', out);
        break;
    default:
        memcpy(&i, at, sizeof(i));
        hr_buf_addf(out, b->type == HR_TYPE_TIMESTAMP ? "@%" PRId64 : "%" PRId64, i);
        break;
    }
}

static bool is_valid(const hr_builder *b, int64_t row)
{
    return row < b->n && b->validity[row >> 3] >> (row & 7) & 1;
}

static void table_row(const hr_ntable *t, int64_t row, hr_buf *out)
{
    hr_buf_add(out, t->name);
    if (t->parent)
        hr_buf_addf(out, "%s%s %" PRId64 ".%" PRId64, t->via && t->via[row] ? " /" : "",
                    t->via && t->via[row] ? hr_table_parent(t, t->via[row])->name.p : "",
                    t->parent_row[row], t->list_idx[row]);
    hr_buf_addc(out, ':');
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!is_valid(&t->columns[i]->builder, row))
            continue;
        hr_buf_addf(out, " " HR_STR_FMT "=", HR_STR_ARG(t->columns[i]->spec.name));
        value(t->columns[i], row, out);
    }
    hr_buf_addc(out, '\n');
}

void test_shred_rows(const test_shred *s, hr_buf *out)
{
    if (s->status != HR_OK) {
        hr_buf_addf(out, "error: %s\n", s->err.msg);
        return;
    }
    for (size_t i = 0; i < s->shredder.tables.n; i++) {
        const hr_ntable *t = s->shredder.tables.items[i];

        for (int64_t row = 0; row < t->n_rows; row++)
            table_row(t, row, out);
    }
}

void test_shred_tally(const test_shred *s, hr_buf *out)
{
    const hr_tally *t = &s->shredder.tally;
    const uint64_t system = t->discarded[HR_DISCARD_SYSTEM_KEY];
    const uint64_t duplicate = t->discarded[HR_DISCARD_DUPLICATE_KEY];

    if (system || duplicate)
        hr_buf_addf(out, "values %" PRIu64 " discarded %" PRIu64 " system %" PRIu64 " duplicate\n",
                    t->values, system, duplicate);
}
