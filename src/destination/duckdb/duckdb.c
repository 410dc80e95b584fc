#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "destination/duckdb/handle.h"
#include "destination/duckdb/url.h"
#include "headrace/headrace.h"

static hr_status describe(const char *url, hr_buf *out, hr_error *err)
{
    hr_arena arena = {0};
    dk_url parsed;
    hr_status st = dk_url_parse(url, &parsed, &arena, err);

    /* Only what cannot be a secret: an encryption key would be a setting too. */
    if (st == HR_OK) {
        hr_buf_addf(out, "duckdb:///%s", parsed.path);
        if (parsed.storage_version)
            hr_buf_addf(out, "?storage_version=%s", parsed.storage_version);
        st = hr_buf_status(out, err);
    }
    hr_arena_release(&arena);
    return st;
}

/* ---- Open and close. ---- */

static void close_handle(hr_destination *destination)
{
    dk_handle *const d = dk_of(destination);

    if (!d)
        return;
    dk_query_release(d);
    if (d->con)
        d->lib->disconnect(&d->con); /* rolls back what is open */
    dk_instance_unref(d->instance);
    hr_free(d->dataset);
    hr_free(d->qualifier);
    hr_free(d);
}

static hr_status name_dataset(dk_handle *d, const char *dataset, hr_error *err)
{
    hr_buf qualifier = {0};

    hr_sql_identifier(&qualifier, hr_str_from(d->instance->catalog));
    hr_buf_addc(&qualifier, '.');
    hr_sql_identifier(&qualifier, hr_str_from(dataset));
    d->dataset = hr_strdup(dataset);
    d->qualifier = hr_buf_take(&qualifier);
    d->base.dataset = d->dataset;
    d->base.qualifier = d->qualifier;
    return d->dataset && d->qualifier ? HR_OK : hr_nomem(err);
}

static hr_status use_catalog(dk_handle *d, hr_error *err)
{
    hr_buf sql = {0};

    hr_buf_addz(&sql, "USE ");
    hr_sql_identifier(&sql, hr_str_from(d->instance->catalog));

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK)
        st = dk_run(d->lib, d->con, sql.data, err);
    hr_buf_release(&sql);
    return st;
}

static hr_status connect_handle(dk_handle *d, const char *dataset, hr_error *err)
{
    d->lib = d->instance->lib;
    HR_TRY(name_dataset(d, dataset ? dataset : "main", err));
    if (d->lib->connect(d->instance->db, &d->con) != 0)
        return hr_nomem(err);
    HR_TRY(use_catalog(d, err));
    return d->instance->read_only ? HR_OK : dk_insert_prepare(d, err);
}

static hr_status open_handle(hr_destination **out, const hr_destination_settings *s, hr_error *err)
{
    hr_arena arena = {0};
    dk_url url;
    dk_handle *const d = hr_calloc(1, sizeof(*d));
    hr_status st = d ? dk_url_parse(s->url, &url, &arena, err) : hr_nomem(err);

    *out = NULL;
    if (st == HR_OK)
        st = dk_instance_get(&d->instance, &url, s, err);
    if (st == HR_OK && d->instance)
        st = connect_handle(d, s->dataset, err);
    hr_arena_release(&arena);
    if (st != HR_OK || !d->instance) {
        close_handle(d ? &d->base : NULL);
        return st;
    }
    d->base.ops = &hr_destination_duckdb;
    *out = &d->base;
    return HR_OK;
}

/* ---- Statements. ---- */

static hr_status execute(hr_destination *destination, const char *sql, hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    return dk_run(d->lib, d->con, sql, err);
}

static hr_status begin(hr_destination *destination, hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    HR_TRY(dk_run(d->lib, d->con, "BEGIN TRANSACTION", err));
    d->in_transaction = true;
    return HR_OK;
}

static hr_status commit(hr_destination *destination, hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    d->in_transaction = false;
    return dk_run(d->lib, d->con, "COMMIT", err);
}

static void rollback(hr_destination *destination)
{
    dk_handle *const d = dk_of(destination);

    if (d->in_transaction)
        (void)dk_run(d->lib, d->con, "ROLLBACK", NULL);
    d->in_transaction = false; /* a failed COMMIT has rolled back by itself */
}

static void interrupt(hr_destination *destination)
{
    dk_handle *const d = dk_of(destination);
    d->lib->interrupt(d->con);
}

/* ---- Small results as text. ---- */

