/* The public API as a program uses it: options, resources from callbacks and Arrow streams, what
 * a run tells, and reading back. Everything here goes through headrace.h alone, but for Arrow
 * arrays, which nanoarrow makes. */
#include "support.h"

#include <errno.h>
#include <nanoarrow/nanoarrow.h>
#include <stdlib.h>
#include <unistd.h>
#include <yyjson.h>

#include "headrace/headrace.h"

/* ---- a pipeline in a folder of its own ---- */

static char *folder;

static int make_folder(void **state)
{
    (void)state;
    folder = test_folder();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    test_folder_remove(folder);
    return 0;
}

static hr_pipeline *open_named(const char *name)
{
    char url[4200], dir[4200];
    hr_pipeline *p = NULL;
    hr_error err = {0};

    (void)snprintf(url, sizeof(url), "duckdb:///%s/%s.duckdb", folder, name);
    (void)snprintf(dir, sizeof(dir), "%s/pipelines", folder);
    const hr_pipeline_options o = {.size = sizeof(o),
                                   .name = name,
                                   .pipelines_dir = dir,
                                   .destination = url,
                                   .dataset = "d",
                                   .workers = 2};
    assert_hr_ok(hr_pipeline_open(&p, &o, &err), &err, "open");
    return p;
}

static hr_pipeline *open_pipeline(void)
{
    return open_named("lib");
}

static hr_resource_options into(const char *table)
{
    return (hr_resource_options){.size = sizeof(hr_resource_options), .table = table};
}

/* The only cell of a query's result, as text; "NULL" for null. The query casts to text. */
static const char *ask(hr_pipeline *p, const char *sql)
{
    static char cell[4096];
    struct ArrowArrayStream stream = {0};
    struct ArrowSchema schema = {0};
    struct ArrowArray array = {0};
    struct ArrowArrayView view;
    hr_error err = {0};

    assert_hr_ok(hr_pipeline_query(p, sql, &stream, &err), &err, sql);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_int_equal(stream.get_next(&stream, &array), 0);
    assert_non_null(array.release);
    assert_int_equal(array.length, 1);
    assert_int_equal(ArrowArrayViewInitFromSchema(&view, &schema, NULL), NANOARROW_OK);
    assert_int_equal(ArrowArrayViewSetArray(&view, &array, NULL), NANOARROW_OK);
    if (ArrowArrayViewIsNull(view.children[0], 0)) {
        (void)snprintf(cell, sizeof(cell), "NULL");
    } else {
        const struct ArrowStringView s = ArrowArrayViewGetStringUnsafe(view.children[0], 0);
        (void)snprintf(cell, sizeof(cell), "%.*s", (int)s.size_bytes, s.data);
    }
    ArrowArrayViewReset(&view);
    array.release(&array);
    schema.release(&schema);
    stream.release(&stream);
    return cell;
}

#define assert_asks(p, sql, want) assert_string_equal(ask((p), (sql)), (want))

static yyjson_doc *parse(char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), 0);

    assert_non_null(doc);
    hr_free(json);
    return doc;
}

static const char *member(yyjson_doc *doc, const char *pointer)
{
    return yyjson_get_str(yyjson_doc_ptr_get(doc, pointer));
}

/* ---- a JSON callback that plays a part ---- */

typedef struct actor {
    const char *text;
    size_t at, step; /* bytes a piece */
    size_t calls;
    size_t fail_at;    /* the call that fails; 0: none */
    hr_pipeline *stop; /* cancelled in the first call; NULL: none */
    void (*act)(struct actor *);
    int closed;
} actor;

static hr_status actor_next(void *ctx, const void **bytes, size_t *n, hr_error *err)
{
    actor *a = ctx;
    const size_t left = strlen(a->text) - a->at;

    a->calls++;
    if (a->calls == a->fail_at) {
        hr_fail(err, HR_E_REMOTE, "the server hung up on call %zu", a->calls);
        err->http_status = 502;
        return HR_E_REMOTE;
    }
    if (a->act && a->calls == 1)
        a->act(a);
    if (a->stop)
        hr_pipeline_cancel(a->stop);
    *n = left < a->step ? left : a->step;
    *bytes = a->text + a->at;
    a->at += *n;
    return HR_OK;
}

static void actor_close(void *ctx)
{
    ((actor *)ctx)->closed++;
}

static hr_json_source plays(actor *a)
{
    return (hr_json_source){.ctx = a, .next = actor_next, .close = actor_close, .rereadable = true};
}

static void add_actor(hr_pipeline *p, const char *table, actor *a)
{
    const hr_resource_options o = into(table);
    const hr_json_source source = plays(a);
    hr_error err = {0};

    assert_hr_ok(hr_pipeline_add_json(p, &o, &source, &err), &err, table);
}

static void load_text(hr_pipeline *p, const char *table, const char *text)
{
    actor a = {.text = text, .step = 1000};
    hr_error err = {0};

    add_actor(p, table, &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, table);
}

/* ---- options ---- */

static void pipeline_options_are_checked(void **state)
{
    static const struct {
        const char *label;
        hr_pipeline_options o;
        hr_status want;
        const char *says;
    } cases[] = {
        {"no size", {0}, HR_E_USAGE, "size"},
        {"a path as name",
         {.size = sizeof(hr_pipeline_options), .name = "a/b"},
         HR_E_CONFIG,
         "a/b"},
        {"a hidden folder", {.size = sizeof(hr_pipeline_options), .name = ".x"}, HR_E_CONFIG, ".x"},
        {"an unknown scheme",
         {.size = sizeof(hr_pipeline_options), .destination = "nosuch:///x"},
         HR_E_CONFIG,
         "nosuch"},
        {"no memory", {.size = sizeof(hr_pipeline_options), .memory_limit = 1}, HR_E_CONFIG, "MiB"},
        {"too many workers",
         {.size = sizeof(hr_pipeline_options), .workers = 100000},
         HR_E_CONFIG,
         "workers"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_pipeline *p = NULL;
        hr_error err = {0};

        if (hr_pipeline_open(&p, &cases[i].o, &err) != cases[i].want)
            fail_msg("%s: status %d", cases[i].label, (int)err.status);
        assert_null(p);
        assert_int_equal(err.status, cases[i].want);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].label, err.msg);
    }
    assert_int_equal(hr_pipeline_open(&(hr_pipeline *){NULL}, &cases[0].o, NULL), HR_E_USAGE);
    hr_pipeline_close(NULL);
    hr_free(NULL);
    assert_non_null(hr_version());
}

