#include "cli/hints.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

/* ---- members ---- */

static void add_key(cli_text *out, const char *key)
{
    if (out->p[out->n - 1] != '{')
        cli_text_addc(out, ',');
    cli_text_add_json(out, key, strlen(key));
    cli_text_addc(out, ':');
}

static void add_word(cli_text *out, const char *key, const char *value)
{
    if (!value)
        return;
    add_key(out, key);
    cli_text_add_json(out, value, strlen(value));
}

static void add_number(cli_text *out, const char *key, const cli_number *value)
{
    if (!value->given)
        return;
    add_key(out, key);
    cli_text_addf(out, "%" PRIu64, value->n);
}

/* "a,b" as a list, "a" as a text: dlt tells them apart in the hashes of rows. */
static void add_names(cli_text *out, const char *key, const char *names)
{
    if (!names)
        return;
    if (!strchr(names, ',')) {
        add_word(out, key, names);
        return;
    }
    add_key(out, key);
    for (const char *p = names;; p++) {
        const size_t n = strcspn(p, ",");

        cli_text_addc(out, p == names ? '[' : ',');
        cli_text_add_json(out, p, n);
        p += n;
        if (!*p)
            break;
    }
    cli_text_addc(out, ']');
}

/* A number when it is written as one, else a text. */
static void add_value(cli_text *out, const char *key, const char *value)
{
    if (!value)
        return;
    yyjson_doc *doc = yyjson_read(value, strlen(value), 0);
    if (yyjson_is_num(yyjson_doc_get_root(doc))) {
        add_key(out, key);
        cli_text_addz(out, value);
    } else {
        add_word(out, key, value);
    }
    yyjson_doc_free(doc);
}

/* The members of an object given as JSON. */
static hr_status add_members(cli_text *out, const char *option, const char *json, hr_error *err)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
    yyjson_val *key, *val;
    size_t i, n;

    if (!yyjson_is_obj(yyjson_doc_get_root(doc))) {
        yyjson_doc_free(doc);
        return hr_fail(err, HR_E_USAGE, "--%s takes a JSON object, not \"%s\"", option, json);
    }
    yyjson_obj_foreach(yyjson_doc_get_root(doc), i, n, key, val)
    {
        char *text = yyjson_val_write(val, 0, NULL);

        add_key(out, yyjson_get_str(key));
        cli_text_addz(out, text ? text : "null");
        free(text);
    }
    yyjson_doc_free(doc);
    return HR_OK;
}

/* ---- options that are small languages ---- */

static bool number_at(const char **p, const char *end, unsigned *n)
{
    const char *start = *p;

    for (*n = 0; *p < end && **p >= '0' && **p <= '9' && *p - start < 4; ++*p)
        *n = *n * 10 + (unsigned)(**p - '0');
    return *p > start;
}

/* "bigint", "text(10)", "decimal(10,2)" */
static bool add_type(cli_text *out, const char *p, const char *end)
{
    const char *open = memchr(p, '(', (size_t)(end - p));
    unsigned precision, scale;

    cli_text_addz(out, "{\"data_type\":");
    cli_text_add_json(out, p, (size_t)((open ? open : end) - p));
    if (open) {
        p = open + 1;
        if (!number_at(&p, end, &precision))
            return false;
        cli_text_addf(out, ",\"precision\":%u", precision);
        if (p < end && *p == ',') {
            p++;
            if (!number_at(&p, end, &scale))
                return false;
            cli_text_addf(out, ",\"scale\":%u", scale);
        }
        if (p + 1 != end || *p != ')')
            return false;
    }
    cli_text_addc(out, '}');
    return true;
}

/* Where the item at `p` ends: at a comma that is in no parentheses. */
static const char *item_end(const char *p)
{
    for (int depth = 0; *p && (*p != ',' || depth); p++)
        depth += (*p == '(') - (*p == ')');
    return p;
}

static hr_status add_columns(cli_text *out, const char *columns, hr_error *err)
{
    if (!columns)
        return HR_OK;
    add_key(out, "columns");
    cli_text_addc(out, '{');
    for (const char *p = columns; *p;) {
        const char *end = item_end(p);
        const char *colon = memchr(p, ':', (size_t)(end - p));

        if (p != columns)
            cli_text_addc(out, ',');
        cli_text_add_json(out, p, (size_t)((colon ? colon : end) - p));
        cli_text_addc(out, ':');
        if (!colon || !add_type(out, colon + 1, end))
            return hr_fail(err, HR_E_USAGE,
                           "--columns takes name:type,..., such as id:bigint,price:decimal(10,2), "
                           "not \"%s\"",
                           columns);
        p = *end ? end + 1 : end;
    }
    cli_text_addc(out, '}');
    return HR_OK;
}

