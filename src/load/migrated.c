/* Whether there is anything to migrate. */
#include "load/migrate.h"
#include "load/statement.h"

static bool version_is_stored(const hr_load *load, hr_destination *d)
{
    hr_buf sql = {0};
    hr_arena arena = {0};
    hr_rows rows = {0};

    hr_buf_addz(&sql, "SELECT 1 FROM ");
    hr_sql_table(&sql, d, "_dlt_version");
    hr_buf_addz(&sql, " WHERE version_hash = ");
    hr_sql_literal(&sql, hr_str_from(load->schema->version_hash));
    hr_buf_addz(&sql, " AND schema_name = ");
    hr_sql_literal(&sql, hr_str_from(load->schema->name));
    const bool stored = hr_sql_select(d, &sql, &arena, &rows, NULL) == HR_OK && rows.n_rows > 0;
    hr_arena_release(&arena);
    return stored;
}

hr_status hr_migrated(const hr_load *load, hr_destination *d, bool *out, hr_error *err)
{
    *out = version_is_stored(load, d);
    for (size_t i = 0; *out && i < load->n_tables; i++) {
        const hr_table *t = load->tables[i].table;

        HR_TRY(hr_sql_answers(d, t->name, (const hr_column *const *)t->columns, t->n_columns, out,
                              err));
    }
    if (*out)
        HR_TRY(hr_sql_answers(d, "_dlt_loads", NULL, 0, out, err));
    if (*out && load->state)
        HR_TRY(hr_sql_answers(d, "_dlt_pipeline_state", NULL, 0, out, err));
    return HR_OK;
}
