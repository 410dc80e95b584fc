/* merge with scd2: rows are never changed, but retired by an end of validity, and new versions of
 * them inserted. A row's version is told by its row version column: by default _dlt_id, the hash
 * of the whole item, so that a change in a nested list is a new version, too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load/chain.h"
#include "load/statement.h"
#include "value/iso_time.h"
#include "value/number.h"

typedef struct versions {
    const char *hash; /* column of row versions */
    const char *from; /* columns of validity */
    const char *to;
    const char *boundary; /* where validities end and begin now */
    const char *end;      /* what is in `to` while a row is valid; "NULL" is usual */
    const char *active;   /* the condition that a row of the target is valid */
} versions;

/* Seconds since 1970 in digits as ISO 8601; other texts as they are. */
static const char *in_iso(const char *text, char out[HR_ISO_TEXT_MAX])
{
    hr_number number;
    hr_buf scratch = {0};
    double seconds = 0;
    hr_iso iso;
    const bool is_time = hr_iso_parse(hr_str_from(text), &iso) == HR_ISO_NONE &&
                         hr_number_parse(hr_str_from(text), &number) &&
                         hr_number_to_double(&number, &seconds, &scratch) && fabs(seconds) < 1e12 &&
                         hr_iso_in_range(llround(seconds * 1e6));

    hr_buf_release(&scratch);
    if (!is_time)
        return text;
    out[hr_iso_datetime_text(llround(seconds * 1e6), out)] = '\0';
    return out;
}

/* An instant, of the type of a column. */
static hr_status instant(hr_chain *c, const hr_column *column, const char *text, const char **out,
                         hr_error *err)
{
    char iso[HR_ISO_TEXT_MAX + 1];
    hr_buf sql = {0};

    hr_buf_addz(&sql, "CAST(");
    hr_sql_text(&sql, in_iso(text, iso));
    hr_buf_addz(&sql, " AS ");
    hr_status st = c->d->ops->dialect->column_type(column, &sql, err);
    hr_buf_addc(&sql, ')');
    if (st == HR_OK)
        st = hr_buf_status(&sql, err);
    *out = st == HR_OK ? hr_chain_say(c, "%s", sql.data) : "";
    hr_buf_release(&sql);
    return st;
}

/* The load id, which is a Unix time, as an ISO instant. */
static const char *time_of_load(hr_chain *c)
{
    const char *const id = c->load->load_id;
    const char *const point = strchr(id, '.');
    const time_t seconds = (time_t)strtoll(id, NULL, 10);
    char micros[] = "000000";
    char text[32];
    struct tm tm;

    for (size_t i = 0; point && i < 6 && point[i + 1]; i++)
        micros[i] = point[i + 1];
    gmtime_r(&seconds, &tm);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    return hr_chain_say(c, "%s.%s+00:00", text, micros);
}

static hr_status describe(hr_chain *c, versions *v, hr_error *err)
{
    const hr_table *const root = c->tables[0].table;
    const hr_column *const to = hr_table_first(root, hr_is_valid_to);
    const char *const boundary =
        root->boundary_timestamp ? root->boundary_timestamp : time_of_load(c);

    *v = (versions){
        .hash = hr_chain_quote(c, hr_table_first(root, hr_is_row_version)->name),
        .from = hr_chain_quote(c, hr_table_first(root, hr_is_valid_from)->name),
        .to = hr_chain_quote(c, to->name),
        .end = "NULL",
    };
    HR_TRY(instant(c, to, boundary, &v->boundary, err));
    v->active = hr_chain_say(c, "%s IS NULL", v->to);
    if (to->active_record_timestamp) {
        HR_TRY(instant(c, to, to->active_record_timestamp, &v->end, err));
        v->active = hr_chain_say(c, "%s = %s", v->to, v->end);
    }
    return HR_OK;
}

/* Which of the valid rows may be retired: all, or those that the user's scope or a staged merge
 * key covers. */
static hr_status within(hr_chain *c, const char **out, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const char *const scope = hr_chain_scope(c);
    const char *same = NULL;

    *out = scope ? hr_chain_say(c, " AND (%s)", scope) : "";
    if (scope || !hr_chain_columns(c, root->table, hr_is_merge_key))
        return HR_OK;
    HR_TRY(hr_chain_same_key(c, hr_is_merge_key, &same, err));
    *out = hr_chain_say(c, " AND EXISTS (SELECT 1 FROM %s AS s WHERE %s)", root->stage, same);
    return HR_OK;
}

/* A scope calls the target by its name, which an alias would hide. */
static hr_status retire(hr_chain *c, const versions *v, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    const bool scoped = root->table->merge_destination_scope != NULL;
    const char *covered = "";

    HR_TRY(within(c, &covered, err));
    return hr_chain_run(c, err,
                        "UPDATE %s%s SET %s = %s WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS s "
                        "WHERE s.%s = %s.%s)%s",
                        root->target, scoped ? "" : " AS d", v->to, v->boundary, v->active,
                        root->stage, v->hash, scoped ? root->target : "d", v->hash, covered);
}

/* Only versions that are new stay staged: a small part, as a rule. */
static hr_status keep_new(hr_chain *c, const versions *v, hr_error *err)
{
    hr_chain_table *const root = &c->tables[0];
    const char *const fresh = hr_chain_temporary(c, "fresh");

    HR_TRY(hr_chain_create(
        c, fresh,
        hr_chain_say(c,
                     "SELECT s.* FROM %s AS s WHERE NOT EXISTS (SELECT 1 FROM %s AS d WHERE d.%s = "
                     "s.%s AND d.%s)",
                     root->stage, root->target, v->hash, v->hash, v->active),
        err));
    HR_TRY(hr_chain_run(c, err, "DROP TABLE %s", root->stage));
    root->stage = fresh;
    return HR_OK;
}

static hr_status insert_root(hr_chain *c, const versions *v, hr_error *err)
{
    const hr_chain_table *const root = &c->tables[0];
    hr_chain_table with_validity = *root;

    with_validity.values = hr_chain_say(c, "%s, %s, %s", root->columns, v->boundary, v->end);
    with_validity.columns = hr_chain_say(c, "%s, %s, %s", root->columns, v->from, v->to);
    return hr_chain_unstage(c, &with_validity, "", err);
}

/* A version that was valid before has its rows in the tables below already. */
static hr_status insert_children(hr_chain *c, hr_error *err)
{
    const char *const of_new = hr_chain_say(
        c, "EXISTS (SELECT 1 FROM %s AS r WHERE r." HR_ROW_ORDER " = s." HR_ROW_ORDER ")",
        c->tables[0].stage);

    for (size_t i = 1; i < c->n; i++) {
        const hr_chain_table *const t = &c->tables[i];

        HR_TRY(hr_chain_unstage(
            c, t,
            t->empty
                ? of_new
                : hr_chain_say(c, "%s AND NOT EXISTS (SELECT 1 FROM %s AS d WHERE d.%s = s.%s)",
                               of_new, t->target, t->row_key, t->row_key),
            err));
    }
    return HR_OK;
}

hr_status hr_chain_scd2(hr_chain *c, hr_error *err)
{
    versions v;

    HR_TRY(describe(c, &v, err));
    HR_TRY(hr_chain_stage(c, err));
    HR_TRY(hr_chain_filter(c, err));
    if (!c->tables[0].empty) {
        HR_TRY(retire(c, &v, err));
        HR_TRY(keep_new(c, &v, err));
    }
    HR_TRY(insert_children(c, err));
    HR_TRY(insert_root(c, &v, err));
    return hr_chain_drop_stages(c, err);
}
