/* The schema document against what dlt 1.31 makes of the same steps. Files of data/schema are
 * the column _dlt_version.schema after real runs of it. */
#include "test_data.h"

#include <time.h>

#include "headrace/headrace.h"
#include "schema/schema.h"
#include "json/json.h"

static hr_error err;

static void check(hr_status st, const char *what)
{
    assert_hr_ok(st, &err, what);
}

static hr_schema *parse(hr_str json)
{
    hr_schema *s = NULL;

    check(hr_schema_parse(&s, json, &err), "parse");
    return s;
}

static hr_schema *parse_file(const char *name)
{
    hr_buf json = read_data(name);
    hr_schema *s = NULL;

    check(hr_schema_parse(&s, hr_buf_str(&json), &err), name);
    hr_buf_release(&json);
    return s;
}

static void check_written(const hr_schema *s, hr_str want, const char *label)
{
    hr_buf out = {0};

    check(hr_schema_write(s, &out, &err), label);
    assert_str_equal(hr_buf_str(&out), want, label);
    hr_buf_release(&out);
}

static void check_file(const hr_schema *s, const char *name)
{
    hr_buf want = read_data(name);

    check_written(s, hr_buf_str(&want), name);
    hr_buf_release(&want);
}

static hr_table *table(const hr_schema *s, const char *name)
{
    hr_table *t = hr_schema_table(s, hr_str_from(name));

    if (!t)
        fail_msg("no table %s", name);
    return t;
}

static hr_column *column(const hr_schema *s, const char *table_name, const char *name)
{
    hr_column *c = hr_table_column(table(s, table_name), hr_str_from(name));

    if (!c)
        fail_msg("no column %s.%s", table_name, name);
    return c;
}

static hr_table *add_root(hr_schema *s, const char *name, const char *resource)
{
    hr_table *t = NULL;

    check(hr_schema_add_table(s, hr_str_from(name), (hr_str){0}, resource, "append", &t, &err),
          name);
    return t;
}

static hr_table *add_nested(hr_schema *s, const char *name, const char *parent)
{
    hr_table *t = NULL;

    check(hr_schema_add_table(s, hr_str_from(name), hr_str_from(parent), NULL, NULL, &t, &err),
          name);
    return t;
}

static hr_column *add(hr_schema *s, hr_table *t, const char *name, hr_type type)
{
    const hr_column_spec spec = {.name = hr_str_from(name), .type = type};
    hr_column *c = NULL;

    check(hr_table_add_column(s, t, &spec, &c, &err), name);
    return c;
}

static void add_variant(hr_schema *s, hr_table *t, const char *name, hr_type type)
{
    const hr_column_spec spec = {.name = hr_str_from(name), .type = type, .variant = true};

    check(hr_table_add_column(s, t, &spec, NULL, &err), name);
}

static void add_root_keys(hr_schema *s, hr_table *t)
{
    add(s, t, "_dlt_load_id", HR_TYPE_TEXT);
    add(s, t, "_dlt_id", HR_TYPE_TEXT);
    check(hr_table_set_seen_data(s, t, &err), "seen-data");
}

static void add_child_keys(hr_schema *s, hr_table *t)
{
    add(s, t, "_dlt_parent_id", HR_TYPE_TEXT);
    add(s, t, "_dlt_list_idx", HR_TYPE_BIGINT);
    add(s, t, "_dlt_id", HR_TYPE_TEXT);
    check(hr_table_set_seen_data(s, t, &err), "seen-data");
}

static void finish_state_table(hr_schema *s)
{
    hr_table *t = table(s, "_dlt_pipeline_state");

    add(s, t, "_dlt_id", HR_TYPE_TEXT);
    check(hr_table_set_seen_data(s, t, &err), "seen-data");
}

static bool bump(hr_schema *s)
{
    bool changed = false;

    check(hr_schema_bump(s, &changed, &err), "bump");
    return changed;
}

