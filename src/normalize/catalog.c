#include "normalize/catalog.h"

#include <assert.h>
#include <pthread.h>

#include "base/mem.h"
#include "headrace/headrace.h"

/* Pages that passed ahead of their turn; a worker holds one page, so few are ever ahead. */
enum { AHEAD = 1024 };

struct hr_catalog {
    pthread_mutex_t lock;
    pthread_cond_t turn_moved;
    hr_schema *schema;
    hr_changes log;
    uint64_t turn;      /* the first page that has neither committed nor passed */
    bool passed[AHEAD]; /* of page p: passed[p % AHEAD] */
    bool max_depth_matters;
    bool stopped;
};

bool hr_changes_add(hr_changes *c, const hr_change *change)
{
    return HR_PUSH(c->items, c->n, c->cap, *change);
}

void hr_changes_release(hr_changes *c)
{
    hr_free(c->items);
    *c = (hr_changes){0};
}

/* A table that has no columns yet gets them from the first load, whatever its contract. */
static hr_change table_change(const hr_schema *s, const hr_table *t)
{
    hr_change change = {.kind = HR_CHANGE_TABLE,
                        .table = hr_str_from(t->name),
                        .parent = t->parent,
                        .contract = hr_table_contract(s, t)};

    if (hr_table_is_new(t))
        change.contract.columns = HR_EVOLVE;
    return change;
}

static hr_change column_change(const hr_table *t, const hr_column *col)
{
    return (hr_change){
        .kind = HR_CHANGE_COLUMN,
        .table = hr_str_from(t->name),
        .column = {.name = hr_str_from(col->name),
                   .type = col->type,
                   .not_null = !col->nullable,
                   .variant = col->variant,
                   .has_precision = col->precision >= 0,
                   .has_scale = col->scale >= 0,
                   .precision = col->precision,
                   .scale = col->scale},
    };
}

static bool log_schema(hr_changes *log, const hr_schema *s)
{
    bool ok = true;

    for (size_t i = 0; i < s->n_tables; i++) {
        const hr_table *t = s->tables[i];
        const hr_change change = table_change(s, t);

        ok = ok && hr_changes_add(log, &change);
        for (size_t k = 0; k < t->n_columns; k++) {
            const hr_change added = column_change(t, t->columns[k]);

            if (t->columns[k]->type != HR_TYPE_NONE)
                ok = ok && hr_changes_add(log, &added);
        }
    }
    return ok;
}

hr_status hr_catalog_new(hr_catalog **out, hr_schema *schema, bool max_depth_matters, hr_error *err)
{
    hr_catalog *c = hr_calloc(1, sizeof(*c));

    if (!c)
        return hr_nomem(err);
    c->schema = schema;
    c->max_depth_matters = max_depth_matters;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->turn_moved, NULL);
    if (!log_schema(&c->log, schema)) {
        hr_catalog_free(c);
        return hr_nomem(err);
    }
    *out = c;
    return HR_OK;
}

void hr_catalog_free(hr_catalog *c)
{
    if (!c)
        return;
    hr_changes_release(&c->log);
    pthread_cond_destroy(&c->turn_moved);
    pthread_mutex_destroy(&c->lock);
    hr_free(c);
}

hr_status hr_catalog_catch_up(hr_catalog *c, size_t *pos, hr_changes *out, hr_error *err)
{
    bool ok = true;

    pthread_mutex_lock(&c->lock);
    for (; ok && *pos < c->log.n; ++*pos)
        ok = hr_changes_add(out, &c->log.items[*pos]);
    pthread_mutex_unlock(&c->lock);
    return ok ? HR_OK : hr_nomem(err);
}

bool hr_catalog_moved(hr_catalog *c, size_t pos)
{
    pthread_mutex_lock(&c->lock);
    const bool moved = c->log.n != pos;
    pthread_mutex_unlock(&c->lock);
    return moved;
}

hr_status hr_catalog_turn(hr_catalog *c, uint64_t page, hr_error *err)
{
    pthread_mutex_lock(&c->lock);
    while (c->turn != page && !c->stopped)
        pthread_cond_wait(&c->turn_moved, &c->lock);
    const bool mine = c->turn == page;
    pthread_mutex_unlock(&c->lock);
    return mine ? HR_OK : hr_fail(err, HR_E_CANCELLED, "stopped");
}

static void move_turn(hr_catalog *c)
{
    do {
        c->passed[c->turn % AHEAD] = false;
        c->turn++;
    } while (c->passed[c->turn % AHEAD]);
    pthread_cond_broadcast(&c->turn_moved);
}

