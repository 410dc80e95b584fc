#include "load/chain.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/time.h"
#include "headrace/headrace.h"
#include "load/fresh.h"
#include "load/statement.h"
#include "package/batches.h"

/* ---- text ---- */

const char *hr_chain_kept(hr_chain *c, hr_buf *text)
{
    const char *const copy =
        text->failed ? NULL
                     : hr_arena_strndup(&c->arena, text->len ? hr_buf_str(text) : HR_STR(""));

    hr_buf_release(text);
    if (!copy)
        c->failed = true;
    return copy ? copy : "";
}

const char *hr_chain_say(hr_chain *c, const char *fmt, ...)
{
    hr_buf text = {0};
    va_list ap;

    va_start(ap, fmt);
    hr_buf_addv(&text, fmt, ap);
    va_end(ap);
    return hr_chain_kept(c, &text);
}

const char *hr_chain_quote(hr_chain *c, const char *name)
{
    hr_buf text = {0};

    hr_sql_identifier(&text, hr_str_from(name));
    return hr_chain_kept(c, &text);
}

static hr_status usable(const hr_chain *c, const hr_buf *sql, hr_error *err)
{
    return c->failed ? hr_nomem(err) : hr_buf_status(sql, err);
}

hr_status hr_chain_run(hr_chain *c, hr_error *err, const char *fmt, ...)
{
    hr_buf sql = {0};
    va_list ap;

    va_start(ap, fmt);
    hr_buf_addv(&sql, fmt, ap);
    va_end(ap);
    hr_status st = usable(c, &sql, err);
    if (st == HR_OK)
        st = c->d->ops->execute(c->d, sql.data, err);
    hr_buf_release(&sql);
    HR_FAULT_POINT("load.statement");
    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "table %s", c->tables[0].table->name);
}

hr_status hr_chain_ask(hr_chain *c, bool *out, hr_error *err, const char *fmt, ...)
{
    hr_buf sql = {0};
    hr_rows rows = {0};
    va_list ap;

    va_start(ap, fmt);
    hr_buf_addv(&sql, fmt, ap);
    va_end(ap);
    hr_buf_addz(&sql, " LIMIT 1");
    hr_status st = usable(c, &sql, err);
    if (st == HR_OK)
        st = c->d->ops->select(c->d, sql.data, &c->arena, &rows, err);
    hr_buf_release(&sql);
    *out = rows.n_rows > 0;
    return st == HR_OK ? HR_OK : hr_fail_in(err, st, "table %s", c->tables[0].table->name);
}

const char *hr_chain_columns(hr_chain *c, const hr_table *t, hr_column_test test)
{
    hr_buf list = {0};

    for (size_t i = 0; i < t->n_columns; i++) {
        if (!test(t->columns[i]) || t->columns[i]->type == HR_TYPE_NONE)
            continue;
        hr_buf_addz(&list, list.len ? ", " : "");
        hr_sql_identifier(&list, hr_str_from(t->columns[i]->name));
    }
    if (list.len)
        return hr_chain_kept(c, &list);
    hr_buf_release(&list);
    return NULL;
}

/* ---- the tables ---- */

static bool carries(const hr_load_table *t, const char *name)
{
    const struct ArrowSchema *const schema = t->batches ? t->batches->schema : NULL;

    for (int64_t i = 0; schema && i < schema->n_children; i++) {
        if (strcmp(schema->children[i]->name, name) == 0)
            return true;
    }
    return false;
}

/* The load id is not in the batches: it is known only now, and the same for all rows. */
static bool wants_load_id(const hr_load_table *t)
{
    return hr_table_column(t->table, HR_STR("_dlt_load_id")) != NULL && !carries(t, "_dlt_load_id");
}

/* Whether the stage has the column: validity and load id are the same for all rows. */
static bool is_staged(const hr_load_table *t, const hr_column *c)
{
    return c->type != HR_TYPE_NONE && !c->valid_from && !c->valid_to &&
           !(wants_load_id(t) && strcmp(c->name, "_dlt_load_id") == 0);
}

static const char *stage_columns(hr_chain *c, const hr_load_table *t)
{
    hr_buf list = {0};

    for (size_t i = 0; i < t->table->n_columns; i++) {
        if (!is_staged(t, t->table->columns[i]))
            continue;
        hr_buf_addz(&list, list.len ? ", " : "");
        hr_sql_identifier(&list, hr_str_from(t->table->columns[i]->name));
    }
    return hr_chain_kept(c, &list);
}

