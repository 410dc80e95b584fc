/* Any bytes as pages of JSON, under several options. Whatever they hold: every value is in a
 * column or counted as discarded, no column has more rows than its table, and a page taken back
 * leaves things as they were, so that going through it again gives the same. A 0xff byte, which
 * no JSON has, ends the first page. */
#include <stdlib.h>

#include "base/mem.h"
#include "headrace/headrace.h"
#include "normalize/items.h"
#include "normalize/shredder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

typedef struct run {
    hr_shredder shredder;
    hr_items items;
    hr_ntable *root;
} run;

static hr_status shred(run *r, const hr_page *page, hr_error *err)
{
    yyjson_val *item = NULL;

    HR_TRY(hr_items_begin(&r->items, page, err));
    HR_TRY(hr_tables_get(&r->shredder.tables, NULL, HR_STR("t"), &r->root, err));
    for (;;) {
        HR_TRY(hr_items_next(&r->items, &item, err));
        if (!item)
            return HR_OK;
        HR_TRY(hr_shred_item(&r->shredder, r->root, item, err));
    }
}

/* What the rows amount to. */
typedef struct census {
    uint64_t rows, values, columns, changes;
} census;

static census count(const run *r)
{
    const hr_tables *ts = &r->shredder.tables;
    census c = {.changes = ts->delta.n};

    for (size_t i = 0; i < ts->n; i++) {
        const hr_ntable *t = ts->items[i];

        c.rows += (uint64_t)t->n_rows;
        c.columns += t->n_columns;
        check(t->known || t->n_rows == 0);
        for (int64_t row = 0; t->parent && row < t->n_rows; row++)
            check(t->parent_row[row] >= 0 &&
                  t->parent_row[row] < hr_table_parent(t, t->via ? t->via[row] : 0)->n_rows);
        for (size_t k = 0; k < t->n_columns; k++) {
            const hr_builder *b = &t->columns[k]->builder;

            check(b->n <= t->n_rows && b->n_valid <= b->n && b->type == t->columns[k]->spec.type);
            c.values += (uint64_t)b->n_valid;
        }
    }
    return c;
}

static bool same(const census *a, const census *b)
{
    return a->rows == b->rows && a->values == b->values && a->columns == b->columns &&
           a->changes == b->changes;
}

static void pad_all(const run *r)
{
    for (size_t i = 0; i < r->shredder.tables.n; i++) {
        const hr_ntable *t = r->shredder.tables.items[i];

        for (size_t k = 0; k < t->n_columns; k++)
            check(hr_builder_pad(&t->columns[k]->builder, t->n_rows));
    }
}

/* The page, taken back, and again. True: it is kept. */
static bool work_page(run *r, hr_str text)
{
    const census before = count(r);
    census first = {0};
    hr_page page = {.data = hr_calloc(1, text.n + HR_PAGE_PADDING),
                    .len = text.n,
                    .last_of_input = true,
                    .line = 1,
                    .input = "in"};
    bool ok = false;

    check(page.data != NULL);
    if (text.n)
        memcpy(page.data, text.p, text.n);
    for (int round = 0; round < 2; round++) {
        hr_error err = {0};

        hr_tables_begin_page(&r->shredder.tables, 0);
        r->shredder.tally = (hr_tally){0};
        ok = shred(r, &page, &err) == HR_OK;
        check(ok || (err.status != HR_E_NOMEM && err.msg[0]));
        const census c = count(r);
        const hr_tally *tally = &r->shredder.tally;
        if (ok)
            check(tally->values == c.values - before.values +
                                       tally->discarded[HR_DISCARD_SYSTEM_KEY] +
                                       tally->discarded[HR_DISCARD_DUPLICATE_KEY]);
        check(round == 0 || same(&c, &first));
        first = c;
        if (round == 0 || !ok) {
            hr_tables_roll_back(&r->shredder.tables);
            const census after = count(r);
            check(same(&after, &before));
        }
    }
    hr_free(page.data);
    return ok;
}

static void run_with(const hr_shred_options *options, const hr_str *pages, size_t n)
{
    run r = {0};

    hr_shredder_init(&r.shredder, &(hr_naming){.max_length = 40}, options, NULL);
    for (size_t i = 0; i < n && work_page(&r, pages[i]); i++) {
        hr_tables_keep(&r.shredder.tables);
        if (options->widen || i % 2) { /* as the worker does: flush */
            pad_all(&r);
            hr_tables_clear_rows(&r.shredder.tables);
        }
    }
    hr_items_release(&r.items);
    hr_shredder_release(&r.shredder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hr_shred_options options[] = {
        {.max_nesting = HR_MAX_NESTING},
        {.max_nesting = 2, .last_wins = true},
        {.max_nesting = 3, .widen = true},
    };
    const hr_str text = {(const char *)data, size};
    const char *cut = size ? memchr(text.p, 0xff, size) : NULL;
    const size_t first = cut ? (size_t)(cut - text.p) : size;
    const hr_str rest = {text.p + first + (cut ? 1 : 0), cut ? size - first - 1 : 0};
    const hr_str pages[] = {{text.p, first}, rest, {text.p, first}};

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        run_with(&options[i], pages, sizeof(pages) / sizeof(pages[0]));
    return 0;
}
