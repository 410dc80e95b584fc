/* What the server's errors mean, and what to do about them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "destination/postgres/handle.h"

/* Codes of the fields of an error, as the protocol fixes them. */
enum { SQLSTATE = 'C', PRIMARY = 'M', DETAIL = 'D', HINT = 'H', CONTEXT = 'W' };

enum { SQLSTATE_LENGTH = 5 };

/* By SQLSTATE, or the class that it begins with. */
typedef struct meaning {
    const char *sqlstate;
    hr_status status;
    bool retryable;
    const char *advice; /* "": the server's words say it */
} meaning;

static const meaning meanings[] = {
    {"22021", HR_E_SCHEMA, false, "the text is not valid UTF-8"},
    {"22P05", HR_E_SCHEMA, false,
     "the database's encoding has no such character: load into a database with encoding UTF8"},
    {"23", HR_E_SCHEMA, false, ""},
    {"22", HR_E_SCHEMA, false, ""},
    {"25P03", HR_E_REMOTE, false, "raise the role's idle_in_transaction_session_timeout"},
    {"25006", HR_E_CONFIG, false,
     "the server is a read-only standby, or default_transaction_read_only is on: name the primary, "
     "or all hosts with ?target_session_attrs=read-write"},
    {"28", HR_E_CONFIG, false, ""},
    {"2BP01", HR_E_REMOTE, false, "drop that first; a replace keeps the table"},
    {"3D000", HR_E_CONFIG, false, "create the database first, or name another"},
    {"3F000", HR_E_REMOTE, false, ""},
    {"40", HR_E_BUSY, true, ""},
    {"42501", HR_E_CONFIG, false,
     "the role needs CREATE on the database, or a schema made beforehand with USAGE and CREATE on "
     "it; of tables that are another role's SELECT, INSERT, DELETE and UPDATE; and for merges "
     "TEMPORARY on the database"},
    {"42", HR_E_REMOTE, false, ""},
    {"53100", HR_E_REMOTE, true, "the server's disk is full; nothing of this load is left there"},
    {"53", HR_E_REMOTE, true, ""},
    {"54011", HR_E_SCHEMA, false,
     "Postgres takes 1600 columns a table, dropped ones included: with a lower max_table_nesting, "
     "objects stay whole in one column"},
    {"54000", HR_E_SCHEMA, false,
     "Postgres keeps a row on one page: with a lower max_table_nesting, objects stay whole in one "
     "column, which is kept outside when it is large; and texts in a unique column cannot be long"},
    {"54", HR_E_REMOTE, false, ""},
    {PG_LOCK_TIMEOUT, HR_E_BUSY, true, ""},
    {"57014", HR_E_REMOTE, false,
     "an administrator did that, or the role's statement_timeout is too short"},
    {"57P", HR_E_REMOTE, true, ""},
    {"58", HR_E_REMOTE, true, ""},
    {"08", HR_E_REMOTE, true, ""},
    {"", HR_E_REMOTE, false, ""},
};

static const meaning *meaning_of(const char *sqlstate)
{
    const meaning *m = meanings;

    while (strncmp(m->sqlstate, sqlstate, strlen(m->sqlstate)) != 0)
        m++;
    return m;
}

static const char *advice_of(const pg_handle *d, const meaning *m)
{
    if (d->read_only && strcmp(m->sqlstate, "25006") == 0)
        return "here the database is only read";
    if (d->read_only && strcmp(m->sqlstate, "42501") == 0)
        return "to read, the role needs USAGE on the schema and SELECT on its tables";
    return m->advice;
}

static bool stopped_by_us(const pg_handle *d)
{
    return atomic_load(&d->interrupted) || (d->cancelled && atomic_load(d->cancelled));
}