static void resource_options_are_checked(void **state)
{
    static const struct {
        const char *label;
        hr_resource_options o;
        hr_status want;
    } cases[] = {
        {"no size", {.table = "t"}, HR_E_USAGE},
        {"no table", {.size = sizeof(hr_resource_options)}, HR_E_CONFIG},
        {"an empty name", {.size = sizeof(hr_resource_options), .table = ""}, HR_E_CONFIG},
        {"a system table",
         {.size = sizeof(hr_resource_options), .table = "_dlt_loads"},
         HR_E_CONFIG},
        {"the same table again",
         {.size = sizeof(hr_resource_options), .table = "The Same"},
         HR_E_CONFIG},
        {"too deep",
         {.size = sizeof(hr_resource_options),
          .table = "t",
          .hints = "{\"max_table_nesting\": 1001}"},
         HR_E_CONFIG},
        {"a disposition that is none",
         {.size = sizeof(hr_resource_options),
          .table = "t",
          .hints = "{\"write_disposition\": \"upend\"}"},
         HR_E_CONFIG},
        {"a hint that is none",
         {.size = sizeof(hr_resource_options), .table = "t", .hints = "{\"primary_keys\": \"a\"}"},
         HR_E_CONFIG},
        {"hints that are not JSON",
         {.size = sizeof(hr_resource_options), .table = "t", .hints = "replace"},
         HR_E_CONFIG},
    };
    hr_pipeline *p = open_pipeline();
    actor same = {.text = "", .step = 1};

    (void)state;
    add_actor(p, "the_same", &same);
    for (size_t i = 0; i < N_OF(cases); i++) {
        actor a = {.text = "", .step = 1};
        const hr_json_source source = plays(&a);
        hr_error err = {0};

        if (hr_pipeline_add_json(p, &cases[i].o, &source, &err) != cases[i].want)
            fail_msg("%s: status %d: %s", cases[i].label, (int)err.status, err.msg);
        if (a.closed != 1 || a.calls != 0)
            fail_msg("%s: closed %d times after %zu calls", cases[i].label, a.closed, a.calls);
    }
    const hr_resource_options o = into("files");
    assert_int_equal(hr_pipeline_add_files(p, &o, NULL, 0, NULL), HR_E_CONFIG);
    assert_int_equal(same.closed, 0);
    hr_pipeline_close(p);
    assert_int_equal(same.closed, 1);
    assert_int_equal(same.calls, 0);
}

/* ---- JSON ---- */

static const char doc[] = "\xef\xbb\xbf[{\"id\": 1, \"name\": \"Gr\\u00fc\xc3\x9f"
                          "e\", \"tags\": [\"a\", \"b\"]},\n"
                          " {\"id\": 9007199254740993, \"name\": null, \"deep\": {\"x\": 1.5}}]\n";

static void pieces_may_be_cut_anywhere(void **state)
{
    actor one = {.text = doc, .step = 1};
    actor three = {.text = doc, .step = 3};
    actor all = {.text = doc, .step = 1000};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    add_actor(p, "one", &one);
    add_actor(p, "three", &three);
    add_actor(p, "whole", &all);
    assert_hr_ok(hr_pipeline_run(p, &info, &err), &err, "run");
    yyjson_doc *d = parse(info);
    assert_string_equal(member(d, "/status"), "loaded");
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/values/in")), 18);
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/values/loaded")), 18);
    yyjson_doc_free(d);
    for (size_t i = 0; i < 3; i++) {
        static const char *const tables[] = {"one", "three", "whole"};
        char sql[300];

        (void)snprintf(
            sql, sizeof(sql),
            "select string_agg(concat_ws('|', id, name, deep__x, (select string_agg(value, ',' "
            "order by _dlt_list_idx) from %s__tags c where c._dlt_parent_id = p._dlt_id)), "
            "';' order by id) from %s p",
            tables[i], tables[i]);
        assert_asks(p, sql,
                    "1|Gr\xc3\xbc\xc3\x9f"
                    "e|a,b;9007199254740993|1.5");
    }
    assert_int_equal(one.closed, 1);
    assert_int_equal(three.closed, 1);
    assert_int_equal(all.closed, 1);
    assert_int_equal(one.calls, strlen(doc) + 1);
    hr_pipeline_close(p);
    assert_int_equal(one.closed, 1);
}

static void errors_of_callbacks_reach_the_caller(void **state)
{
    actor good = {.text = "[{\"id\": 1}]", .step = 100};
    actor bad = {.text = "[{\"id\": 1}, {\"id\": 2}]", .step = 5, .fail_at = 3};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    add_actor(p, "good", &good);
    add_actor(p, "bad", &bad);
    assert_int_equal(hr_pipeline_run(p, &info, &err), HR_E_REMOTE);
    assert_int_equal(err.status, HR_E_REMOTE);
    assert_int_equal(err.http_status, 502);
    assert_non_null(strstr(err.msg, "the server hung up on call 3"));
    assert_int_equal(bad.closed, 1);
    assert_int_equal(good.closed, 1);
    yyjson_doc *d = parse(info);
    assert_string_equal(member(d, "/status"), "failed");
    assert_string_equal(member(d, "/error/status"), "remote");
    assert_non_null(strstr(member(d, "/error/message"), "hung up"));
    yyjson_doc_free(d);

    /* Nothing of it is there, and the handle goes on. */
    char *tables = NULL;
    assert_int_equal(hr_pipeline_tables(p, &tables, &err), HR_E_USAGE);
    load_text(p, "good", "[{\"id\": 7}]");
    assert_asks(p, "select string_agg(id::varchar, ',') from good", "7");
    hr_pipeline_close(p);
}

