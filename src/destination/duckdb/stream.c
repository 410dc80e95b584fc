/* A query's result as an Arrow stream. DuckDB computes chunks as they are asked for and keeps
 * some megabytes of them ready, so a result of any size passes through. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "destination/duckdb/handle.h"
#include "headrace/headrace.h"

typedef struct reader {
    const dk_library *lib;
    dk_prepared statement;
    dk_result result;
    dk_arrow_options options; /* the handle's */
    dk_logical_type *types;
    const char **names; /* borrowed from the result */
    uint64_t n_columns;
    hr_error error;
} reader;

static void reader_free(reader *r)
{
    const dk_library *const lib = r->lib;

    for (uint64_t i = 0; r->types && i < r->n_columns; i++)
        lib->destroy_logical_type(&r->types[i]);
    hr_free(r->types);
    hr_free(r->names);
    lib->destroy_result(&r->result);
    if (r->statement)
        lib->destroy_prepare(&r->statement);
    hr_free(r);
}

/* 0, or EIO with the reason kept for get_last_error(). */
static int check(reader *r, dk_error_data why)
{
    int code = 0;

    if (why && r->lib->error_data_has_error(why)) {
        hr_fail(&r->error, HR_E_REMOTE, "%s", r->lib->error_data_message(why));
        code = EIO;
    }
    if (why)
        r->lib->destroy_error_data(&why);
    return code;
}

static int get_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    reader *const r = s->private_data;

    *out = (struct ArrowSchema){0};
    return check(r, r->lib->to_arrow_schema(r->options, r->types, r->names, r->n_columns, out));
}

static int get_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    reader *const r = s->private_data;
    dk_chunk chunk = r->lib->fetch_chunk(r->result);

    *out = (struct ArrowArray){0};
    if (!chunk) {
        const char *const why = r->lib->result_error(&r->result);

        if (!why || !*why)
            return 0;
        hr_fail(&r->error, HR_E_REMOTE, "%s", why);
        return EIO;
    }

    const int code = check(r, r->lib->data_chunk_to_arrow(r->options, chunk, out));

    r->lib->destroy_data_chunk(&chunk);
    return code;
}

static const char *get_last_error(struct ArrowArrayStream *s)
{
    const reader *const r = s->private_data;

    return r->error.status == HR_OK ? NULL : r->error.msg;
}

static void release(struct ArrowArrayStream *s)
{
    reader_free(s->private_data);
    s->release = NULL;
}

/* Runs the statement up to its first rows. */
static hr_status start(reader *r, dk_connection con, const char *sql, hr_error *err)
{
    const dk_library *const lib = r->lib;
    dk_pending pending = NULL;
    hr_status st = HR_OK;

    if (lib->prepare(con, sql, &r->statement) != 0)
        return hr_fail(err, HR_E_REMOTE, "%s", lib->prepare_error(r->statement));
    if (lib->pending_prepared_streaming(r->statement, &pending) != 0)
        st = hr_fail(err, HR_E_REMOTE, "%s", lib->pending_error(pending));
    else if (lib->execute_pending(pending, &r->result) != 0)
        st = dk_fail_result(lib, &r->result, err);
    lib->destroy_pending(&pending);
    return st;
}

static hr_status describe(reader *r, hr_error *err)
{
    const dk_library *const lib = r->lib;
    const uint64_t n = lib->column_count(&r->result);

    r->types = hr_calloc(n, sizeof(*r->types));
    r->names = hr_calloc(n, sizeof(*r->names));
    if (!r->types || !r->names)
        return hr_nomem(err);
    for (uint64_t i = 0; i < n; i++) {
        r->types[i] = lib->column_logical_type(&r->result, i);
        r->names[i] = lib->column_name(&r->result, i);
    }
    r->n_columns = n;
    return HR_OK;
}

/* Makes the dataset the default schema; while there is none, the catalog's own stays. */
static void use_dataset(dk_handle *d)
{
    hr_buf sql = {0};

    hr_buf_addf(&sql, "USE %s", d->base.qualifier);
    if (!sql.failed)
        (void)dk_run(d->lib, d->con, sql.data, NULL);
    hr_buf_release(&sql);
}

/* Some builds of the library make these options and cannot free them. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier): LeakSanitizer's own name */
extern void __lsan_ignore_object(const void *p) __attribute__((weak));

void dk_query_release(dk_handle *d)
{
    if (d->options && d->lib->destroy_arrow_options)
        d->lib->destroy_arrow_options(&d->options);
    else if (d->options && __lsan_ignore_object)
        __lsan_ignore_object(d->options);
    d->options = NULL;
}

hr_status dk_query(hr_destination *destination, const char *sql, struct ArrowArrayStream *out,
                   hr_error *err)
{
    dk_handle *const d = dk_of(destination);
    reader *const r = hr_calloc(1, sizeof(*r));

    if (!r)
        return hr_nomem(err);
    r->lib = d->lib;
    if (!d->options)
        d->lib->connection_get_arrow_options(d->con, &d->options);
    r->options = d->options;
    use_dataset(d);

    hr_status st = start(r, d->con, sql, err);

    if (st == HR_OK)
        st = describe(r, err);
    if (st != HR_OK) {
        reader_free(r);
        return st;
    }
    *out = (struct ArrowArrayStream){.get_schema = get_schema,
                                     .get_next = get_next,
                                     .get_last_error = get_last_error,
                                     .release = release,
                                     .private_data = r};
    return HR_OK;
}