/* Messages of the library end in a line feed and may have several lines. */
static void add_line(hr_buf *out, const char *text)
{
    if (out->len)
        hr_buf_addz(out, "; ");
    for (; *text; text++) {
        if (*text != '\n' && *text != '\t')
            hr_buf_addc(out, *text);
        else if (text[1])
            hr_buf_addc(out, ' ');
    }
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

/* "COPY name, line 3, column a": the name may be one that only we know. */
static void add_place(const pg_handle *d, const pg_result *r, hr_buf *out)
{
    const char *const text = d->lib->resultErrorField(r, CONTEXT);
    const char *const line =
        text && strncmp(text, "COPY ", 5) == 0 ? strstr(text, ", line ") : NULL;

    if (line)
        add_line(out, line + strlen(", "));
}

static void add_field(const pg_handle *d, const pg_result *r, int code, hr_buf *out)
{
    const char *const text = d->lib->resultErrorField(r, code);

    if (text && *text)
        add_line(out, text);
}

hr_status pg_fail_result(pg_handle *d, const pg_result *r, hr_error *err)
{
    const char *const sqlstate = d->lib->resultErrorField(r, SQLSTATE);
    hr_buf text = {0};

    if (!sqlstate) /* not the server's: the connection is gone */
        return pg_fail_connection(d, err);

    const meaning *const m = meaning_of(sqlstate);
    const char *const advice = advice_of(d, m);
    const bool cancelled = strcmp(sqlstate, "57014") == 0 && stopped_by_us(d);

    if (cancelled)
        return hr_fail(err, HR_E_CANCELLED, "cancelled");
    add_field(d, r, PRIMARY, &text);
    add_field(d, r, DETAIL, &text);
    if (strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "54", 2) == 0) /* COPY tells where */
        add_place(d, r, &text);
    if (*advice)
        add_line(&text, advice);
    else
        add_field(d, r, HINT, &text);
    (void)hr_fail(err, m->status, "%s", text.data ? text.data : sqlstate);
    if (err) {
        err->retryable = m->retryable;
        (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    }
    hr_buf_release(&text);
    return m->status;
}

hr_status pg_fail_connection(pg_handle *d, hr_error *err)
{
    hr_buf text = {0};

    if (stopped_by_us(d) && !d->deaf)
        return hr_fail(err, HR_E_CANCELLED, "cancelled");
    add_line(&text, d->lib->errorMessage(d->con));
    (void)hr_fail(err, HR_E_REMOTE, "lost the connection to the server: %s",
                  text.data ? text.data : "it was closed");
    if (err)
        err->retryable = true;
    hr_buf_release(&text);
    return HR_E_REMOTE;
}

/* While connecting, a SQLSTATE comes inside the message only, which may be in any language, and
 * only when messages are verbose: "FATAL:  57P03: it starts up\nLOCATION:  f, postmaster.c:1". */
static const char *find_sqlstate(const char *message)
{
    static const char before[] = ":  ", after[] = ": ";

    for (const char *p = strstr(message, before); p; p = strstr(p, before)) {
        p += strlen(before);
        if (strspn(p, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == SQLSTATE_LENGTH &&
            strncmp(p + SQLSTATE_LENGTH, after, strlen(after)) == 0)
            return p;
    }
    return NULL;
}

static bool is_location(hr_str line)
{
    static const char file[] = ".c:";
    const size_t n = strlen(file);

    while (line.n && isdigit((unsigned char)line.p[line.n - 1]))
        line.n--;
    return line.n >= n && memcmp(line.p + line.n - n, file, n) == 0;
}

/* The message without what makes it verbose. */
static void add_plain(hr_buf *out, const char *message)
{
    while (*message) {
        hr_str line = {message, strcspn(message, "\n")};
        const char *const state = find_sqlstate(message);

        message += line.n + (message[line.n] == '\n');
        if (is_location(line))
            continue;
        if (state && state < line.p + line.n) {
            hr_buf_add(out, (hr_str){line.p, (size_t)(state - line.p)});
            line.n -= (size_t)(state - line.p) + SQLSTATE_LENGTH + 2;
            line.p = state + SQLSTATE_LENGTH + 2;
        }
        hr_buf_add(out, line);
        hr_buf_addc(out, '\n');
    }
}

/* Whether trying again may help: the server is not there, starts or stops, or is full. */
static bool may_pass(const char *message)
{
    static const char *const signs[] = {
        "Connection refused", "No such file or directory", "timeout",
        "timed out",          "closed the connection",     "Connection reset",
    };
    static const char *const states[] = {"53300", "57P"};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strstr(message, signs[i]))
            return true;
    }
    for (const char *p = find_sqlstate(message); p; p = find_sqlstate(p)) {
        for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
            if (strncmp(p, states[i], strlen(states[i])) == 0)
                return true;
        }
    }
    return false;
}