static void new_schema_is_that_of_dlt(void **state)
{
    hr_schema *s;

    (void)state;
    check(hr_schema_new(&s, "event", &err), "new");
    assert_string_equal(s->name, "event");
    assert_string_equal(s->naming, "snake_case");
    assert_int_equal(s->version, 1);
    assert_string_equal(s->version_hash, "7rrLHV6HlNNt87Iow3579/TL4v1jEGnekjvZAegpr34=");
    assert_false(bump(s));
    check_file(s, "schema/new.json");

    assert_int_equal(s->n_tables, 2);
    assert_int_equal(table(s, "_dlt_version")->n_columns, 6);
    assert_string_equal(table(s, "_dlt_loads")->write_disposition, "skip");
    assert_int_equal(column(s, "_dlt_loads", "load_id")->precision, 64);
    assert_false(column(s, "_dlt_loads", "load_id")->nullable);
    assert_true(column(s, "_dlt_loads", "schema_name")->nullable);
    assert_null(hr_schema_table(s, HR_STR("event")));
    assert_null(hr_table_column(table(s, "_dlt_loads"), HR_STR("nothing")));
    hr_schema_free(s);
}

/* The steps of dlt's first run: extract adds the tables of the resources, then that of the
 * state; normalize adds columns and nested tables. */
static void first_run_is_that_of_dlt(void **state)
{
    hr_schema *s;

    (void)state;
    check(hr_schema_new(&s, "shop", &err), "new");
    hr_table *orders = add_root(s, "orders", "Orders");
    check(hr_schema_add_state_table(s, &err), "state table");
    check(hr_schema_add_state_table(s, &err), "state table twice");
    assert_true(bump(s));
    assert_int_equal(s->version, 1);
    assert_string_equal(s->version_hash, "W91EKJX0Hot0p33K3/LM+6pMM6u9OmvPbMbu0B4Pz3w=");

    add(s, orders, "id", HR_TYPE_BIGINT);
    add(s, orders, "ts", HR_TYPE_TIMESTAMP);
    add(s, orders, "ship__city", HR_TYPE_TEXT);
    add(s, orders, "ship__geo__lat", HR_TYPE_DOUBLE);
    add_root_keys(s, orders);
    finish_state_table(s);
    hr_table *tags = add_nested(s, "orders__tags", "orders");
    add(s, tags, "value", HR_TYPE_TEXT);
    add_child_keys(s, tags);
    hr_table *lines = add_nested(s, "orders__lines", "orders");
    add(s, lines, "sku", HR_TYPE_TEXT);
    add_child_keys(s, lines);
    add_child_keys(s, add_nested(s, "orders__lines__opts", "orders__lines"));
    hr_table *list = add_nested(s, "orders__lines__opts__list", "orders__lines__opts");
    add(s, list, "value", HR_TYPE_BIGINT);
    add_child_keys(s, list);

    assert_true(bump(s));
    assert_int_equal(s->version, 2);
    assert_string_equal(s->version_hash, "FFFR7BxwsVtWFsL7di0J168u0FWc9N5RjOwB+3W5zKU=");
    check_file(s, "schema/shop.json");
    assert_false(bump(s));
    hr_schema_free(s);
}

static void evolution_is_that_of_dlt(void **state)
{
    hr_schema *s = parse_file("schema/evolution1.json");
    hr_table *items = table(s, "items");

    (void)state;
    assert_string_equal(s->version_hash, "ApiyQjnxtmk+9LDtGjGZoYo9OSag9ddA/MSDT5nQI1Q=");
    assert_false(bump(s));
    add_variant(s, items, "v__v_text", HR_TYPE_TEXT);
    add(s, items, "extra", HR_TYPE_BOOL);
    add(s, items, "sub__k", HR_TYPE_DOUBLE);
    assert_true(bump(s));
    assert_int_equal(s->version, 3);
    assert_string_equal(s->version_hash, "5uMyA5eIOOg6B59pxFF42wOm7ztV+Da6bxp02Xyfx9s=");
    check_file(s, "schema/evolution2.json");

    hr_table *l = add_nested(s, "items__l", "items");
    add(s, l, "q", HR_TYPE_BIGINT);
    add_child_keys(s, l);
    assert_true(bump(s));
    assert_int_equal(s->version, 4);
    assert_string_equal(s->version_hash, "KrjETrd5gHFOMJmCgjnDgh4kAIS6t234BXtdaG4wi2A=");
    check_file(s, "schema/evolution3.json");
    hr_schema_free(s);
}

