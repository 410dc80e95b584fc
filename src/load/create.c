#include "load/create.h"

#include <string.h>

#include "load/statement.h"

/* The engine would cut a longer name, and two that begin alike would be one. */
hr_status hr_check_name(const hr_destination *d, const char *what, const char *name, hr_error *err)
{
    const size_t most = d->ops->dialect->max_identifier_bytes;

    if (!most || strlen(name) <= most)
        return HR_OK;
    return hr_fail(err, HR_E_SCHEMA,
                   "%s %s: names at this destination have at most %zu bytes; give it a shorter one",
                   what, name, most);
}

hr_status hr_add_definition(const hr_destination *d, const hr_column *c, unsigned with, hr_buf *sql,
                            hr_error *err)
{
    HR_TRY(hr_check_name(d, "column", c->name, err));
    hr_sql_identifier(sql, hr_str_from(c->name));
    hr_buf_addc(sql, ' ');
    HR_TRY(d->ops->dialect->column_type(c, sql, err));
    if (strcmp(c->name, "_dlt_id") == 0)
        hr_buf_addz(sql, d->ops->dialect->row_id_storage);
    if (c->unique && d->unique_constraints && (with & HR_WITH_UNIQUE))
        hr_buf_addz(sql, " UNIQUE");
    if ((with & HR_WITH_NULL) && !c->nullable)
        hr_buf_addz(sql, " NOT NULL");
    return HR_OK;
}

/* IF NOT EXISTS does not see a table that a transaction made which has not ended: it waits, and
 * fails then. The second time it sees it. */
static hr_status made(const char *name, hr_status st, hr_error *err)
{
    static const char duplicate_table[] = "42P07", unique_violation[] = "23505";

    if (st == HR_OK || !err ||
        (strcmp(err->sqlstate, duplicate_table) != 0 &&
         strcmp(err->sqlstate, unique_violation) != 0))
        return st;
    return hr_fail_taken(name, err);
}

hr_status hr_fail_taken(const char *name, hr_error *err)
{
    (void)hr_fail(err, HR_E_BUSY, "table %s: somebody else has made it meanwhile", name);
    if (err)
        err->retryable = true;
    return HR_E_BUSY;
}

hr_status hr_create_table(hr_destination *d, const hr_table *t, const char *name, bool unique,
                          hr_error *err)
{
    const unsigned with = HR_WITH_NULL | (unique ? HR_WITH_UNIQUE : 0);
    hr_buf sql = {0};
    hr_status st = hr_check_name(d, "table", name, err);
    size_t n = 0;

    hr_buf_addz(&sql, "CREATE TABLE IF NOT EXISTS ");
    hr_sql_table(&sql, d, name);
    for (size_t i = 0; st == HR_OK && i < t->n_columns; i++) {
        if (t->columns[i]->type == HR_TYPE_NONE)
            continue;
        hr_buf_addz(&sql, n++ ? ", " : " (");
        st = hr_add_definition(d, t->columns[i], with, &sql, err);
    }
    hr_buf_addc(&sql, ')');
    if (st == HR_OK && n > 0)
        return made(name, hr_sql_execute(d, &sql, err), err);
    hr_buf_release(&sql);
    return st;
}
