/* What the destination holds already. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/packed.h"
#include "load/load.h"
#include "load/statement.h"

/* dlt packs a schema that is too long for the destination's text columns. */
static hr_status unpack_schema(const char *stored, hr_arena *arena, hr_str *json, hr_error *err)
{
    hr_buf text = {0};
    bool packed = false;
    hr_status st = hr_unpack(hr_str_from(stored), &packed, &text, err);

    *json = packed ? hr_arena_str(arena, hr_buf_str(&text)) : hr_str_from(stored);
    if (st == HR_OK && !json->p)
        st = hr_nomem(err);
    hr_buf_release(&text);
    return st == HR_OK ? st : hr_fail_in(err, st, "the stored schema in _dlt_version");
}

hr_status hr_load_stored_schema(hr_destination *d, const char *name, hr_arena *arena, hr_str *json,
                                hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;
    bool there = false;

    *json = (hr_str){0};
    HR_TRY(hr_sql_has_table(d, "_dlt_version", arena, &there, err));
    if (!there)
        return HR_OK;
    hr_buf_addz(&sql, "SELECT schema FROM ");
    hr_sql_table(&sql, d, "_dlt_version");
    hr_buf_addz(&sql, " WHERE schema_name = ");
    hr_sql_literal(&sql, hr_str_from(name));
    hr_buf_addz(&sql, " ORDER BY inserted_at DESC, version DESC LIMIT 1");
    HR_TRY(hr_sql_select(d, &sql, arena, &rows, err));
    return rows.n_rows && rows.cells[0] ? unpack_schema(rows.cells[0], arena, json, err) : HR_OK;
}

hr_status hr_load_stored_versions(hr_destination *d, const char *name, hr_arena *arena,
                                  hr_rows *out, hr_error *err)
{
    hr_buf sql = {0};
    bool there = false;

    *out = (hr_rows){0};
    HR_TRY(hr_sql_has_table(d, "_dlt_version", arena, &there, err));
    if (!there)
        return HR_OK;
    hr_buf_addz(&sql, "SELECT v.version, CAST(v.inserted_at AS VARCHAR), v.schema, (SELECT "
                      "min(l.load_id) FROM ");
    hr_sql_table(&sql, d, "_dlt_loads");
    hr_buf_addz(&sql, " AS l WHERE l.schema_version_hash = v.version_hash AND l.schema_name = "
                      "v.schema_name) FROM ");
    hr_sql_table(&sql, d, "_dlt_version");
    hr_buf_addz(&sql, " AS v WHERE v.schema_name = ");
    hr_sql_literal(&sql, hr_str_from(name));
    hr_buf_addz(&sql, " ORDER BY v.inserted_at, v.version");
    return hr_sql_select(d, &sql, arena, out, err);
}

hr_status hr_load_stored_state(hr_destination *d, const char *pipeline, hr_arena *arena,
                               hr_load_state *out, hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;
    bool states = false, loads = false;

    *out = (hr_load_state){0};
    HR_TRY(hr_sql_has_table(d, "_dlt_pipeline_state", arena, &states, err));
    HR_TRY(hr_sql_has_table(d, "_dlt_loads", arena, &loads, err));
    if (!states || !loads)
        return HR_OK;
    hr_buf_addz(&sql, "SELECT s.version, s.pipeline_name, s.state, s.version_hash, (SELECT "
                      "max(load_id) FROM ");
    hr_sql_table(&sql, d, "_dlt_loads");
    hr_buf_addz(&sql, ") FROM ");
    hr_sql_table(&sql, d, "_dlt_pipeline_state");
    hr_buf_addz(&sql, " AS s JOIN ");
    hr_sql_table(&sql, d, "_dlt_loads");
    hr_buf_addz(&sql, " AS l ON l.load_id = s._dlt_load_id WHERE s.pipeline_name = ");
    hr_sql_literal(&sql, hr_str_from(pipeline));
    hr_buf_addz(&sql, " AND l.status = 0 ORDER BY l.load_id DESC LIMIT 1");
    HR_TRY(hr_sql_select(d, &sql, arena, &rows, err));
    if (rows.n_rows && rows.cells[0] && rows.cells[2])
        *out = (hr_load_state){.version = strtoll(rows.cells[0], NULL, 10),
                               .pipeline_name = rows.cells[1],
                               .state = hr_str_from(rows.cells[2]),
                               .version_hash = rows.cells[3],
                               .newest_load_id = rows.cells[4]};
    return HR_OK;
}

hr_status hr_load_find(hr_destination *d, const char *load_id, hr_arena *arena,
                       const char **inserted_at, hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;
    bool there = false;

    *inserted_at = NULL;
    if (d->ops->settle)
        HR_TRY(d->ops->settle(d, load_id, err));
    HR_TRY(hr_sql_has_table(d, "_dlt_loads", arena, &there, err));
    if (!there)
        return HR_OK;
    hr_buf_addz(&sql, "SELECT CAST(inserted_at AS VARCHAR) FROM ");
    hr_sql_table(&sql, d, "_dlt_loads");
    hr_buf_addz(&sql, " WHERE load_id = ");
    hr_sql_literal(&sql, hr_str_from(load_id));
    HR_TRY(hr_sql_select(d, &sql, arena, &rows, err));
    if (rows.n_rows)
        *inserted_at = rows.cells[0];
    return HR_OK;
}

static hr_status count_in(hr_destination *d, const char *table, hr_arena *arena, int64_t *out,
                          hr_error *err)
{
    hr_buf sql = {0};
    hr_rows rows;
    bool there = false;

    *out = -1;
    HR_TRY(hr_sql_has_table(d, table, arena, &there, err));
    if (!there)
        return HR_OK;
    hr_buf_addz(&sql, "SELECT count(*) FROM ");
    hr_sql_table(&sql, d, table);
    HR_TRY(hr_sql_select(d, &sql, arena, &rows, err));
    *out = strtoll(rows.cells[0], NULL, 10);
    return HR_OK;
}

hr_status hr_load_count_rows(hr_destination *d, const char *table, int64_t *rows, hr_error *err)
{
    hr_arena arena = {0};
    const hr_status st = count_in(d, table, &arena, rows, err);

    hr_arena_release(&arena);
    return st;
}
