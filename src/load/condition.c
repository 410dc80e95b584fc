/* Which rows are meant: keys, and the scope and filter of the user. */
#include <string.h>

#include "load/chain.h"

static hr_status has_null_keys(hr_chain *c, hr_column_test key, bool *out, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    hr_buf condition = {0};

    *out = false;
    for (size_t i = 0; i < root->table->n_columns; i++) {
        const hr_column *column = root->table->columns[i];

        if (!key(column) || !column->nullable || column->type == HR_TYPE_NONE)
            continue;
        hr_buf_addz(&condition, condition.len ? " OR " : "");
        hr_sql_identifier(&condition, hr_str_from(column->name));
        hr_buf_addz(&condition, " IS NULL");
    }
    if (!condition.len) {
        hr_buf_release(&condition);
        return HR_OK;
    }
    const char *const where = hr_chain_kept(c, &condition);
    return hr_chain_ask(c, out, err, "SELECT 1 FROM %s WHERE %s", root->stage, where);
}

hr_status hr_chain_same_key(hr_chain *c, hr_column_test key, const char **out, hr_error *err)
{
    static const char *const plain[] = {"", " = ", ""};
    const hr_table *const root = c->tables[0].table;
    bool nulls = false;
    hr_buf text = {0};

    HR_TRY(has_null_keys(c, key, &nulls, err));
    for (size_t i = 0; i < root->n_columns; i++) {
        const hr_column *column = root->columns[i];
        const char *const *const equal =
            nulls && column->nullable ? c->d->ops->dialect->equal : plain;

        if (!key(column) || column->type == HR_TYPE_NONE)
            continue;
        hr_buf_addf(&text, "%s%sd.", text.len ? " AND " : "", equal[0]);
        hr_sql_identifier(&text, hr_str_from(column->name));
        hr_buf_addf(&text, "%ss.", equal[1]);
        hr_sql_identifier(&text, hr_str_from(column->name));
        hr_buf_addz(&text, equal[2]);
    }
    *out = hr_chain_kept(c, &text);
    return HR_OK;
}

/* As Python's str.format: {{ and }} are braces, {table} and {staging_table} are the two. */
static const char *expand(hr_chain *c, const char *text)
{
    const struct {
        hr_str name;
        const char *value;
    } words[] = {
        {HR_STR("{{"), "{"},
        {HR_STR("}}"), "}"},
        {HR_STR("{table}"), c->tables[0].target},
        {HR_STR("{staging_table}"), c->tables[0].stage},
    };
    hr_buf out = {0};

    while (*text) {
        size_t i = 0;

        while (i < sizeof(words) / sizeof(words[0]) &&
               strncmp(text, words[i].name.p, words[i].name.n) != 0)
            i++;
        if (i < sizeof(words) / sizeof(words[0])) {
            hr_buf_addz(&out, words[i].value);
            text += words[i].name.n;
        } else {
            hr_buf_addc(&out, *text++);
        }
    }
    return hr_chain_kept(c, &out);
}

const char *hr_chain_scope(hr_chain *c)
{
    const char *const scope = c->tables[0].table->merge_destination_scope;

    return scope ? expand(c, scope) : NULL;
}

hr_status hr_chain_take_out(hr_chain *c, const char *condition, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    bool any = false;

    HR_TRY(hr_chain_ask(c, &any, err, "SELECT 1 FROM %s AS s WHERE %s", root->stage, condition));
    if (!any)
        return HR_OK;
    HR_TRY(hr_chain_run(c, err, "DELETE FROM %s AS s WHERE %s", root->stage, condition));
    for (size_t i = 1; i < c->n; i++) {
        const hr_chain_table *const t = &c->tables[i];

        if (t->stage)
            HR_TRY(hr_chain_run(c, err,
                                "DELETE FROM %s AS s WHERE NOT EXISTS (SELECT 1 FROM %s AS r WHERE "
                                "r." HR_ROW_ORDER " = s." HR_ROW_ORDER ")",
                                t->stage, root->stage));
    }
    return HR_OK;
}

hr_status hr_chain_filter(hr_chain *c, hr_error *err)
{
    const char *const filter = c->tables[0].table->merge_source_filter;

    if (!filter)
        return HR_OK;
    return hr_chain_take_out(c, hr_chain_say(c, "(%s) IS NOT TRUE", expand(c, filter)), err);
}