static void nesting_and_disposition_are_those_of_dlt(void **state)
{
    hr_schema *s, *second = parse_file("schema/replace2.json");
    char hash[HR_HASH_TEXT];

    (void)state;
    check(hr_schema_new(&s, "replace", &err), "new");
    hr_table *items = add_root(s, "items", "items");
    assert_int_equal(items->max_nesting, -1);
    check(hr_table_set_max_nesting(s, items, 0, &err), "max_nesting");
    check(hr_schema_add_state_table(s, &err), "state table");
    assert_true(bump(s));
    add(s, items, "id", HR_TYPE_BIGINT);
    add(s, items, "v", HR_TYPE_BIGINT);
    add_root_keys(s, items);
    add_variant(s, items, "v__v_text", HR_TYPE_TEXT);
    add_variant(s, items, "v__v_json", HR_TYPE_JSON);
    finish_state_table(s);
    assert_true(bump(s));
    check_file(s, "schema/replace1.json");

    check(hr_table_set_disposition(s, items, "replace", &err), "disposition");
    check(hr_table_set_max_nesting(s, items, 2, &err), "max_nesting");
    assert_false(items->seen_data);
    check(hr_table_set_seen_data(s, items, &err), "seen-data");
    assert_string_equal(items->write_disposition, "replace");
    assert_int_equal(items->max_nesting, 2);
    check(hr_schema_hash(s, hash, &err), "hash");
    assert_string_equal(hash, second->version_hash);
    assert_int_equal(table(second, "items")->max_nesting, 2);
    hr_schema_free(second);
    hr_schema_free(s);
}

static void writes_back_what_dlt_wrote(void **state)
{
    static const char *const names[] = {
        "schema/new.json",           "schema/shop.json",     "schema/evolution1.json",
        "schema/evolution2.json",    "schema/replace1.json", "schema/replace2.json",
        "schema/default_hints.json", "schema/hints.json",    "schema/cursor.json",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(names); i++) {
        hr_schema *s = parse_file(names[i]), *copy;

        check_file(s, names[i]);
        assert_false(bump(s));
        check(hr_schema_copy(&copy, s, &err), "copy");
        hr_schema_free(s);
        check_file(copy, names[i]);
        hr_schema_free(copy);
    }
}

static void reads_the_form_without_names(void **state)
{
    hr_schema *s = parse_file("schema/shop_no_defaults.json");
    hr_schema *full = parse_file("schema/shop.json");
    char hash[HR_HASH_TEXT];

    (void)state;
    assert_string_equal(s->version_hash, full->version_hash);
    check(hr_schema_hash(s, hash, &err), "hash");
    assert_string_equal(hash, full->version_hash);
    assert_int_equal(s->n_tables, full->n_tables);
    assert_string_equal(column(s, "orders__tags", "value")->name, "value");
    hr_schema_free(full);
    hr_schema_free(s);
}

static void knows_hints(void **state)
{
    hr_schema *s = parse_file("schema/hints.json");
    const hr_table *h = table(s, "h");
    const hr_column *d = column(s, "h", "d"), *t = column(s, "h", "t");

    (void)state;
    assert_int_equal(d->type, HR_TYPE_DECIMAL);
    assert_int_equal(d->precision, 10);
    assert_int_equal(d->scale, 2);
    assert_true(d->nullable);
    assert_int_equal(t->type, HR_TYPE_TIMESTAMP);
    assert_false(t->timezone);
    assert_int_equal(t->precision, 3);
    assert_int_equal(t->scale, -1);
    assert_true(column(s, "h", "_dlt_id")->timezone);
    assert_false(column(s, "h", "id")->nullable);
    assert_int_equal(column(s, "h", "never")->type, HR_TYPE_NONE);
    assert_string_equal(h->resource, "h");
    assert_true(h->seen_data);
    assert_null(h->parent.p);
    assert_ptr_equal(d->table, h);
    hr_schema_free(s);

    s = parse_file("schema/evolution3.json");
    assert_true(column(s, "items", "v__v_text")->variant);
    assert_str_equal(table(s, "items__l")->parent, HR_STR("items"), "parent");
    assert_null(table(s, "items__l")->write_disposition);
    assert_null(table(s, "items__l")->resource);
    hr_schema_free(s);
}

