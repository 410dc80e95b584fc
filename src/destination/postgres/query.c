/* A query's result as an Arrow stream: COPY (query) TO STDOUT, binary, read as it is asked for.
 * What COPY does not take (SHOW, EXPLAIN, ...) comes whole, as text. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "destination/postgres/decode.h"
#include "destination/postgres/handle.h"
#include "destination/postgres/oids.h"
#include "destination/postgres/wire.h"
#include "headrace/headrace.h"

enum { BATCH_ROWS = 8192, BATCH_BYTES = 4 << 20, SIGNATURE = 11, TRIM_SCALE_SINCE = 130000 };

typedef struct reader {
    pg_handle *d;
    struct ArrowSchema schema;
    pg_field *fields;
    size_t n_fields;
    pg_result *text; /* of a statement that COPY does not take */
    bool begun;      /* the transaction is ours */
    bool header_read;
    bool done;
    hr_error error;
} reader;

/* ---- What is asked for ---- */

/* The query without white space and semicolons at its end. */
static hr_str trim(const char *sql)
{
    hr_str s = hr_str_from(sql);

    while (s.n && (isspace((unsigned char)s.p[s.n - 1]) || s.p[s.n - 1] == ';'))
        s.n--;
    return s;
}

static const char *skip_comments(const char *p)
{
    for (;;) {
        while (isspace((unsigned char)*p) || *p == '(')
            p++;
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            const char *const end = strstr(p + 2, "*/");

            p = end ? end + 2 : p + strlen(p);
        } else {
            return p;
        }
    }
}

static bool begins_with(const char *sql, const char *word)
{
    const char *const p = skip_comments(sql);
    const size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    return strlen(word) == n && strncasecmp(p, word, n) == 0;
}

static bool copy_takes(const char *sql)
{
    return begins_with(sql, "select") || begins_with(sql, "with") || begins_with(sql, "values") ||
           begins_with(sql, "table");
}

/* The dataset comes first in the search path, for this transaction. */
static hr_status use_dataset(reader *r, hr_error *err)
{
    pg_handle *const d = r->d;
    hr_buf sql = {0};

    if (!d->in_transaction) {
        HR_TRY(d->base.ops->begin(&d->base, err));
        r->begun = true;
    }
    hr_buf_addz(&sql, "SELECT pg_catalog.set_config('search_path', pg_catalog.quote_ident(");
    hr_sql_literal(&sql, hr_str_from(d->dataset));
    hr_buf_addz(
        &sql,
        ") || coalesce(', ' || nullif(pg_catalog.current_setting('search_path'), ''), ''), true)");
    return pg_run_buf(d, &sql, NULL, err);
}

/* Names and types of the result, from a statement that is prepared and not run. */
static hr_status describe(reader *r, const char *sql, pg_result **out, hr_error *err)
{
    pg_handle *const d = r->d;

    *out = NULL;
    if (!d->lib->sendPrepare(d->con, "", sql, 0, NULL))
        return pg_fail_connection(d, err);
    HR_TRY(pg_finish_results(d, err));
    if (!d->lib->sendDescribePrepared(d->con, ""))
        return pg_fail_connection(d, err);
    HR_TRY(pg_next_result(d, out, err));
    return pg_finish_results(d, err);
}

static hr_status describe_columns(reader *r, const pg_result *types, bool all_text, hr_error *err)
{
    const pg_library *const lib = r->d->lib;
    ArrowErrorCode rc;

    r->n_fields = (size_t)lib->nfields(types);
    r->fields = hr_calloc(r->n_fields, sizeof(*r->fields));
    if (!r->fields)
        return hr_nomem(err);
    ArrowSchemaInit(&r->schema);
    rc = ArrowSchemaSetTypeStruct(&r->schema, (int64_t)r->n_fields);
    for (int i = 0; rc == NANOARROW_OK && (size_t)i < r->n_fields; i++) {
        pg_field_init(&r->fields[i], lib->ftype(types, i), lib->fmod(types, i));
        r->fields[i].as_text = r->fields[i].as_text || all_text;
        rc = pg_field_schema(&r->fields[i], r->schema.children[i]);
        if (rc == NANOARROW_OK)
            rc = ArrowSchemaSetName(r->schema.children[i], lib->fname(types, i));
    }
    return rc == NANOARROW_OK ? HR_OK : hr_nomem(err);
}