static bool is_unique(const hr_column *c)
{
    return c->unique;
}

static bool is_parent_key(const hr_column *c)
{
    return c->parent_key;
}

static const char *quoted_first(hr_chain *c, const hr_table *t, hr_column_test test,
                                hr_column_test otherwise)
{
    const hr_column *column = hr_table_first(t, test);

    if (!column && otherwise)
        column = hr_table_first(t, otherwise);
    return column ? hr_chain_quote(c, column->name) : NULL;
}

static const hr_column *row_key_of(const hr_table *t)
{
    const hr_column *key = hr_table_first(t, hr_is_row_key);

    if (!key)
        key = hr_table_first(t, is_unique);
    return key ? key : hr_table_column(t, HR_STR("_dlt_id"));
}

static void add_table(hr_chain *c, hr_load_table *load)
{
    hr_chain_table *const t = &c->tables[c->n];
    const hr_table *const table = load->table;
    const bool child = table->parent.p && strcmp(table->parent.p, c->tables[0].table->name) == 0;
    const hr_column *const row_key = row_key_of(table);
    const char *const fresh = hr_fresh_name(c->load, (size_t)(load - c->load->tables), &c->arena);
    hr_buf target = {0};

    c->failed = c->failed || !fresh;
    hr_sql_table(&target, c->d, load->fresh && fresh ? fresh : table->name);
    *t = (hr_chain_table){
        .load = load,
        .table = table,
        .target = hr_chain_kept(c, &target),
        .columns = stage_columns(c, load),
        .row_key = row_key ? hr_chain_quote(c, row_key->name) : NULL,
        .ordered = carries(load, HR_ROW_ORDER),
        .empty = load->fresh || (load->created && !c->d->ops->dialect->migrates_apart),
    };
    if (c->n > 0)
        t->root_key = quoted_first(c, table, hr_is_root_key, child ? is_parent_key : NULL);
    if (load->batches && load->batches->rows)
        t->stage = hr_chain_temporary(c, hr_chain_say(c, "%zu", c->n));
    c->n++;
}

/* A table of the load, and how far below the root it is. */
typedef struct level {
    hr_load_table *table;
    size_t depth;
} level;

static bool is_below(const hr_schema *s, const hr_table *t, const hr_table *root, size_t *depth)
{
    *depth = 0;
    for (; t->parent.p; t = hr_schema_table(s, t->parent))
        ++*depth;
    return t == root;
}

/* Level by level, so that parents come before their children; else as they were. */
static int by_level(const void *a, const void *b)
{
    const level *const l = a;
    const level *const r = b;

    if (l->depth != r->depth)
        return l->depth < r->depth ? -1 : 1;
    return l->table < r->table ? -1 : l->table > r->table;
}

hr_status hr_chain_init(hr_chain *c, hr_load *load, hr_destination *d, size_t first, hr_error *err)
{
    const hr_table *const root = load->tables[first].table;
    size_t n = 0;

    *c = (hr_chain){.load = load, .d = d};
    HR_TRY(hr_table_merge(root, &c->merge, err));
    c->tables = hr_calloc(load->n_tables, sizeof(*c->tables));
    level *const levels = hr_calloc(load->n_tables, sizeof(*levels));
    if (!c->tables || !levels) {
        hr_free(levels);
        return hr_nomem(err);
    }
    for (size_t i = 0; i < load->n_tables; i++) {
        hr_load_table *const t = &load->tables[i];

        levels[n].table = t;
        n += is_below(load->schema, t->table, root, &levels[n].depth);
    }
    qsort(levels, n, sizeof(*levels), by_level);
    for (size_t i = 0; i < n; i++)
        add_table(c, levels[i].table);
    hr_free(levels);
    return c->failed ? hr_nomem(err) : HR_OK;
}

void hr_chain_release(hr_chain *c)
{
    hr_free(c->tables);
    hr_arena_release(&c->arena);
}

/* ---- rows in ---- */