static void check_column_doc(const hr_column *c, const char *want)
{
    hr_buf out = {0};

    check(hr_json_write(c->doc, false, NULL, &out, &err), c->name);
    assert_str_equal(hr_buf_str(&out), hr_str_from(want), c->name);
    hr_buf_release(&out);
}

static void new_columns_follow_the_settings(void **state)
{
    hr_schema *s = parse_file("schema/default_hints.json");
    hr_table *t = add_root(s, "other", "other");

    (void)state;
    check_column_doc(add(s, t, "strict", HR_TYPE_BIGINT),
                     "{\"name\":\"strict\",\"data_type\":\"bigint\",\"nullable\":false}");
    check_column_doc(add(s, t, "stricter", HR_TYPE_BIGINT),
                     "{\"name\":\"stricter\",\"data_type\":\"bigint\",\"nullable\":true}");
    check_column_doc(
        add(s, t, "day", HR_TYPE_DATE),
        "{\"name\":\"day\",\"data_type\":\"date\",\"nullable\":true,\"partition\":true}");
    check_column_doc(add(s, t, "_dlt_root_id", HR_TYPE_TEXT),
                     "{\"name\":\"_dlt_root_id\",\"data_type\":\"text\",\"nullable\":false,"
                     "\"root_key\":true}");
    assert_false(column(s, "other", "strict")->nullable);
    hr_schema_free(s);
}

static void new_columns_have_their_properties(void **state)
{
    const hr_column_spec full = {.name = HR_STR("d"),
                                 .type = HR_TYPE_DECIMAL,
                                 .not_null = true,
                                 .has_precision = true,
                                 .has_scale = true,
                                 .precision = 20,
                                 .scale = 0};
    hr_schema *s;
    hr_column *c;

    (void)state;
    check(hr_schema_new(&s, "props", &err), "new");
    hr_table *t = add_root(s, "t", "t");
    check(hr_table_add_column(s, t, &full, &c, &err), "d");
    check_column_doc(c, "{\"name\":\"d\",\"data_type\":\"decimal\",\"nullable\":false,"
                        "\"precision\":20,\"scale\":0}");
    assert_int_equal(c->precision, 20);
    assert_int_equal(c->scale, 0);
    assert_false(c->nullable);
    check_column_doc(add(s, t, "hint", HR_TYPE_NONE), "{\"name\":\"hint\",\"nullable\":true}");
    add_variant(s, t, "v__v_text", HR_TYPE_TEXT);
    check_column_doc(column(s, "t", "v__v_text"),
                     "{\"name\":\"v__v_text\",\"data_type\":\"text\",\"nullable\":true,"
                     "\"variant\":true,\"description\":\"Variant of column v__v_text generated by "
                     "dlt\"}");
    hr_schema_free(s);
}

/* Widening keeps the place of a column; completing it moves it to the end, as dlt does. */
static void types_can_change(void **state)
{
    hr_schema *s = parse_file("schema/hints.json");
    hr_table *h = table(s, "h");
    hr_column *d = column(s, "h", "d"), *never = column(s, "h", "never");

    (void)state;
    check(hr_column_set_type(s, d, HR_TYPE_TEXT, -1, -1, &err), "widen");
    check_column_doc(d, "{\"data_type\":\"text\",\"name\":\"d\"}");
    assert_ptr_equal(h->columns[0], d);
    check(hr_column_set_type(s, never, HR_TYPE_DECIMAL, 12, 3, &err), "complete");
    assert_ptr_equal(h->columns[h->n_columns - 1], never);
    assert_int_equal(never->precision, 12);
    assert_int_equal(never->type, HR_TYPE_DECIMAL);
    assert_true(bump(s));

    hr_buf out = {0};
    check(hr_schema_write(s, &out, &err), "write");
    hr_schema *again = parse(hr_buf_str(&out));
    assert_int_equal(table(again, "h")->n_columns, h->n_columns);
    for (size_t i = 0; i < h->n_columns; i++)
        assert_string_equal(table(again, "h")->columns[i]->name, h->columns[i]->name);
    hr_buf_release(&out);
    hr_schema_free(again);
    hr_schema_free(s);
}