static void bad_json_is_placed(void **state)
{
    actor a = {.text = "{\"id\": 1}\n{\"id\": 2,}\n", .step = 4};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    add_actor(p, "t", &a);
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_PARSE);
    assert_non_null(strstr(err.msg, "line 2"));
    assert_int_equal(a.closed, 1);
    hr_pipeline_close(p);
}

static void no_rows_are_no_failure(void **state)
{
    actor a = {.text = " [ ] ", .step = 1};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *info = NULL;

    (void)state;
    add_actor(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, &info, &err), &err, "run");
    yyjson_doc *d = parse(info);
    assert_string_equal(member(d, "/status"), "nothing");
    yyjson_doc_free(d);
    hr_pipeline_close(p);
}

static void a_run_can_be_cancelled(void **state)
{
    hr_pipeline *p = open_pipeline();
    actor a = {.text = "{\"id\": 1}\n{\"id\": 2}\n", .step = 10, .stop = p};
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    add_actor(p, "t", &a);
    assert_int_equal(hr_pipeline_run(p, &json, &err), HR_E_CANCELLED);
    assert_int_equal(a.closed, 1);
    yyjson_doc *d = parse(json);
    assert_string_equal(member(d, "/error/status"), "cancelled");
    yyjson_doc_free(d);
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);

    /* It was that run that was to stop, not those that follow. */
    load_text(p, "t", "{\"id\": 3}");
    assert_asks(p, "select string_agg(id::varchar, ',') from t", "3");
    hr_pipeline_close(p);
}

/* ---- two handles ---- */

/* Runs the same pipeline through another handle, from inside the first one's run. */
static void run_it_too(actor *a)
{
    actor other = {.text = "[{\"id\": 1}]", .step = 100};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)a;
    add_actor(p, "t", &other);
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_BUSY);
    assert_true(err.retryable);
    assert_int_equal(other.calls, 0);
    assert_int_equal(other.closed, 1);
    hr_pipeline_close(p);
}

/* Runs another pipeline, from inside the first one's run. */
static void run_another(actor *a)
{
    hr_pipeline *p = open_named("other");

    (void)a;
    load_text(p, "t", "[{\"id\": 5}]");
    assert_asks(p, "select id::varchar from t", "5");
    hr_pipeline_close(p);
}

static void one_pipeline_runs_once_at_a_time(void **state)
{
    actor a = {.text = "[{\"id\": 1}]", .step = 100, .act = run_it_too};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    add_actor(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, "run");
    assert_asks(p, "select count(*)::varchar from t", "1");
    hr_pipeline_close(p);
}

static void pipelines_are_independent(void **state)
{
    actor a = {.text = "[{\"id\": 1}]", .step = 100, .act = run_another};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    add_actor(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, NULL, &err), &err, "run");
    assert_asks(p, "select id::varchar from t", "1");
    hr_pipeline_close(p);
}

/* ---- reading back ---- */

static void nothing_there_is_said(void **state)
{
    hr_pipeline *p = open_pipeline();
    struct ArrowArrayStream stream = {0};
    char *json = NULL;
    hr_error err = {0};

    (void)state;
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_schema(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_trace(p, &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_package(p, "1.2", &json, &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_package_abort(p, "1.2", &err), HR_E_USAGE);
    assert_int_equal(hr_pipeline_query(p, "select 1", &stream, &err), HR_E_USAGE);
    assert_null(stream.release);
    assert_null(json);
    assert_hr_ok(hr_pipeline_packages(p, &json, &err), &err, "packages");
    assert_string_equal(json, "[]");
    hr_free(json);
    hr_pipeline_close(p);
}

static void what_a_run_left_can_be_read(void **state)
{
    actor a = {.text = "{\"id\": 1, \"l\": [1, 2]}", .step = 100};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char load_id[64];
    char *json = NULL;

    (void)state;
    add_actor(p, "t", &a);
    assert_hr_ok(hr_pipeline_run(p, &json, &err), &err, "run");
    yyjson_doc *d = parse(json);
    (void)snprintf(load_id, sizeof(load_id), "%s", member(d, "/load_id"));
    assert_string_equal(member(d, "/dataset"), "d");
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_describe(p, &json, &err), &err, "describe");
    d = parse(json);
    assert_string_equal(member(d, "/pipeline"), "lib");
    assert_non_null(strstr(member(d, "/destination"), "/lib.duckdb"));
    assert_non_null(strstr(member(d, "/working_dir"), "/pipelines/lib"));
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_tables(p, &json, &err), &err, "tables");
    d = parse(json);
    yyjson_val *table;
    size_t i, n, seen = 0;
    yyjson_arr_foreach(yyjson_doc_get_root(d), i, n, table)
    {
        if (strcmp(yyjson_get_str(yyjson_obj_get(table, "name")), "t__l") != 0)
            continue;
        seen++;
        assert_string_equal(yyjson_get_str(yyjson_obj_get(table, "parent")), "t");
        assert_int_equal(yyjson_get_uint(yyjson_obj_get(table, "rows")), 2);
    }
    assert_int_equal(seen, 1);
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_schema(p, &json, &err), &err, "schema");
    d = parse(json);
    assert_string_equal(member(d, "/tables/t/columns/id/data_type"), "bigint");
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_trace(p, &json, &err), &err, "trace");
    d = parse(json);
    assert_string_equal(member(d, "/load_info/load_id"), load_id);
    assert_int_equal(yyjson_get_uint(yyjson_doc_ptr_get(d, "/config/workers")), 2);
    yyjson_doc_free(d);

    assert_hr_ok(hr_pipeline_packages(p, &json, &err), &err, "packages");
    d = parse(json);
    assert_string_equal(member(d, "/0/load_id"), load_id);
    assert_string_equal(member(d, "/0/state"), "loaded");
    yyjson_doc_free(d);
    assert_hr_ok(hr_pipeline_package(p, load_id, &json, &err), &err, "package");
    d = parse(json);
    assert_string_equal(member(d, "/load_id"), load_id);
    yyjson_doc_free(d);
    assert_int_equal(hr_pipeline_package_abort(p, load_id, &err), HR_E_USAGE);
    hr_pipeline_close(p);

    /* A new handle without settings knows where the pipeline went. */
    char dir[4200];
    (void)snprintf(dir, sizeof(dir), "%s/pipelines", folder);
    const hr_pipeline_options o = {.size = sizeof(o), .name = "lib", .pipelines_dir = dir};
    assert_hr_ok(hr_pipeline_open(&p, &o, &err), &err, "open");
    assert_asks(p, "select count(*)::varchar from d.t", "1");
    hr_pipeline_close(p);
}