static hr_status add_incremental(cli_text *out, const cli_args *a, hr_error *err)
{
    if (!a->incremental)
        return a->initial_value || a->end_value || a->lag || a->row_order
                   ? hr_fail(err, HR_E_USAGE,
                             "--initial-value, --end-value, --lag and --row-order belong to "
                             "--incremental CURSOR")
                   : HR_OK;
    add_key(out, "incremental");
    cli_text_addc(out, '{');
    if (a->incremental[0] == '{')
        HR_TRY(add_members(out, "incremental", a->incremental, err));
    else
        add_word(out, "cursor_path", a->incremental);
    add_value(out, "initial_value", a->initial_value);
    add_value(out, "end_value", a->end_value);
    add_value(out, "lag", a->lag);
    add_word(out, "row_order", a->row_order);
    cli_text_addc(out, '}');
    return HR_OK;
}

/* "freeze", or "tables=evolve,columns=freeze" */
static void add_contract(cli_text *out, const char *contract)
{
    if (!contract)
        return;
    if (!strchr(contract, '=')) {
        add_word(out, "schema_contract", contract);
        return;
    }
    add_key(out, "schema_contract");
    cli_text_addc(out, '{');
    for (const char *p = contract; *p;) {
        const size_t n = strcspn(p, ",");
        const char *equals = memchr(p, '=', n);
        const size_t name = equals ? (size_t)(equals - p) : n;

        if (p != contract)
            cli_text_addc(out, ',');
        cli_text_add_json(out, p, name);
        cli_text_addc(out, ':');
        cli_text_add_json(out, p + name + (equals != NULL), n - name - (equals != NULL));
        p += n + (p[n] != '\0');
    }
    cli_text_addc(out, '}');
}

static void add_disposition(cli_text *out, const cli_args *a)
{
    if (!a->merge_strategy) {
        add_word(out, "write_disposition", a->write_disposition);
        return;
    }
    add_key(out, "write_disposition");
    cli_text_addc(out, '{');
    add_word(out, "disposition", a->write_disposition ? a->write_disposition : "merge");
    add_word(out, "strategy", a->merge_strategy);
    cli_text_addc(out, '}');
}

/* ---- all of them ---- */

/* An option and a JSON text may both say the same thing; neither can be meant to count for nothing.
 */
static hr_status refuse_twins(yyjson_val *object, const char *option, hr_error *err)
{
    yyjson_val *key, *val, *other, *ignored;
    size_t i, n, k, n_others;

    yyjson_obj_foreach(object, i, n, key, val)
    {
        yyjson_obj_foreach(object, k, n_others, other, ignored)
        {
            if (k < i && yyjson_equals(key, other))
                return hr_fail(err, HR_E_USAGE,
                               "--%s has %s, which another option says, too: say it once", option,
                               yyjson_get_str(key));
        }
    }
    return HR_OK;
}

static hr_status end_object(cli_text *out, const char *option, hr_error *err)
{
    cli_text_addc(out, '}');

    yyjson_doc *doc = yyjson_read(out->p, out->n, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    hr_status st = refuse_twins(root, option, err);
    if (st == HR_OK)
        st = refuse_twins(yyjson_obj_get(root, "incremental"), "incremental", err);
    yyjson_doc_free(doc);
    return st;
}

hr_status cli_hints_of(const cli_args *a, cli_text *out, hr_error *err)
{
    cli_text_addc(out, '{');
    add_disposition(out, a);
    add_names(out, "primary_key", a->primary_key);
    add_names(out, "merge_key", a->merge_key);
    HR_TRY(add_columns(out, a->column_hints, err));
    HR_TRY(add_incremental(out, a, err));
    add_contract(out, a->contract);
    add_number(out, "max_table_nesting", &a->max_table_nesting);
    add_word(out, "on_conflict", a->on_conflict);
    add_word(out, "on_duplicate_key", a->on_duplicate_key);
    if (a->hints)
        HR_TRY(add_members(out, "hints", a->hints, err));
    return end_object(out, "hints", err);
}

hr_status cli_settings_of(const cli_args *a, cli_text *out, hr_error *err)
{
    cli_text_addc(out, '{');
    if (a->settings)
        HR_TRY(add_members(out, "settings", a->settings, err));
    add_word(out, "refresh", a->refresh);
    add_word(out, "naming", a->naming);
    add_word(out, "import_schema", a->import_schema);
    add_word(out, "export_schema", a->export_schema);
    return end_object(out, "settings", err);
}
