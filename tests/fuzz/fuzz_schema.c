/* Any bytes as a stored schema: refused, or what is written back is the same schema. */
#include <stdlib.h>

#include "headrace/headrace.h"
#include "schema/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void check_index(const hr_schema *s)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        const hr_table *t = s->tables[i];

        check(hr_schema_table(s, hr_str_from(t->name)) == t);
        check(t->parent.p || (t->write_disposition && t->resource));
        for (size_t c = 0; c < t->n_columns; c++)
            check(hr_table_column(t, hr_str_from(t->columns[c]->name)) == t->columns[c]);
    }
}

/* Adds a table, and completes or widens all columns. */
static void change(hr_schema *s)
{
    const hr_column_spec id = {.name = HR_STR("_dlt_id"), .type = HR_TYPE_TEXT};
    hr_table *t;

    check(hr_schema_add_state_table(s, NULL) == HR_OK);
    if (!hr_schema_table(s, HR_STR("fuzz"))) {
        check(hr_schema_add_table(s, HR_STR("fuzz"), (hr_str){0}, "Fuzz", "append", &t, NULL) ==
              HR_OK);
        check(hr_table_add_column(s, t, &id, NULL, NULL) == HR_OK);
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        t = s->tables[i];
        check(hr_table_set_seen_data(s, t, NULL) == HR_OK);
        for (size_t c = 0; c < t->n_columns; c++)
            check(hr_column_set_type(s, t->columns[c], HR_TYPE_DECIMAL, 20, -1, NULL) == HR_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hr_schema *s, *again, *copy;
    hr_buf out = {0}, back = {0};

    if (hr_schema_parse(&s, (hr_str){(const char *)data, size}, NULL) != HR_OK)
        return 0;
    check_index(s);
    check(hr_schema_copy(&copy, s, NULL) == HR_OK);
    change(s);
    check(hr_schema_bump(s, NULL, NULL) == HR_OK);
    check(hr_schema_write(s, &out, NULL) == HR_OK);
    check(hr_schema_parse(&again, hr_buf_str(&out), NULL) == HR_OK);
    check_index(again);
    check(hr_schema_write(again, &back, NULL) == HR_OK);
    check(hr_str_eq(hr_buf_str(&out), hr_buf_str(&back)));

    hr_buf_release(&out);
    hr_buf_release(&back);
    hr_schema_free(copy);
    hr_schema_free(again);
    hr_schema_free(s);
    return 0;
}