static void failed_queries_leave_nothing_open(void **state)
{
    hr_pipeline *p = open_pipeline();
    struct ArrowArrayStream stream = {0};
    struct ArrowArray array = {0};
    hr_error err = {0};
    int code = 0;

    (void)state;
    load_text(p, "t", "{\"id\": 1}");
    assert_int_not_equal(hr_pipeline_query(p, "select nosuch from t", &stream, &err), HR_OK);
    assert_null(stream.release);
    assert_non_null(strstr(err.msg, "nosuch"));

    /* It fails while its result is read, or before: both leave the stream to be released. */
    const char *late =
        "select case when i > 100000 then error('late')::bigint else i end from range(200000) x(i)";
    if (hr_pipeline_query(p, late, &stream, &err) == HR_OK) {
        do {
            code = stream.get_next(&stream, &array);
            if (code == 0 && array.release)
                array.release(&array);
            else
                break;
        } while (code == 0);
        assert_int_not_equal(code, 0);
        assert_non_null(strstr(stream.get_last_error(&stream), "late"));
        stream.release(&stream);
    }

    /* Reading does not write, and a run can have the file to itself again. */
    assert_int_not_equal(hr_pipeline_query(p, "drop table t", &stream, &err), HR_OK);
    load_text(p, "t", "{\"id\": 2}");
    assert_asks(p, "select count(*)::varchar from t", "2");
    hr_pipeline_close(p);
}

/* ---- Arrow ---- */

static void start_array(struct ArrowSchema *schema, struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayInitFromSchema(array, schema, NULL), NANOARROW_OK);
    assert_int_equal(ArrowArrayStartAppending(array), NANOARROW_OK);
}

static void end_row(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishElement(array), NANOARROW_OK);
}

static void finish_array(struct ArrowArray *array)
{
    assert_int_equal(ArrowArrayFinishBuildingDefault(array, NULL), NANOARROW_OK);
}

static void start_struct(struct ArrowSchema *schema, int64_t n_columns)
{
    ArrowSchemaInit(schema);
    assert_int_equal(ArrowSchemaSetTypeStruct(schema, n_columns), NANOARROW_OK);
}

/* Loads one batch; takes schema and array over. */
static hr_status load_hinted(hr_pipeline *p, const char *table, const char *hints,
                             struct ArrowSchema *schema, struct ArrowArray *array, hr_error *err)
{
    const hr_resource_options o = {.size = sizeof(o), .table = table, .hints = hints};
    struct ArrowArrayStream stream;

    assert_int_equal(ArrowBasicArrayStreamInit(&stream, schema, 1), NANOARROW_OK);
    ArrowBasicArrayStreamSetArray(&stream, 0, array);
    assert_hr_ok(hr_pipeline_add_arrow(p, &o, &stream, err), err, table);
    assert_null(stream.release);
    return hr_pipeline_run(p, NULL, err);
}

static hr_status load_batch(hr_pipeline *p, const char *table, struct ArrowSchema *schema,
                            struct ArrowArray *array, hr_error *err)
{
    return load_hinted(p, table, NULL, schema, array, err);
}

/* Each type with three values: the first, null, the last; as DuckDB shows them. */
typedef struct arrow_case {
    const char *name;
    enum ArrowType type;
    enum ArrowTimeUnit unit; /* time and timestamps */
    const char *zone;
    int64_t first, last;                /* numbers and times */
    const char *first_text, *last_text; /* text and binary */
    const char *want_type, *want_first, *want_last;
} arrow_case;

