/* What alerts say. */
#include <inttypes.h>

#include "pipeline/alerts.h"

enum { CHANGES_TOLD = 40 };

/* Folds a new table's columns into one line. */
static size_t columns_of(const hr_schema_changes *c, size_t table)
{
    size_t n = 0;

    while (table + 1 + n < c->n && c->items[table + 1 + n].kind != HR_NEW_TABLE &&
           strcmp(c->items[table + 1 + n].table, c->items[table].table) == 0)
        n++;
    return n;
}

static void add_change(const hr_schema_change *c, size_t columns, hr_buf *out)
{
    switch (c->kind) {
    case HR_NEW_TABLE:
        hr_buf_addf(out, "new table %s, %zu column%s", c->table, columns, columns == 1 ? "" : "s");
        break;
    case HR_NEW_COLUMN:
        hr_buf_addf(out, "%s: new column %s (%s)", c->table, c->column, hr_type_name(c->type));
        break;
    case HR_NEW_VARIANT:
        hr_buf_addf(out, "%s: new variant %s (%s)", c->table, c->column, hr_type_name(c->type));
        break;
    case HR_NEW_TYPE:
        hr_buf_addf(out, "%s: column %s is %s now, it was %s", c->table, c->column,
                    hr_type_name(c->type), hr_type_name(c->before));
        break;
    }
}

static void add_changes(const hr_schema_changes *c, hr_buf *out)
{
    size_t told = 0;
    size_t untold = 0;

    for (size_t i = 0; i < c->n; i++) {
        const size_t columns = c->items[i].kind == HR_NEW_TABLE ? columns_of(c, i) : 0;

        if (told == CHANGES_TOLD) {
            untold++;
        } else {
            hr_buf_addz(out, told++ ? "\n" : "");
            add_change(&c->items[i], columns, out);
        }
        i += columns;
    }
    if (untold)
        hr_buf_addf(out, "\nand %zu more", untold);
}

static void add_value(hr_str name, hr_alert_event event, const hr_run *r, hr_buf *out)
{
    if (hr_str_eq(name, HR_STR("event")))
        hr_buf_addz(out, hr_alert_event_name(event));
    else if (hr_str_eq(name, HR_STR("pipeline")))
        hr_buf_addz(out, r->p->name);
    else if (hr_str_eq(name, HR_STR("destination")))
        hr_buf_addz(out, r->p->shown_url);
    else if (hr_str_eq(name, HR_STR("dataset")))
        hr_buf_addz(out, r->p->dataset);
    else if (hr_str_eq(name, HR_STR("load_id")))
        hr_buf_addz(out, r->load_id);
    else if (hr_str_eq(name, HR_STR("rows")))
        hr_buf_addf(out, "%" PRIu64, r->loaded ? r->result.rows : 0);
    else if (hr_str_eq(name, HR_STR("seconds")))
        hr_buf_addf(out, "%.1f", hr_run_seconds(r));
    else if (hr_str_eq(name, HR_STR("changes")))
        add_changes(&r->changes, out);
    else
        hr_buf_addz(out, r->error.msg);
}

static const char *template_of(const hr_alert *alert, hr_alert_event event)
{
    static const char *const own[] = {
        [HR_ALERT_SCHEMA_CHANGE] =
            "{pipeline}: load {load_id} changed the schema of {dataset} in {destination}\n"
            "{changes}",
        [HR_ALERT_FAILURE] = "{pipeline} failed: {error}",
        [HR_ALERT_SUCCESS] = "{pipeline}: load {load_id} brought {rows} rows to {dataset} in "
                             "{destination}, in {seconds} s",
    };

    return alert->text ? alert->text : own[event];
}

/* The template was checked when it was read. */
void hr_alert_text(const hr_alert *alert, hr_alert_event event, const hr_run *r, hr_buf *out)
{
    const char *p = template_of(alert, event);

    while (*p) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;

        if (p[0] == '{' && p[1] == '{') {
            hr_buf_addc(out, '{');
            p += 2;
        } else if (end) {
            add_value((hr_str){p + 1, (size_t)(end - p) - 1}, event, r, out);
            p = end + 1;
        } else {
            hr_buf_addc(out, *p++);
        }
    }
}