void hr_catalog_pass(hr_catalog *c, uint64_t page)
{
    pthread_mutex_lock(&c->lock);
    assert(page >= c->turn);
    while (page - c->turn >= AHEAD && !c->stopped)
        pthread_cond_wait(&c->turn_moved, &c->lock);
    if (page == c->turn)
        move_turn(c);
    else if (page - c->turn < AHEAD)
        c->passed[page % AHEAD] = true;
    pthread_mutex_unlock(&c->lock);
}

void hr_catalog_stop(hr_catalog *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopped = true;
    pthread_cond_broadcast(&c->turn_moved);
    pthread_mutex_unlock(&c->lock);
}

static bool same_type(const hr_column *col, const hr_column_spec *spec)
{
    return col->type == spec->type &&
           col->precision == (spec->has_precision ? spec->precision : -1) &&
           col->scale == (spec->has_scale ? spec->scale : -1);
}

/* What was logged since `pos` may make the page's work wrong, whatever its delta says. */
static bool log_disturbs(const hr_catalog *c, size_t pos)
{
    for (size_t i = pos; i < c->log.n; i++) {
        const hr_change *change = &c->log.items[i];

        if (change->kind == HR_CHANGE_WIDEN)
            return true;
        if (change->kind == HR_CHANGE_COLUMN && change->column.type == HR_TYPE_JSON &&
            c->max_depth_matters)
            return true;
    }
    return false;
}

static bool agrees(const hr_schema *s, const hr_change *change)
{
    const hr_table *t = hr_schema_table(s, change->table);

    if (!t)
        return true;
    if (change->kind == HR_CHANGE_TABLE)
        return hr_str_eq(t->parent, change->parent);
    if (change->kind == HR_CHANGE_INEXACT) /* more than one page may find that */
        return true;
    const hr_column *col = hr_table_column(t, change->column.name);
    return !col || col->type == HR_TYPE_NONE || same_type(col, &change->column);
}

static hr_status set_type(hr_catalog *c, hr_column *col, const hr_column_spec *spec, hr_error *err)
{
    return hr_column_set_type(c->schema, col, spec->type,
                              spec->has_precision ? spec->precision : -1,
                              spec->has_scale ? spec->scale : -1, err);
}

static hr_status apply(hr_catalog *c, const hr_change *change, hr_error *err)
{
    hr_table *t = hr_schema_table(c->schema, change->table);
    hr_column *col = t ? hr_table_column(t, change->column.name) : NULL;
    hr_change logged;

    switch (change->kind) {
    case HR_CHANGE_TABLE:
        if (t)
            return HR_OK;
        HR_TRY(hr_schema_add_table(c->schema, change->table, change->parent, NULL, NULL, &t, err));
        logged = table_change(c->schema, t);
        break;
    case HR_CHANGE_COLUMN:
        assert(t);
        if (col && col->type != HR_TYPE_NONE)
            return HR_OK;
        if (col)
            HR_TRY(set_type(c, col, &change->column, err));
        else
            HR_TRY(hr_table_add_column(c->schema, t, &change->column, &col, err));
        logged = column_change(t, col);
        break;
    case HR_CHANGE_INEXACT:
        assert(col);
        logged = column_change(t, col);
        logged.kind = HR_CHANGE_INEXACT;
        break;
    default:
        assert(col);
        HR_TRY(set_type(c, col, &change->column, err));
        logged = column_change(t, col);
        logged.kind = HR_CHANGE_WIDEN;
        break;
    }
    return hr_changes_add(&c->log, &logged) ? HR_OK : hr_nomem(err);
}

static hr_commit judge(const hr_catalog *c, size_t pos, const hr_changes *delta)
{
    if (c->log.n == pos)
        return HR_CATALOG_DONE;
    if (log_disturbs(c, pos))
        return HR_CATALOG_CONFLICT;
    for (size_t i = 0; i < delta->n; i++) {
        if (delta->items[i].kind == HR_CHANGE_WIDEN || !agrees(c->schema, &delta->items[i]))
            return HR_CATALOG_CONFLICT;
    }
    return HR_CATALOG_DONE;
}

hr_status hr_catalog_commit(hr_catalog *c, uint64_t page, size_t pos, const hr_changes *delta,
                            hr_commit *out, hr_error *err)
{
    hr_status st = HR_OK;

    pthread_mutex_lock(&c->lock);
    assert(c->turn == page);
    (void)page;
    *out = judge(c, pos, delta);
    if (*out == HR_CATALOG_DONE) {
        for (size_t i = 0; i < delta->n && st == HR_OK; i++)
            st = apply(c, &delta->items[i], err);
        if (st == HR_OK)
            move_turn(c);
    }
    pthread_mutex_unlock(&c->lock);
    return st;
}