static const arrow_case arrow_cases[] = {
    {.name = "bool",
     .type = NANOARROW_TYPE_BOOL,
     .first = 1,
     .last = 0,
     .want_type = "BOOLEAN",
     .want_first = "true",
     .want_last = "false"},
    {.name = "i8",
     .type = NANOARROW_TYPE_INT8,
     .first = INT8_MIN,
     .last = INT8_MAX,
     .want_type = "BIGINT",
     .want_first = "-128",
     .want_last = "127"},
    {.name = "i16",
     .type = NANOARROW_TYPE_INT16,
     .first = INT16_MIN,
     .last = INT16_MAX,
     .want_type = "BIGINT",
     .want_first = "-32768",
     .want_last = "32767"},
    {.name = "i32",
     .type = NANOARROW_TYPE_INT32,
     .first = INT32_MIN,
     .last = INT32_MAX,
     .want_type = "BIGINT",
     .want_first = "-2147483648",
     .want_last = "2147483647"},
    {.name = "i64",
     .type = NANOARROW_TYPE_INT64,
     .first = INT64_MIN,
     .last = INT64_MAX,
     .want_type = "BIGINT",
     .want_first = "-9223372036854775808",
     .want_last = "9223372036854775807"},
    {.name = "u8",
     .type = NANOARROW_TYPE_UINT8,
     .first = 0,
     .last = UINT8_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "255"},
    {.name = "u16",
     .type = NANOARROW_TYPE_UINT16,
     .first = 0,
     .last = UINT16_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "65535"},
    {.name = "u32",
     .type = NANOARROW_TYPE_UINT32,
     .first = 0,
     .last = UINT32_MAX,
     .want_type = "BIGINT",
     .want_first = "0",
     .want_last = "4294967295"},
    {.name = "u64",
     .type = NANOARROW_TYPE_UINT64,
     .first = 0,
     .last = -1,
     .want_type = "DECIMAL(20,0)",
     .want_first = "0",
     .want_last = "18446744073709551615"},
    {.name = "f32",
     .type = NANOARROW_TYPE_FLOAT,
     .first = -2,
     .last = 3,
     .want_type = "DOUBLE",
     .want_first = "-2.0",
     .want_last = "3.0"},
    {.name = "f64",
     .type = NANOARROW_TYPE_DOUBLE,
     .first = -2,
     .last = 3,
     .want_type = "DOUBLE",
     .want_first = "-2.0",
     .want_last = "3.0"},
    {.name = "txt",
     .type = NANOARROW_TYPE_STRING,
     .first_text = "",
     .last_text = "Gr\xc3\xbc\xc3\x9f",
     .want_type = "VARCHAR",
     .want_first = "",
     .want_last = "Gr\xc3\xbc\xc3\x9f"},
    {.name = "large_txt",
     .type = NANOARROW_TYPE_LARGE_STRING,
     .first_text = "a",
     .last_text = "bb",
     .want_type = "VARCHAR",
     .want_first = "a",
     .want_last = "bb"},
    {.name = "bin",
     .type = NANOARROW_TYPE_BINARY,
     .first_text = "\x01\xff",
     .last_text = "",
     .want_type = "BLOB",
     .want_first = "\\x01\\xFF",
     .want_last = ""},
    {.name = "large_bin",
     .type = NANOARROW_TYPE_LARGE_BINARY,
     .first_text = "\x02",
     .last_text = "z",
     .want_type = "BLOB",
     .want_first = "\\x02",
     .want_last = "z"},
    {.name = "dat",
     .type = NANOARROW_TYPE_DATE32,
     .first = -1,
     .last = 20000,
     .want_type = "DATE",
     .want_first = "1969-12-31",
     .want_last = "2024-10-04"},
    {.name = "time_s",
     .type = NANOARROW_TYPE_TIME32,
     .unit = NANOARROW_TIME_UNIT_SECOND,
     .first = 1,
     .last = 86399,
     .want_type = "TIME",
     .want_first = "00:00:01",
     .want_last = "23:59:59"},
    {.name = "time_us",
     .type = NANOARROW_TYPE_TIME64,
     .unit = NANOARROW_TIME_UNIT_MICRO,
     .first = 1,
     .last = 1500000,
     .want_type = "TIME",
     .want_first = "00:00:00.000001",
     .want_last = "00:00:01.5"},
    {.name = "ts_s",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_SECOND,
     .zone = "UTC",
     .first = -1,
     .last = 1,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1969-12-31 23:59:59",
     .want_last = "1970-01-01 00:00:01"},
    {.name = "ts_ms",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_MILLI,
     .zone = "UTC",
     .first = 1500,
     .last = 2,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1970-01-01 00:00:01.5",
     .want_last = "1970-01-01 00:00:00.002"},
    {.name = "ts_us",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_MICRO,
     .zone = "Europe/Berlin",
     .first = 0,
     .last = 1,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1970-01-01 00:00:00",
     .want_last = "1970-01-01 00:00:00.000001"},
    {.name = "ts_ns",
     .type = NANOARROW_TYPE_TIMESTAMP,
     .unit = NANOARROW_TIME_UNIT_NANO,
     .zone = "UTC",
     .first = -1000,
     .last = 7000,
     .want_type = "TIMESTAMP WITH TIME ZONE",
     .want_first = "1969-12-31 23:59:59.999999",
     .want_last = "1970-01-01 00:00:00.000007"},
    {.name = "deci",
     .type = NANOARROW_TYPE_DECIMAL128,
     .first = -12345,
     .last = 1,
     .want_type = "DECIMAL(10,2)",
     .want_first = "-123.45",
     .want_last = "0.01"},
};

static void set_case_type(struct ArrowSchema *s, const arrow_case *c)
{
    int code = NANOARROW_OK;

    ArrowSchemaInit(s);
    if (c->type == NANOARROW_TYPE_DECIMAL128)
        code = ArrowSchemaSetTypeDecimal(s, c->type, 10, 2);
    else if (c->unit || c->zone || c->type == NANOARROW_TYPE_TIME32)
        code = ArrowSchemaSetTypeDateTime(s, c->type, c->unit, c->zone);
    else
        code = ArrowSchemaSetType(s, c->type);
    assert_int_equal(code, NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(s, c->name), NANOARROW_OK);
}

static void append_case(struct ArrowArray *a, const arrow_case *c, int64_t v, const char *text)
{
    struct ArrowDecimal d;
    int code = NANOARROW_OK;

    if (text) {
        const struct ArrowBufferView bytes = {{text}, (int64_t)strlen(text)};

        code = ArrowArrayAppendBytes(a, bytes);
    } else if (c->type == NANOARROW_TYPE_DECIMAL128) {
        ArrowDecimalInit(&d, 128, 10, 2);
        ArrowDecimalSetInt(&d, v);
        code = ArrowArrayAppendDecimal(a, &d);
    } else if (c->type == NANOARROW_TYPE_UINT64) {
        code = ArrowArrayAppendUInt(a, (uint64_t)v);
    } else {
        code = ArrowArrayAppendInt(a, v);
    }
    assert_int_equal(code, NANOARROW_OK);
}