static void keeps_ten_previous_hashes(void **state)
{
    hr_schema *s;
    char name[32], first[HR_HASH_TEXT] = "", eleventh[HR_HASH_TEXT] = "";

    (void)state;
    check(hr_schema_new(&s, "many", &err), "new");
    hr_table *t = add_root(s, "t", "t");
    for (int i = 0; i < 13; i++) {
        (void)snprintf(name, sizeof(name), "c%d", i);
        add(s, t, name, HR_TYPE_TEXT);
        assert_true(bump(s));
        assert_int_equal(s->version, i + 1);
        if (i == 0)
            memcpy(first, s->version_hash, sizeof(first));
        if (i == 11)
            memcpy(eleventh, s->version_hash, sizeof(eleventh));
    }
    hr_buf out = {0};
    check(hr_schema_write(s, &out, &err), "write");
    const char *list = strstr(out.data, "\"previous_hashes\":[\"");
    assert_non_null(list);
    assert_null(strstr(out.data, first));
    assert_memory_equal(list + strlen("\"previous_hashes\":[\""), eleventh, 44);
    assert_int_equal(strlen(list), strlen("\"previous_hashes\":[]}") + (size_t)10 * 47 - 1);
    hr_buf_release(&out);
    hr_schema_free(s);
}

/* ---- Documents that are wrong ---- */

#define HEAD "{\"version\":1,\"engine_version\":11,\"name\":\"x\",\"tables\":{"
#define DLT_TABLES "\"_dlt_version\":{\"columns\":{}},\"_dlt_loads\":{\"columns\":{}}"

static void refuses_what_is_no_schema(void **state)
{
    static const struct {
        const char *json;
        const char *says;
    } cases[] = {
        {"", "not JSON"},
        {"[]", "not an object"},
        {"{}", "engine_version"},
        {"{\"engine_version\":11}", "a name"},
        {"{\"engine_version\":11,\"name\":\"x\"}", "version"},
        {"{\"engine_version\":11,\"name\":\"x\",\"version\":0}", "version"},
        {"{\"engine_version\":11,\"name\":\"a\\u0000b\",\"version\":1}", "NUL"},
        {"{\"engine_version\":11,\"name\":\"x\",\"version\":1}", "tables"},
        {"{\"engine_version\":11,\"name\":\"x\",\"version\":1,\"version_hash\":5}", "version_hash"},
        {"{\"engine_version\":11,\"name\":\"x\",\"version\":1,\"previous_hashes\":5}",
         "previous_hashes"},
        {HEAD "}}", "_dlt_version"},
        {HEAD DLT_TABLES ",\"t\":[]}}", "table t"},
        {HEAD DLT_TABLES ",\"t\":{}}}", "columns"},
        {HEAD DLT_TABLES ",\"\":{\"columns\":{}}}}", "a name"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":1}}}}", "column a"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":{},\"a\":{}}}}}", "twice"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{}},\"t\":{\"columns\":{}}}}", "twice"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":{\"data_type\":\"int\"}}}}}", "\"int\""},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":{\"nullable\":1}}}}}", "nullable"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":{\"precision\":-3}}}}}", "precision"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{\"a\":{\"scale\":99999999999}}}}}", "scale"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{},\"parent\":\"u\"}}}", "missing"},
        {HEAD DLT_TABLES ",\"t\":{\"columns\":{},\"parent\":\"u\"},"
                         "\"u\":{\"columns\":{},\"parent\":\"t\"}}}",
         "ancestor"},
    };
    hr_schema *s;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_int_equal(hr_schema_parse(&s, hr_str_from(cases[i].json), &err), HR_E_PARSE);
        assert_null(s);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].json, err.msg);
    }
}

static void refuses_other_engines(void **state)
{
    hr_schema *s;

    (void)state;
    assert_int_equal(hr_schema_parse(&s, HR_STR("{\"engine_version\":12}"), &err),
                     HR_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "12"));
    assert_non_null(strstr(err.msg, "11"));
}

static void refuses_edited_documents(void **state)
{
    hr_buf json = read_data("schema/shop.json");
    char *at = json.data ? strstr(json.data, "\"precision\":64") : NULL;
    hr_schema *s;

    (void)state;
    if (at)
        at[strlen("\"precision\":")] = '7';
    assert_int_equal(hr_schema_parse(&s, hr_buf_str(&json), &err), HR_E_SCHEMA);
    assert_null(s);
    assert_non_null(strstr(err.msg, "edited by hand"));
    assert_non_null(strstr(err.msg, "FFFR7BxwsVtWFsL7di0J168u0FWc9N5RjOwB+3W5zKU="));
    hr_buf_release(&json);
}