hr_status hr_chain_insert(hr_chain *c, hr_chain_table *t, const char *target, hr_error *err)
{
    const double start = hr_seconds();
    const bool staged = target == t->stage;
    const hr_insert what = {.target = target,
                            .table = t->table->name,
                            .batches = t->load->batches,
                            .load_id = !staged && wants_load_id(t->load) ? c->load->load_id : NULL,
                            .on_rows = c->load->on_rows,
                            .ctx = c->load->ctx};

    if (!what.batches || !what.batches->rows)
        return HR_OK;
    if (c->failed)
        return hr_nomem(err);
    t->load->fate = HR_LOAD_FAILED;
    HR_TRY(c->d->ops->insert(c->d, &what, err));
    t->load->fate = HR_LOAD_WRITTEN;
    t->load->seconds += hr_seconds() - start;
    HR_FAULT_POINT("load.after_insert");
    return HR_OK;
}

hr_status hr_chain_append(hr_chain *c, hr_error *err)
{
    for (size_t i = 0; i < c->n; i++)
        HR_TRY(hr_chain_insert(c, &c->tables[i], c->tables[i].target, err));
    return HR_OK;
}

/* ---- staging ---- */

const char *hr_chain_temporary(hr_chain *c, const char *what)
{
    return hr_chain_quote(c, hr_chain_say(c, "_headrace_%s_%s", c->load->load_id, what));
}

hr_status hr_chain_create(hr_chain *c, const char *name, const char *query, hr_error *err)
{
    return hr_chain_run(c, err, "CREATE TEMPORARY TABLE %s%s AS %s", name,
                        c->d->ops->dialect->temporary_end, query);
}

/* Without constraints: rows that only delete have but a key. */
static hr_status stage_table(hr_chain *c, hr_chain_table *t, hr_error *err)
{
    const char *const analyze = c->d->ops->dialect->analyze;
    const char *const order = t->ordered ? ", CAST(NULL AS BIGINT) AS " HR_ROW_ORDER : "";

    HR_TRY(hr_chain_create(
        c, t->stage,
        hr_chain_say(c, "SELECT %s%s FROM %s WHERE FALSE", t->columns, order, t->target), err));
    HR_TRY(hr_chain_insert(c, t, t->stage, err));
    return *analyze ? hr_chain_run(c, err, "%s%s", analyze, t->stage) : HR_OK;
}

hr_status hr_chain_stage(hr_chain *c, hr_error *err)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->tables[i].stage)
            HR_TRY(stage_table(c, &c->tables[i], err));
    }
    HR_FAULT_POINT("load.staged");
    return HR_OK;
}

hr_status hr_chain_unstage(hr_chain *c, const hr_chain_table *t, const char *condition,
                           hr_error *err)
{
    const bool with_id = wants_load_id(t->load);
    hr_buf id = {0};

    if (!t->stage)
        return HR_OK;
    hr_sql_text(&id, c->load->load_id);
    const char *const load_id = hr_chain_kept(c, &id);
    return hr_chain_run(c, err, "INSERT INTO %s (%s%s) SELECT %s%s%s FROM %s AS s%s%s", t->target,
                        t->columns, with_id ? ", _dlt_load_id" : "",
                        t->values ? t->values : t->columns, with_id ? ", " : "",
                        with_id ? load_id : "", t->stage, *condition ? " WHERE " : "", condition);
}

const char *hr_chain_assignments(hr_chain *c, const hr_chain_table *t)
{
    hr_buf set = {0};

    for (size_t i = 0; i < t->table->n_columns; i++) {
        const hr_column *column = t->table->columns[i];

        if (!is_staged(t->load, column))
            continue;
        hr_buf_addz(&set, set.len ? ", " : "");
        hr_sql_identifier(&set, hr_str_from(column->name));
        hr_buf_addz(&set, " = s.");
        hr_sql_identifier(&set, hr_str_from(column->name));
    }
    if (wants_load_id(t->load)) {
        hr_buf_addz(&set, ", _dlt_load_id = ");
        hr_sql_text(&set, c->load->load_id);
    }
    return hr_chain_kept(c, &set);
}

hr_status hr_chain_unstage_new(hr_chain *c, const hr_chain_table *t, hr_error *err)
{
    if (t->empty)
        return hr_chain_unstage(c, t, "", err);
    return hr_chain_unstage(c, t,
                            hr_chain_say(c, "NOT EXISTS (SELECT 1 FROM %s AS d WHERE d.%s = s.%s)",
                                         t->target, t->row_key, t->row_key),
                            err);
}

hr_status hr_chain_drop_stages(hr_chain *c, hr_error *err)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->tables[i].stage)
            HR_TRY(hr_chain_run(c, err, "DROP TABLE %s", c->tables[i].stage));
    }
    return HR_OK;
}