static void arrow_types_arrive(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    const int64_t n = (int64_t)N_OF(arrow_cases);

    (void)state;
    start_struct(&schema, n + 2);
    for (int64_t i = 0; i < n; i++)
        set_case_type(schema.children[i], &arrow_cases[i]);
    set_case_type(schema.children[n], &(arrow_case){.name = "Row No", .type = NANOARROW_TYPE_INT8});
    set_case_type(schema.children[n + 1], &(arrow_case){.name = "nil", .type = NANOARROW_TYPE_NA});
    start_array(&schema, &array);
    for (int64_t row = 0; row < 3; row++) {
        for (int64_t i = 0; i < n; i++) {
            const arrow_case *c = &arrow_cases[i];

            if (row == 1)
                assert_int_equal(ArrowArrayAppendNull(array.children[i], 1), NANOARROW_OK);
            else
                append_case(array.children[i], c, row ? c->last : c->first,
                            row ? c->last_text : c->first_text);
        }
        assert_int_equal(ArrowArrayAppendInt(array.children[n], row), NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendNull(array.children[n + 1], 1), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    assert_hr_ok(load_batch(p, "types", &schema, &array, &err), &err, "run");

    for (int64_t i = 0; i < n; i++) {
        const arrow_case *c = &arrow_cases[i];
        char sql[400], want[300];

        /* The session's time zone would show: instants are compared in UTC. */
        const bool zoned = c->type == NANOARROW_TYPE_TIMESTAMP;
        (void)snprintf(
            sql, sizeof(sql),
            "select concat(any_value(typeof(%s)), ': ', string_agg(coalesce((%s%s)::varchar, "
            "'NULL'), ' ' order by row_no)) from types",
            c->name, c->name, zoned ? " at time zone 'UTC'" : "");
        (void)snprintf(want, sizeof(want), "%s: %s NULL %s", c->want_type, c->want_first,
                       c->want_last);
        assert_asks(p, sql, want);
    }
    assert_asks(p, "select count(*)::varchar from duckdb_columns() where column_name = 'nil'", "0");
    hr_pipeline_close(p);
}

/* Rows 0..9 with texts and a null at 5. */
static void numbered_rows(struct ArrowSchema *schema, struct ArrowArray *array)
{
    start_struct(schema, 3);
    set_case_type(schema->children[0], &(arrow_case){.name = "i", .type = NANOARROW_TYPE_INT32});
    set_case_type(schema->children[1], &(arrow_case){.name = "t", .type = NANOARROW_TYPE_STRING});
    set_case_type(schema->children[2], &(arrow_case){.name = "b", .type = NANOARROW_TYPE_BOOL});
    start_array(schema, array);
    for (int64_t i = 0; i < 10; i++) {
        const char letter[] = {(char)('a' + i), '\0'};

        assert_int_equal(ArrowArrayAppendInt(array->children[0], i), NANOARROW_OK);
        if (i == 5)
            assert_int_equal(ArrowArrayAppendNull(array->children[1], 1), NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendString(array->children[1], ArrowCharView(letter)),
                             NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array->children[2], i % 2), NANOARROW_OK);
        end_row(array);
    }
    finish_array(array);
}

static const char rows_of_t[] =
    "select string_agg(concat(i, coalesce(t, '-'), b::int), ' ' order by i) from t";

static void slices_of_the_batch_are_respected(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    numbered_rows(&schema, &array);
    array.offset = 3;
    array.length = 4;
    assert_hr_ok(load_batch(p, "t", &schema, &array, &err), &err, "run");
    assert_asks(p, rows_of_t, "3d1 4e0 5-1 6g0");
    hr_pipeline_close(p);
}

static void slices_of_columns_are_respected(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    numbered_rows(&schema, &array);
    array.length = 3;
    for (size_t i = 0; i < 3; i++) {
        array.children[i]->offset = 4;
        array.children[i]->length = 3;
    }
    array.children[1]->null_count = -1; /* not counted */
    assert_hr_ok(load_batch(p, "t", &schema, &array, &err), &err, "run");
    assert_asks(p, rows_of_t, "4e0 5-1 6g0");
    hr_pipeline_close(p);
}

static void spoil_text(struct ArrowArray *a)
{
    ((char *)(uintptr_t)a->children[1]->buffers[2])[3] = (char)0xff;
}

static void spoil_offsets(struct ArrowArray *a)
{
    ((int32_t *)(uintptr_t)a->children[1]->buffers[1])[4] = 1 << 20;
}

static void spoil_length(struct ArrowArray *a)
{
    a->children[0]->length = 9;
}

static void spoil_row(struct ArrowArray *a)
{
    static const uint8_t validity[] = {0xfb, 0xff};

    a->buffers[0] = validity;
    a->null_count = 1;
}

/* Batches that are not what they say. */
static const struct {
    const char *label;
    void (*spoil)(struct ArrowArray *array);
    hr_status status;
    const char *want;
} spoilt_cases[] = {
    {"text", spoil_text, HR_E_SCHEMA, "column \"t\", row 4: the text is not UTF-8"},
    {"offsets", spoil_offsets, HR_E_PARSE, "table t: a batch is malformed"},
    {"length", spoil_length, HR_E_PARSE, "table t: a batch is malformed"},
    {"a null row", spoil_row, HR_E_SCHEMA, "table t, row 3: the whole row is null"},
};

static void spoilt_batches_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoilt_cases) / sizeof(spoilt_cases[0]); i++) {
        struct ArrowSchema schema;
        struct ArrowArray array;
        hr_pipeline *p = open_pipeline();
        hr_error err = {0};

        numbered_rows(&schema, &array);
        spoilt_cases[i].spoil(&array);
        assert_int_equal(load_batch(p, "t", &schema, &array, &err), spoilt_cases[i].status);
        if (!strstr(err.msg, spoilt_cases[i].want))
            fail_msg("%s: %s", spoilt_cases[i].label, err.msg);
        hr_pipeline_close(p);
    }
}

static void nested_arrow_is_refused(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    start_struct(&schema, 1);
    assert_int_equal(ArrowSchemaSetType(schema.children[0], NANOARROW_TYPE_LIST), NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetType(schema.children[0]->children[0], NANOARROW_TYPE_INT32),
                     NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "items"), NANOARROW_OK);
    start_array(&schema, &array);
    finish_array(&array);
    assert_int_equal(load_batch(p, "t", &schema, &array, &err), HR_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "table t"));
    assert_non_null(strstr(err.msg, "items"));
    hr_pipeline_close(p);
}