/* As dlt fills in on reading, and old placeholders of null columns that it drops. */
static void reads_with_defaults(void **state)
{
    hr_schema *s = parse(HR_STR(
        "{\"tables\":{" DLT_TABLES ",\"t\":{\"columns\":{"
        "\"a\":{\"x-normalizer\":{\"seen-null-first\":true}},"
        "\"b\":{\"data_type\":\"text\",\"x-normalizer\":{\"seen-null-first\":true}},"
        "\"c\":{\"nullable\":null,\"precision\":null},"
        "\"d\":{\"x-normalizer\":{\"seen-null-first\":true}}},"
        "\"x-mine\":[1.50,1e400]}},\"zz\":1,\"name\":\"x\",\"engine_version\":11,\"version\":7}"));
    const hr_table *t = table(s, "t");

    (void)state;
    assert_string_equal(t->write_disposition, "append");
    assert_string_equal(t->resource, "t");
    assert_int_equal(t->n_columns, 2);
    assert_string_equal(t->columns[0]->name, "b");
    assert_true(t->columns[1]->nullable);
    check_column_doc(t->columns[0], "{\"data_type\":\"text\",\"name\":\"b\"}");
    assert_true(bump(s));
    assert_int_equal(s->version, 7);

    hr_buf out = {0};
    check(hr_schema_write(s, &out, &err), "write");
    assert_non_null(strstr(out.data, "{\"version\":7,\"version_hash\":\""));
    assert_non_null(strstr(out.data, "\",\"engine_version\":11,\"name\":\"x\",\"tables\":{"));
    assert_non_null(strstr(out.data, "\"x-mine\":[1.50,1e400]"));
    assert_non_null(strstr(out.data, "\"zz\":1"));
    hr_buf_release(&out);
    hr_schema_free(s);
}

/* Pointers to columns live on, and adding and hashing stay quick (0.1 s here would already be
 * ten times too slow without sanitizers). */
static void holds_ten_thousand_columns(void **state)
{
    enum { N = 10000 };
    hr_schema *s;
    char name[32];

    (void)state;
    check(hr_schema_new(&s, "wide", &err), "new");
    hr_table *t = add_root(s, "t", "t");
    const clock_t start = clock();
    hr_column *first = add(s, t, "first", HR_TYPE_TEXT);
    for (int i = 1; i < N; i++) {
        (void)snprintf(name, sizeof(name), "column_number_%d", i);
        add(s, t, name, HR_TYPE_BIGINT);
    }
    assert_true(bump(s));
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (seconds > 2)
        fail_msg("10,000 columns took %.1f s", seconds);
    assert_ptr_equal(column(s, "t", "first"), first);
    assert_string_equal(first->name, "first");
    assert_ptr_equal(t->columns[0], first);
    assert_string_equal(column(s, "t", "column_number_9999")->name, "column_number_9999");

    hr_buf out = {0};
    check(hr_schema_write(s, &out, &err), "write");
    hr_schema *again = parse(hr_buf_str(&out));
    assert_int_equal(table(again, "t")->n_columns, N);
    hr_schema_free(again);
    hr_buf_release(&out);
    hr_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_schema_is_that_of_dlt),
        cmocka_unit_test(first_run_is_that_of_dlt),
        cmocka_unit_test(evolution_is_that_of_dlt),
        cmocka_unit_test(nesting_and_disposition_are_those_of_dlt),
        cmocka_unit_test(writes_back_what_dlt_wrote),
        cmocka_unit_test(reads_the_form_without_names),
        cmocka_unit_test(knows_hints),
        cmocka_unit_test(new_columns_follow_the_settings),
        cmocka_unit_test(new_columns_have_their_properties),
        cmocka_unit_test(types_can_change),
        cmocka_unit_test(keeps_ten_previous_hashes),
        cmocka_unit_test(refuses_what_is_no_schema),
        cmocka_unit_test(refuses_other_engines),
        cmocka_unit_test(refuses_edited_documents),
        cmocka_unit_test(reads_with_defaults),
        cmocka_unit_test(holds_ten_thousand_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