static hr_status number_text(hr_arena *arena, const char **out, hr_error *err, int64_t v)
{
    char text[24];
    const int n = snprintf(text, sizeof(text), "%" PRId64, v);

    *out = hr_arena_strndup(arena, (hr_str){text, (size_t)n});
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status string_text(hr_arena *arena, const dk_string *s, const char **out, hr_error *err)
{
    const uint32_t n = s->near.length;
    const char *const p = n <= DK_STRING_INLINE ? s->near.bytes : s->far.p;

    *out = hr_arena_strndup(arena, (hr_str){p, n});
    return *out ? HR_OK : hr_nomem(err);
}

static hr_status cell_text(int type, const void *data, size_t row, hr_arena *arena,
                           const char **out, hr_error *err)
{
    switch (type) {
    case DK_VARCHAR:
        return string_text(arena, (const dk_string *)data + row, out, err);
    case DK_BIGINT:
        return number_text(arena, out, err, ((const int64_t *)data)[row]);
    case DK_INTEGER:
        return number_text(arena, out, err, ((const int32_t *)data)[row]);
    case DK_BOOLEAN:
        *out = ((const uint8_t *)data)[row] ? "true" : "false";
        return HR_OK;
    default:
        return hr_fail(err, HR_E_USAGE, "a column of DuckDB type %d is not cast to VARCHAR", type);
    }
}

static bool is_null(const uint64_t *validity, size_t row)
{
    return validity && !(validity[row / 64] >> (row % 64) & 1);
}

/* Room for more cells. It doubles, since each growth copies and leaves the old list in the arena.
 */
static hr_status make_room(hr_rows *out, size_t more, size_t *cap, hr_arena *arena, hr_error *err)
{
    const size_t have = out->n_rows * out->n_columns;

    if (have + more <= *cap)
        return HR_OK;
    const size_t bigger = have + more > 2 * *cap ? have + more : 2 * *cap;
    const char **const cells = hr_arena_alloc(arena, bigger * sizeof(*cells));

    if (!cells)
        return hr_nomem(err);
    if (have)
        memcpy(cells, out->cells, have * sizeof(*cells));
    out->cells = cells;
    *cap = bigger;
    return HR_OK;
}

/* The rows of one chunk go behind those that are there. */
static hr_status add_chunk(const dk_library *lib, dk_result *result, dk_chunk chunk,
                           hr_arena *arena, size_t *cap, hr_rows *out, hr_error *err)
{
    const size_t rows = lib->data_chunk_get_size(chunk);

    HR_TRY(make_room(out, rows * out->n_columns, cap, arena, err));
    for (size_t c = 0; c < out->n_columns; c++) {
        const dk_vector vector = lib->data_chunk_get_vector(chunk, c);
        const uint64_t *const validity = lib->vector_get_validity(vector);
        const void *const data = lib->vector_get_data(vector);

        for (size_t r = 0; r < rows; r++) {
            const char **const cell = &out->cells[(out->n_rows + r) * out->n_columns + c];

            *cell = NULL;
            if (!is_null(validity, r))
                HR_TRY(cell_text(lib->column_type(result, c), data, r, arena, cell, err));
        }
    }
    out->n_rows += rows;
    return HR_OK;
}

static hr_status select_rows(hr_destination *destination, const char *sql, hr_arena *arena,
                             hr_rows *out, hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    const dk_library *const lib = d->lib;
    dk_result result = {0};
    dk_chunk chunk;
    size_t cap = 0;
    hr_status st = HR_OK;

    *out = (hr_rows){0};
    if (lib->query(d->con, sql, &result) != 0)
        return dk_fail_result(lib, &result, err);
    out->n_columns = lib->column_count(&result);
    while (st == HR_OK && (chunk = lib->fetch_chunk(result)) != NULL) {
        st = add_chunk(lib, &result, chunk, arena, &cap, out, err);
        lib->destroy_data_chunk(&chunk);
    }
    lib->destroy_result(&result);
    return st;
}

static const char *const schemes[] = {"duckdb", NULL};

const hr_destination_ops hr_destination_duckdb = {
    .name = "duckdb",
    .dlt_type = "dlt.destinations.duckdb",
    .schemes = schemes,
    .dialect = &dk_dialect,
    .describe = describe,
    .open = open_handle,
    .close = close_handle,
    .execute = execute,
    .select = select_rows,
    .begin = begin,
    .insert = dk_insert,
    .commit = commit,
    .rollback = rollback,
    .interrupt = interrupt,
    .query = dk_query,
};