/* Rows with ids from `first` on, and `extra`, a text, in the second of them. */
static hr_status load_extra(hr_pipeline *p, const char *hints, int64_t first, const char *extra,
                            enum ArrowType type, hr_error *err)
{
    struct ArrowSchema schema;
    struct ArrowArray array;

    start_struct(&schema, 2);
    set_case_type(schema.children[0], &(arrow_case){.name = "id", .type = NANOARROW_TYPE_INT64});
    set_case_type(schema.children[1], &(arrow_case){.name = extra, .type = type});
    start_array(&schema, &array);
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], first + i), NANOARROW_OK);
        if (i != 1)
            assert_int_equal(ArrowArrayAppendNull(array.children[1], 1), NANOARROW_OK);
        else if (type == NANOARROW_TYPE_STRING)
            assert_int_equal(ArrowArrayAppendString(array.children[1], ArrowCharView("x")),
                             NANOARROW_OK);
        else
            assert_int_equal(ArrowArrayAppendInt(array.children[1], 7), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    return load_hinted(p, "t", hints, &schema, &array, err);
}

static void contracts_hold_for_arrow(void **state)
{
    static const char ids[] = "select string_agg(id, ' ' order by id) from t";
    static const char columns[] =
        "select string_agg(column_name, ' ' order by column_index) from duckdb_columns() where "
        "table_name = 't'";
    const enum ArrowType text = NANOARROW_TYPE_STRING, number = NANOARROW_TYPE_INT64;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    /* All columns of a new table are welcome. */
    assert_hr_ok(
        load_extra(p, "{\"schema_contract\":{\"columns\":\"freeze\",\"data_type\":\"freeze\"}}", 1,
                   "a", number, &err),
        &err, "new");
    assert_int_equal(load_extra(p, NULL, 10, "b", number, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "columns: freeze refuses the new column \"b\""));
    assert_int_equal(load_extra(p, NULL, 10, "a", text, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "data_type: freeze refuses the stream's text in column \"a\""));
    assert_hr_ok(load_extra(p, "{\"schema_contract\":\"discard_value\"}", 10, "b", number, &err),
                 &err, "value");
    assert_asks(p, ids, "1 2 3 10 11 12");
    assert_hr_ok(load_extra(p, "{\"schema_contract\":\"discard_row\"}", 20, "a", text, &err), &err,
                 "row of a type");
    assert_hr_ok(load_extra(p, NULL, 30, "b", text, &err), &err, "row of a column");
    assert_asks(p, ids, "1 2 3 10 11 12 20 22 30 32");
    assert_asks(p, "select count(a)::varchar from t", "1");
    assert_asks(p, columns, "id a");
    hr_pipeline_close(p);
}

static void too_fine_a_time_is_refused(void **state)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    start_struct(&schema, 1);
    set_case_type(schema.children[0], &(arrow_case){.name = "at",
                                                    .type = NANOARROW_TYPE_TIMESTAMP,
                                                    .unit = NANOARROW_TIME_UNIT_NANO,
                                                    .zone = "UTC"});
    start_array(&schema, &array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1000), NANOARROW_OK);
    end_row(&array);
    assert_int_equal(ArrowArrayAppendInt(array.children[0], 1001), NANOARROW_OK);
    end_row(&array);
    finish_array(&array);
    assert_int_equal(load_batch(p, "t", &schema, &array, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "row 2"));
    hr_pipeline_close(p);
}

/* One row of decimal(precision, scale) with that unscaled value. */
/* Rows (id, at) with at in seconds after the epoch. */
static hr_status load_instants(hr_pipeline *p, const int64_t (*rows)[2], size_t n, hr_error *err)
{
    static const char hints[] = "{\"incremental\":{\"cursor_path\":\"at\"},\"primary_key\":\"id\"}";
    struct ArrowSchema schema;
    struct ArrowArray array;

    start_struct(&schema, 2);
    set_case_type(schema.children[0], &(arrow_case){.name = "id", .type = NANOARROW_TYPE_INT64});
    set_case_type(schema.children[1], &(arrow_case){.name = "at",
                                                    .type = NANOARROW_TYPE_TIMESTAMP,
                                                    .unit = NANOARROW_TIME_UNIT_SECOND,
                                                    .zone = "UTC"});
    start_array(&schema, &array);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(ArrowArrayAppendInt(array.children[0], rows[i][0]), NANOARROW_OK);
        assert_int_equal(ArrowArrayAppendInt(array.children[1], rows[i][1]), NANOARROW_OK);
        end_row(&array);
    }
    finish_array(&array);
    return load_hinted(p, "t", hints, &schema, &array, err);
}

static void arrow_rows_come_once(void **state)
{
    static const int64_t first[][2] = {{1, 10}, {2, 20}, {3, 20}};
    static const int64_t second[][2] = {{3, 20}, {4, 20}, {5, 15}, {6, 30}, {2, 20}};
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_hr_ok(load_instants(p, first, N_OF(first), &err), &err, "first");
    assert_hr_ok(load_instants(p, second, N_OF(second), &err), &err, "second");
    assert_hr_ok(load_instants(p, second, N_OF(second), &err), &err, "again");
    assert_string_equal(ask(p, "SELECT string_agg(id, ',' ORDER BY id) FROM t"), "1,2,3,4,6");
    assert_string_equal(ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_loads"), "2");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_non_null(strstr(json, "\"last_value\":\"\xef\x80\xa7"
                                 "1970-01-01T00:00:30+00:00\""));
    hr_free(json);
    hr_pipeline_close(p);
}

