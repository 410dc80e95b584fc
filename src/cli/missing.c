#include "cli/missing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/json.h"
#include "cli/text.h"
#include "headrace/headrace.h"

/* Whether the table is there; if not, says so. System tables are not listed. */
static bool find_table(hr_pipeline *p, const char *name, hr_error *err)
{
    char *json = NULL;

    if (strncmp(name, "_dlt", 4) == 0 || hr_pipeline_tables(p, &json, NULL) != HR_OK)
        return true;
    yyjson_doc *doc = cli_json_take(json);
    yyjson_val *tables = yyjson_doc_get_root(doc);
    const char **names = cli_alloc(yyjson_arr_size(tables) + 1, sizeof(*names));
    bool there = false;
    size_t i;
    size_t n;
    yyjson_val *table;

    yyjson_arr_foreach(tables, i, n, table)
    {
        names[i] = cli_json_text(table, "name", "");
        there = there || strcasecmp(names[i], name) == 0;
    }
    const char *meant = there ? NULL : hr_suggest(name, names);
    if (meant)
        (void)hr_fail(err, err->status, "there is no table %s; did you mean %s?", name, meant);
    else if (!there)
        (void)hr_fail(err, err->status, "there is no table %s; headrace tables lists them", name);
    free(names);
    yyjson_doc_free(doc);
    return there;
}

typedef int (*compare_fn)(const char *, const char *);

/* The first of `columns` that the row has not; NULL: it has all. free() it. */
static char *first_missing(const char *columns, const struct ArrowSchema *row, compare_fn compare)
{
    for (const char *c = columns; c; c = strchr(c, ',') ? strchr(c, ',') + 1 : NULL) {
        char *name = cli_copy(c, strcspn(c, ","));
        int64_t i = 0;

        while (i < row->n_children && compare(row->children[i]->name, name) != 0)
            i++;
        if (i == row->n_children)
            return name;
        free(name);
    }
    return NULL;
}

enum { LIST_LENGTH = 300 }; /* a longer one is not shown */

static void tell_missing(const char *table, const char *column, const struct ArrowSchema *row,
                         hr_error *err)
{
    const char **names = cli_alloc((size_t)row->n_children + 1, sizeof(*names));
    cli_text list = {0};

    for (int64_t i = 0; i < row->n_children; i++) {
        names[i] = row->children[i]->name;
        cli_text_addf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *meant = hr_suggest(column, names);
    if (meant)
        (void)hr_fail(err, err->status, "table %s has no column %s; did you mean %s?", table,
                      column, meant);
    else if (list.n > LIST_LENGTH)
        (void)hr_fail(err, err->status, "table %s has no column %s; headrace schema %s lists them",
                      table, column, table);
    else
        (void)hr_fail(err, err->status, "table %s has no column %s; it has %s", table, column,
                      cli_text_z(&list));
    cli_text_release(&list);
    free(names);
}

/* Names in another case are the same for DuckDB, and others for Postgres. */
static void find_columns(hr_pipeline *p, const char *table, const char *columns, hr_error *err)
{
    struct ArrowArrayStream rows = {0};
    struct ArrowSchema row = {0};
    cli_text sql = {0};
    char *missing = NULL;

    cli_text_addz(&sql, "select * from ");
    cli_text_add_identifier(&sql, table, strlen(table));
    cli_text_addz(&sql, " limit 0");
    if (hr_pipeline_query(p, sql.p, &rows, NULL) == HR_OK && rows.get_schema(&rows, &row) == 0) {
        missing = first_missing(columns, &row, strcasecmp);
        if (!missing)
            missing = first_missing(columns, &row, strcmp);
    }
    if (missing)
        tell_missing(table, missing, &row, err);
    free(missing);
    cli_text_release(&sql);
    if (row.release)
        row.release(&row);
    if (rows.release)
        rows.release(&rows);
}

void cli_explain_missing(hr_pipeline *p, const char *table, const char *columns, hr_error *err)
{
    if (err->status != HR_E_REMOTE && err->status != HR_E_SCHEMA)
        return;
    if (find_table(p, table, err) && columns)
        find_columns(p, table, columns, err);
}
