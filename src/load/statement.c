#include "load/statement.h"

void hr_sql_table(hr_buf *out, const hr_destination *d, const char *name)
{
    hr_buf_addf(out, "%s.", d->qualifier);
    hr_sql_identifier(out, hr_str_from(name));
}

void hr_sql_text(hr_buf *out, const char *text)
{
    if (text)
        hr_sql_literal(out, hr_str_from(text));
    else
        hr_buf_addz(out, "NULL");
}

void hr_sql_in_dataset(hr_buf *out, const hr_destination *d)
{
    hr_buf_addz(out, "table_catalog = current_database() AND table_schema = ");
    hr_sql_literal(out, hr_str_from(d->dataset));
}

hr_status hr_sql_execute(hr_destination *d, hr_buf *sql, hr_error *err)
{
    hr_status st = hr_buf_status(sql, err);

    if (st == HR_OK)
        st = d->ops->execute(d, sql->data, err);
    hr_buf_release(sql);
    return st;
}

hr_status hr_sql_select(hr_destination *d, hr_buf *sql, hr_arena *arena, hr_rows *out,
                        hr_error *err)
{
    hr_status st = hr_buf_status(sql, err);

    if (st == HR_OK)
        st = d->ops->select(d, sql->data, arena, out, err);
    hr_buf_release(sql);
    return st;
}

hr_status hr_sql_answers(hr_destination *d, const char *table, const hr_column *const *columns,
                         size_t n_columns, bool *out, hr_error *err)
{
    hr_buf sql = {0};
    hr_error why = {0};

    hr_buf_addz(&sql, "SELECT 1");
    for (size_t i = 0; i < n_columns; i++) {
        if (columns[i]->type == HR_TYPE_NONE)
            continue;
        hr_buf_addz(&sql, ", ");
        hr_sql_identifier(&sql, hr_str_from(columns[i]->name));
    }
    hr_buf_addz(&sql, " FROM ");
    hr_sql_table(&sql, d, table);
    hr_buf_addz(&sql, " LIMIT 0");

    const hr_status st = hr_sql_execute(d, &sql, &why);

    *out = st == HR_OK;
    if (!why.retryable && st != HR_E_CANCELLED && st != HR_E_NOMEM)
        return HR_OK;
    if (err)
        *err = why;
    return st;
}

hr_status hr_sql_has_table(hr_destination *d, const char *name, hr_arena *arena, bool *out,
                           hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;

    HR_TRY(hr_sql_answers(d, name, NULL, 0, out, err));
    if (*out)
        return HR_OK;
    /* Only the catalog knows a table that is missing from one that cannot be read; asking it is
     * slow, some 30 ms in DuckDB. */
    hr_buf_addz(&sql, "SELECT table_name FROM information_schema.tables WHERE ");
    hr_sql_in_dataset(&sql, d);
    hr_buf_addz(&sql, " AND table_name = ");
    hr_sql_literal(&sql, hr_str_from(name));
    HR_TRY(hr_sql_select(d, &sql, arena, &rows, err));
    *out = rows.n_rows > 0;
    return HR_OK;
}

hr_status hr_sql_has_relation(hr_destination *d, const char *name, bool *out, hr_error *err)
{
    hr_buf sql = {0}, qualified = {0};
    hr_arena arena = {0};
    hr_rows rows = {0};

    hr_sql_table(&qualified, d, name);
    hr_buf_addf(&sql, "%s(", d->ops->dialect->find_relation);
    hr_sql_literal(&sql, hr_buf_str(&qualified));
    hr_buf_addc(&sql, ')');
    sql.failed = sql.failed || qualified.failed;
    hr_buf_release(&qualified);

    const hr_status st = hr_sql_select(d, &sql, &arena, &rows, err);

    *out = rows.n_rows > 0;
    hr_arena_release(&arena);
    return st;
}