/* Types that Arrow lacks are cast by the server: SELECT c0, c1::text FROM (query) AS q (c0, c1) */
static void add_casts(const reader *r, hr_str query, hr_buf *sql)
{
    const bool trims = r->d->lib->serverVersion(r->d->con) >= TRIM_SCALE_SINCE;

    hr_buf_addz(sql, "SELECT ");
    for (size_t i = 0; i < r->n_fields; i++) {
        const bool numeric = trims && r->fields[i].oid == PG_NUMERIC;

        hr_buf_addz(sql, i ? ", " : "");
        if (r->fields[i].as_text)
            hr_buf_addf(sql, numeric ? "trim_scale(c%zu)::text" : "c%zu::text", i);
        else
            hr_buf_addf(sql, "c%zu", i);
    }
    hr_buf_addz(sql, " FROM (");
    hr_buf_add(sql, query);
    hr_buf_addz(sql, "\n) AS q (");
    for (size_t i = 0; i < r->n_fields; i++)
        hr_buf_addf(sql, "%sc%zu", i ? ", " : "", i);
    hr_buf_addc(sql, ')');
}

static hr_status start_copy(reader *r, hr_str query, hr_error *err)
{
    hr_buf sql = {0};
    pg_result *started = NULL;
    bool casts = false;

    for (size_t i = 0; i < r->n_fields; i++)
        casts = casts || r->fields[i].as_text;
    hr_buf_addz(&sql, "COPY (");
    if (casts)
        add_casts(r, query, &sql);
    else
        hr_buf_add(&sql, query);
    hr_buf_addz(&sql, "\n) TO STDOUT (FORMAT BINARY)");

    hr_status st = hr_buf_status(&sql, err);

    if (st == HR_OK)
        st = pg_start(r->d, sql.data, &started, err);
    if (st == HR_OK)
        r->d->lib->clear(started);
    hr_buf_release(&sql);
    return st;
}

static hr_status start(reader *r, const char *sql, hr_error *err)
{
    const hr_str query = trim(sql);
    pg_result *types = NULL;
    char *const text = hr_strndup(query);

    hr_status st = text ? use_dataset(r, err) : hr_nomem(err);

    if (st == HR_OK && copy_takes(text)) {
        st = describe(r, text, &types, err);
        if (st == HR_OK)
            st = describe_columns(r, types, false, err);
        if (st == HR_OK)
            st = start_copy(r, query, err);
        r->d->lib->clear(types);
    } else if (st == HR_OK && begins_with(text, "copy")) {
        st = hr_fail(err, HR_E_USAGE, "COPY has no rows to show; give its query alone");
    } else if (st == HR_OK) {
        st = pg_run_alone(r->d, text, &r->text, err);
        if (st == HR_OK)
            st = describe_columns(r, r->text, true, err);
    }
    hr_free(text);
    return st;
}

/* ---- Rows ---- */

static hr_status garbled(hr_error *err)
{
    return hr_fail(err, HR_E_REMOTE, "the server sent a row that does not have COPY's form");
}

static hr_status append_field(reader *r, size_t i, hr_str bytes, struct ArrowArray *out,
                              hr_error *err)
{
    const char *why = NULL;
    const ArrowErrorCode rc = pg_field_append(&r->fields[i], bytes, out->children[i], &why);

    if (rc == EINVAL && why)
        return hr_fail(err, HR_E_UNSUPPORTED, "column %s: %s", r->schema.children[i]->name, why);
    return rc == NANOARROW_OK ? HR_OK : hr_nomem(err);
}

/* One row from the front of `bytes`. */
static hr_status append_row(reader *r, hr_str *bytes, struct ArrowArray *out, hr_error *err)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        const int32_t n = bytes->n >= 4 ? pg_get_i32(bytes->p) : -2;

        if (n < -1 || (n > 0 && (size_t)n > bytes->n - 4))
            return garbled(err);
        *bytes = (hr_str){bytes->p + 4, bytes->n - 4};
        if (n < 0) {
            if (ArrowArrayAppendNull(out->children[i], 1) != NANOARROW_OK)
                return hr_nomem(err);
            continue;
        }
        HR_TRY(append_field(r, i, (hr_str){bytes->p, (size_t)n}, out, err));
        *bytes = (hr_str){bytes->p + n, bytes->n - (size_t)n};
    }
    return ArrowArrayFinishElement(out) == NANOARROW_OK ? HR_OK : hr_nomem(err);
}

static hr_status skip_header(reader *r, hr_str *bytes, hr_error *err)
{
    const size_t fixed = SIGNATURE + 8;
    const int32_t more = bytes->n >= fixed ? pg_get_i32(bytes->p + SIGNATURE + 4) : -1;

    if (more < 0 || bytes->n < fixed + (size_t)more)
        return garbled(err);
    *bytes = (hr_str){bytes->p + fixed + more, bytes->n - fixed - (size_t)more};
    r->header_read = true;
    return HR_OK;
}