static void programs_have_keys_in_the_state(void **state)
{
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_int_equal(hr_pipeline_set_state(p, "t", "incremental", "1", NULL), HR_E_USAGE);
    assert_int_equal(hr_pipeline_set_state(p, NULL, "k", "nonsense", NULL), HR_E_USAGE);
    assert_hr_ok(hr_pipeline_set_state(p, "t", "token", "{\"a\": [1.50]}", &err), &err, "set");
    assert_hr_ok(hr_pipeline_set_state(p, NULL, "seen", "7", &err), &err, "set");
    load_text(p, "t", "{\"id\":1}");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_non_null(strstr(json, "\"token\":{\"a\":[1.50]}"));
    assert_non_null(strstr(json, "\"seen\":7"));
    hr_free(json);
    /* Without rows the keys are stored alone. */
    assert_hr_ok(hr_pipeline_set_state(p, NULL, "seen", NULL, &err), &err, "set");
    load_text(p, "t", "");
    assert_hr_ok(hr_pipeline_state(p, &json, &err), &err, "state");
    assert_null(strstr(json, "\"seen\""));
    hr_free(json);
    assert_string_equal(ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_pipeline_state"), "2");
    load_text(p, "t", "");
    assert_string_equal(ask(p, "SELECT CAST(count(*) AS VARCHAR) FROM _dlt_loads"), "2");
    hr_pipeline_close(p);
}

static hr_status load_decimal(hr_pipeline *p, int precision, int scale, int64_t unscaled,
                              hr_error *err)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    struct ArrowDecimal d;

    start_struct(&schema, 1);
    assert_int_equal(
        ArrowSchemaSetTypeDecimal(schema.children[0], NANOARROW_TYPE_DECIMAL128, precision, scale),
        NANOARROW_OK);
    assert_int_equal(ArrowSchemaSetName(schema.children[0], "price"), NANOARROW_OK);
    start_array(&schema, &array);
    ArrowDecimalInit(&d, 128, precision, scale);
    ArrowDecimalSetInt(&d, unscaled);
    assert_int_equal(ArrowArrayAppendDecimal(array.children[0], &d), NANOARROW_OK);
    end_row(&array);
    finish_array(&array);
    return load_batch(p, "t", &schema, &array, err);
}

static void decimals_keep_their_value_or_are_refused(void **state)
{
    static const char prices[] = "select string_agg(price::varchar, ' ' order by price) from t";
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};

    (void)state;
    assert_hr_ok(load_decimal(p, 10, 2, 125, &err), &err, "decimal(10,2)");
    assert_hr_ok(load_decimal(p, 8, 1, 25, &err), &err, "decimal(8,1) fits");
    assert_asks(p, prices, "1.25 2.50");
    assert_int_equal(load_decimal(p, 12, 4, 12345, &err), HR_E_SCHEMA);
    assert_non_null(strstr(err.msg, "price"));
    assert_asks(p, prices, "1.25 2.50");
    hr_pipeline_close(p);
}

/* ---- a stream that fails ---- */

typedef struct broken_stream {
    struct ArrowSchema schema;
    struct ArrowArray array; /* the first batch */
    int released;
} broken_stream;

static int broken_schema(struct ArrowArrayStream *s, struct ArrowSchema *out)
{
    return ArrowSchemaDeepCopy(&((broken_stream *)s->private_data)->schema, out);
}

static int broken_next(struct ArrowArrayStream *s, struct ArrowArray *out)
{
    broken_stream *b = s->private_data;

    if (!b->array.release)
        return EIO;
    ArrowArrayMove(&b->array, out);
    return 0;
}

static const char *broken_error(struct ArrowArrayStream *s)
{
    (void)s;
    return "the disk is gone";
}

static void broken_release(struct ArrowArrayStream *s)
{
    broken_stream *b = s->private_data;

    b->released++;
    ArrowSchemaRelease(&b->schema);
    if (b->array.release)
        ArrowArrayRelease(&b->array);
    s->release = NULL;
}

static struct ArrowArrayStream breaks(broken_stream *b)
{
    numbered_rows(&b->schema, &b->array);
    return (struct ArrowArrayStream){.get_schema = broken_schema,
                                     .get_next = broken_next,
                                     .get_last_error = broken_error,
                                     .release = broken_release,
                                     .private_data = b};
}

static void failing_streams_load_nothing(void **state)
{
    const hr_resource_options o = into("t");
    const hr_resource_options wrong = {.size = sizeof(wrong)};
    broken_stream a = {0};
    broken_stream b = {0};
    struct ArrowArrayStream stream = breaks(&a);
    hr_pipeline *p = open_pipeline();
    hr_error err = {0};
    char *json = NULL;

    (void)state;
    assert_hr_ok(hr_pipeline_add_arrow(p, &o, &stream, &err), &err, "add");
    assert_int_equal(hr_pipeline_run(p, NULL, &err), HR_E_REMOTE);
    assert_non_null(strstr(err.msg, "the disk is gone"));
    assert_int_equal(a.released, 1);
    assert_int_equal(hr_pipeline_tables(p, &json, &err), HR_E_USAGE);

    stream = breaks(&b); /* taken over, whatever is returned */
    assert_int_equal(hr_pipeline_add_arrow(p, &wrong, &stream, &err), HR_E_CONFIG);
    assert_int_equal(b.released, 1);
    hr_pipeline_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pipeline_options_are_checked, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(resource_options_are_checked, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(pieces_may_be_cut_anywhere, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(errors_of_callbacks_reach_the_caller, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(bad_json_is_placed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(no_rows_are_no_failure, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_run_can_be_cancelled, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(one_pipeline_runs_once_at_a_time, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(pipelines_are_independent, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nothing_there_is_said, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(what_a_run_left_can_be_read, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(failed_queries_leave_nothing_open, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(arrow_types_arrive, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(slices_of_the_batch_are_respected, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(slices_of_columns_are_respected, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(spoilt_batches_are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nested_arrow_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(contracts_hold_for_arrow, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(too_fine_a_time_is_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(decimals_keep_their_value_or_are_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(arrow_rows_come_once, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(programs_have_keys_in_the_state, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(failing_streams_load_nothing, make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