static const char *advice_for(const char *message)
{
    if (strstr(message, "no password supplied"))
        return "; give one with PGPASSWORD, in ~/.pgpass, in a service file or in the URL";
    return "";
}

hr_status pg_fail_connecting(pg_handle *d, hr_error *err)
{
    const char *const message = d->lib->errorMessage(d->con);
    const bool passes = may_pass(message);
    const hr_status st = passes ? HR_E_REMOTE : HR_E_CONFIG;
    hr_buf plain = {0}, text = {0};

    add_plain(&plain, message);
    add_line(&text, plain.data ? plain.data : "");
    hr_buf_release(&plain);
    (void)hr_fail(err, st, "%s%s", text.data ? text.data : "cannot connect", advice_for(message));
    if (err)
        err->retryable = passes;
    hr_buf_release(&text);
    return st;
}

/* ---- Locks ---- */

/* Sessions with locks on tables of the dataset or on our advisory lock: first those that do more
 * than read, then the oldest. Of another role's session there may be nothing to see but who it is.
 */
static const char holders_sql[] =
    "SELECT format('process %%s of %%s%%s', a.pid, coalesce(a.usename, a.backend_type), "
    "coalesce(' (' || nullif(a.application_name, '') || ')', '')) || "
    "CASE WHEN a.xact_start IS NULL THEN '' ELSE format(', %%s for %%s s: %%s', a.state, "
    "round(extract(epoch FROM clock_timestamp() - a.xact_start)), "
    "left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60)) END "
    "FROM pg_catalog.pg_stat_activity a JOIN (SELECT l.pid, "
    "bool_or(l.mode NOT IN ('AccessShareLock', 'RowShareLock')) AS writes "
    "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation "
    "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE l.granted AND (n.nspname IN (%s, %s) OR l.locktype = 'advisory') GROUP BY l.pid) h "
    "USING (pid) WHERE a.pid <> pg_catalog.pg_backend_pid() "
    "ORDER BY h.writes DESC, a.xact_start LIMIT 3";

static void add_holders(pg_handle *d, pg_result *r, hr_error *err)
{
    const int n = d->lib->ntuples(r);
    const size_t have = strlen(err->msg);
    hr_buf text = {0};

    for (int i = 0; i < n; i++)
        hr_buf_addf(&text, "%s%s", i ? "; " : "; held by ", d->lib->getvalue(r, i, 0));
    if (!n)
        hr_buf_addz(&text, "; whoever held it is gone by now, or is in pg_prepared_xacts");
    if (text.data)
        (void)snprintf(err->msg + have, sizeof(err->msg) - have, "%s", text.data);
    hr_buf_release(&text);
}

void pg_explain_lock(pg_handle *d, hr_error *err)
{
    hr_buf sql = {0}, name = {0}, staging = {0}, text = {0};
    pg_result *r = NULL;

    if (d->in_transaction)
        (void)pg_run(d, "ROLLBACK", NULL, NULL);
    d->in_transaction = false;
    hr_buf_addf(&text, "%s_staging", d->dataset);
    hr_sql_literal(&name, hr_str_from(d->dataset));
    hr_sql_literal(&staging, hr_buf_str(&text));
    if (name.data && staging.data)
        hr_buf_addf(&sql, holders_sql, name.data, staging.data);
    if (pg_run_buf(d, &sql, &r, NULL) == HR_OK && r)
        add_holders(d, r, err);
    d->lib->clear(r);
    hr_buf_release(&text);
    hr_buf_release(&name);
    hr_buf_release(&staging);
}