static hr_status append_message(reader *r, hr_str bytes, struct ArrowArray *out, hr_error *err)
{
    if (!r->header_read)
        HR_TRY(skip_header(r, &bytes, err));
    while (bytes.n >= 2) {
        const int n = pg_get_i16(bytes.p);

        bytes = (hr_str){bytes.p + 2, bytes.n - 2};
        if (n == -1)
            return HR_OK;
        if (n < 0 || (size_t)n != r->n_fields)
            return garbled(err);
        HR_TRY(append_row(r, &bytes, out, err));
    }
    return bytes.n ? garbled(err) : HR_OK;
}

static hr_status next_message(reader *r, char **out, int *n, hr_error *err)
{
    pg_handle *const d = r->d;

    while ((*n = d->lib->getCopyData(d->con, out, 1)) == 0)
        HR_TRY(pg_wait_readable(d, err));
    if (*n > 0)
        return HR_OK;
    r->done = true;
    return *n == -1 ? pg_finish_results(d, err) : pg_fail_connection(d, err);
}

static hr_status read_copy(reader *r, struct ArrowArray *out, hr_error *err)
{
    size_t bytes = 0;

    while (out->length < BATCH_ROWS && bytes < BATCH_BYTES) {
        char *message = NULL;
        int n = 0;

        HR_TRY(next_message(r, &message, &n, err));
        if (r->done)
            return HR_OK;

        const hr_status st = append_message(r, (hr_str){message, (size_t)n}, out, err);

        r->d->lib->freemem(message);
        HR_TRY(st);
        bytes += (size_t)n;
    }
    return HR_OK;
}

static hr_status read_text(reader *r, struct ArrowArray *out, hr_error *err)
{
    const pg_library *const lib = r->d->lib;

    for (int row = 0; row < lib->ntuples(r->text); row++) {
        for (int i = 0; (size_t)i < r->n_fields; i++) {
            const hr_str text = {lib->getvalue(r->text, row, i),
                                 (size_t)lib->getlength(r->text, row, i)};

            if (!lib->getisnull(r->text, row, i))
                HR_TRY(append_field(r, (size_t)i, text, out, err));
            else if (ArrowArrayAppendNull(out->children[i], 1) != NANOARROW_OK)
                return hr_nomem(err);
        }
        if (ArrowArrayFinishElement(out) != NANOARROW_OK)
            return hr_nomem(err);
    }
    r->done = true;
    return HR_OK;
}

static hr_status read_batch(reader *r, struct ArrowArray *out, hr_error *err)
{
    if (ArrowArrayInitFromSchema(out, &r->schema, NULL) != NANOARROW_OK ||
        ArrowArrayStartAppending(out) != NANOARROW_OK)
        return hr_nomem(err);
    HR_TRY(r->text ? read_text(r, out, err) : read_copy(r, out, err));
    return ArrowArrayFinishBuildingDefault(out, NULL) == NANOARROW_OK ? HR_OK : hr_nomem(err);
}

/* ---- The stream ---- */

static int get_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    const reader *const r = s->private_data;

    return ArrowSchemaDeepCopy(&r->schema, out);
}

static int get_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    reader *const r = s->private_data;

    *out = (struct ArrowArray){0};
    if (r->done)
        return 0;

    const hr_status st = read_batch(r, out, &r->error);

    if (st == HR_OK && out->length > 0)
        return 0;
    if (out->release)
        out->release(out);
    *out = (struct ArrowArray){0};
    if (st != HR_OK)
        r->done = true;
    return st == HR_OK ? 0 : EIO;
}

static const char *get_last_error(struct ArrowArrayStream *s)
{
    const reader *const r = s->private_data;

    return r->error.status == HR_OK ? NULL : r->error.msg;
}

static void reader_free(reader *r)
{
    pg_handle *const d = r->d;

    if (r->begun && d->base.ops)
        d->base.ops->rollback(&d->base);
    if (r->schema.release)
        r->schema.release(&r->schema);
    d->lib->clear(r->text);
    hr_free(r->fields);
    hr_free(r);
}

static void release(struct ArrowArrayStream *s)
{
    reader *const r = s->private_data;

    if (!r->text && (!r->done || r->error.status != HR_OK))
        pg_stop(r->d);
    reader_free(r);
    s->release = NULL;
}

hr_status pg_query(hr_destination *destination, const char *sql, struct ArrowArrayStream *out,
                   hr_error *err)
{
    reader *const r = hr_calloc(1, sizeof(*r));

    if (!r)
        return hr_nomem(err);
    r->d = pg_of(destination);

    const hr_status st = start(r, sql, err);

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
